package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"tenure/internal/node"
	"tenure/internal/signing"
)

func (p *program) keys() *cobra.Command {
	cmd := &cobra.Command{
		Use: "keys", Short: "Create, list and revoke the keys that commands are signed with",
		Long: "A signed command is believed for its signature: the key's bounds limit what it may send, whatever actor it\n" +
			"names. The key's id is recorded with the events. With TENURE_COMMANDS_UNSIGNED=refuse nothing else is\n" +
			"accepted. docs/security.md describes the signature and the way there.",
	}
	cmd.AddCommand(p.keysCreate(), p.keysList(), p.keysRevoke())
	return cmd
}

// commandKey reads a key: from a file that is named, from the data directory of a running tenure up by its name, or,
// with neither, the one of the settings or of that directory. None is no error: unsigned commands are the worker's
// decision.
func (p *program) commandKey(name string) (signing.Key, error) {
	if name == "" && p.config.Kafka.CommandKey.Given() {
		return p.config.Kafka.CommandKey, nil
	}
	path := name
	if !strings.ContainsRune(name, os.PathSeparator) {
		if p.config.Data == "" {
			if name == "" {
				return signing.Key{}, nil
			}
			return signing.Key{}, coded(exitUsage, fmt.Errorf("--key %s: name a file, or --data DIR in which it was created",
				name))
		}
		path = node.KeyPath(p.config.Data, cmp.Or(name, node.OwnKey))
	}
	raw, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && name == "":
		return signing.Key{}, nil
	case err != nil:
		return signing.Key{}, coded(exitUsage, fmt.Errorf("--key: %w; create it with: tenure keys create --name %s", err,
			strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))))
	}
	key, err := signing.ParseKey(string(raw))
	if err != nil {
		return key, coded(exitUsage, fmt.Errorf("%s: %w", path, err))
	}
	return key, nil
}
