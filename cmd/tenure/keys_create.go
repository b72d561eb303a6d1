package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tenure/access"
	"tenure/domain"
	"tenure/internal/node"
	"tenure/internal/signing"
	"tenure/internal/store"
)

// keyFlags describe a new key.
type keyFlags struct {
	name, algorithm, level, reseller, out, who, reason string
	types                                              []string
	system                                             bool
}

func (p *program) keysCreate() *cobra.Command {
	var f keyFlags
	cmd := &cobra.Command{
		Use: "create", Short: "Create a key and write it to a file, once", Args: cobra.NoArgs,
		Long: "Creates a key. It is written once, to --out or, with --data, to DIR/keys/NAME.key; without either it is\n" +
			"printed. --types limits the commands that it may send, --level and --reseller their actors: a higher level\n" +
			"than that is lowered to it. HMAC-SHA256 is fast, and whoever verifies can sign; Ed25519 costs some 60 µs a\n" +
			"command, and whoever verifies cannot sign.",
		Example: "  tenure keys create --name accounting --types " +
			"billing.acknowledge,billing.record_invoice_number,billing.record_payment " +
			"--data ./data\n" +
			"  tenure keys create --name r1 --types 'employee.*' --level RESELLER --reseller 5a0000000000000000000001 --out " +
			"./r1.key",
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.check(); err != nil {
				return coded(exitUsage, err)
			}
			return p.onStore(func(ctx context.Context, s *store.Store, _ []string) error {
				return p.createKey(ctx, s, f)
			})(cmd, args)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.name, "name", "", "name of the key: small letters, digits, - and _")
	flags.StringSliceVar(&f.types, "types", nil, "command types that it may send, such as billing.record_payment, "+
		"'employee.*' or '*'")
	flags.StringVar(&f.level, "level", "", "highest access level of its actors (default: any)")
	flags.StringVar(&f.reseller, "reseller", "", "reseller of its actors (default: any)")
	flags.BoolVar(&f.system, "system", false, "it may send commands of Tenure itself: for the scheduler's processes")
	flags.StringVar(&f.algorithm, "algorithm", string(signing.HMAC), "hmac-sha256 or ed25519")
	flags.StringVar(&f.out, "out", "", "file to write the key to (default: DIR/keys/NAME.key with --data)")
	flags.StringVar(&f.who, "who", operator(), "name of the operator, recorded with the key")
	flags.StringVar(&f.reason, "reason", "", "reason, recorded with the key")
	_, _ = cmd.MarkFlagRequired("name"), cmd.MarkFlagRequired("types") // fail only for flags that are not there
	return cmd
}

// check returns what is wrong with the flags.
func (f *keyFlags) check() error {
	for _, pattern := range f.types {
		if wrong := signing.CheckPattern(pattern, domain.CommandTypes()); wrong != "" {
			return fmt.Errorf("--types: %s", wrong)
		}
	}
	if _, known := access.ParseLevel(f.level); f.level != "" && !known {
		return fmt.Errorf("--level %q: choose from %s", f.level, strings.Join(access.LevelNames(), ", "))
	}
	if f.reseller != "" {
		f.reseller = domain.CanonicalID(f.reseller)
	}
	if f.name == "" || strings.Trim(f.name, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" ||
		strings.ContainsAny(f.name[:1], "-_") {
		return fmt.Errorf("--name %q: use small letters, digits, - and _", f.name)
	}
	_, err := signing.ParseAlgorithm(f.algorithm)
	return named("--algorithm", err)
}

// keyView is a key as it is printed.
type keyView struct {
	ID        string   `json:"id"`
	Name      string   `json:"name"`
	Algorithm string   `json:"algorithm"`
	Types     []string `json:"types"`
	Level     string   `json:"level,omitempty"`
	Reseller  string   `json:"reseller,omitempty"`
	System    bool     `json:"system,omitempty"`
	File      string   `json:"file,omitempty"` // where it was written
	Key       string   `json:"key,omitempty"`  // where it was not
}

func (p *program) createKey(ctx context.Context, s *store.Store, f keyFlags) error {
	algorithm, err := signing.ParseAlgorithm(f.algorithm)
	if err != nil {
		return coded(exitUsage, err)
	}
	key, err := signing.NewKey(algorithm)
	if err != nil {
		return err
	}
	if f.out == "" && p.config.Data != "" {
		f.out = node.KeyPath(p.config.Data, f.name)
	}
	err = s.AddSigningKey(ctx, store.SigningKey{
		ID: key.ID, Name: f.name, Algorithm: string(algorithm), Material: key.Material(), Types: slices.Clone(f.types),
		Level: f.level, Reseller: f.reseller, System: f.system, Reason: f.reason, CreatedBy: f.who,
	})
	if errors.Is(err, store.ErrKeyName) {
		return coded(exitRefused, fmt.Errorf("%w; revoke it first: tenure keys revoke %s", err, f.name))
	}
	if err != nil {
		return err
	}
	view := keyView{ID: key.ID, Name: f.name, Algorithm: string(algorithm), Types: f.types, Level: f.level,
		Reseller: f.reseller,
		System:   f.system, File: f.out}
	if f.out == "" {
		view.Key = key.Text()
	} else if err := node.WriteKey(f.out, key); err != nil {
		return fmt.Errorf("%w; the key is lost: tenure keys revoke %s", err, f.name)
	}
	if p.json {
		return p.printJSON(view)
	}
	if f.out == "" {
		_, err = fmt.Fprintln(p.out, view.Key)
		return err
	}
	p.say("key %s (%s) is in %s", f.name, key.ID, f.out)
	return nil
}
