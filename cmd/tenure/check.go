package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tenure/internal/bus"
	"tenure/internal/config"
	"tenure/internal/store"
	"tenure/internal/table"
)

// checkTimeMax bounds the check of one part: an operator waits for it.
const checkTimeMax = 15 * time.Second

// finding is the result of the check of one part.
type finding struct {
	Part   string `json:"part"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail"`
}

func (p *program) check() *cobra.Command {
	return &cobra.Command{
		Use:   "check",
		Short: "Print the effective settings with their sources, and test database and topics",
		Args:  cobra.NoArgs,
		Long: "Prints every setting with its value and source, secrets masked, and tests whether the database is\n" +
			"reachable and at this version, and whether all topics exist. Exit code 1 if something is wrong.",
		Example: "  tenure check --config /etc/tenure.conf\n  tenure check --data ./data",
		RunE: func(cmd *cobra.Command, _ []string) error {
			located := finding{Part: "--data", OK: true, Detail: "none given"}
			if err := p.locate(); err != nil {
				located = finding{"--data", false, err.Error()}
			} else if p.config.Data != "" {
				located.Detail = "a process runs on " + p.config.Data
			}
			findings := []finding{located, p.checkSecrets(), p.checkEncryption(), p.checkPostgres(cmd.Context()),
				p.checkKafka(cmd.Context())}
			if err := p.printCheck(findings); err != nil {
				return err
			}
			if slices.ContainsFunc(findings, func(f finding) bool { return !f.OK }) {
				return coded(exitError, errQuiet)
			}
			return nil
		},
	}
}

func (p *program) printCheck(findings []finding) error {
	if p.json {
		return p.printJSON(struct {
			Settings []config.Value `json:"settings"`
			Checks   []finding      `json:"checks"`
		}{p.config.Values, findings})
	}
	t := table.New("SETTING", "VALUE", "SOURCE")
	for _, v := range p.config.Values {
		t.Add(v.Name, v.Value, v.Source)
	}
	t.Write(p.out, "")
	_, _ = fmt.Fprintln(p.out)
	t = table.New("CHECK", "RESULT", "DETAIL")
	for _, f := range findings {
		result := "ok"
		if !f.OK {
			result = "WRONG"
		}
		t.Add(f.Part, result, f.Detail)
	}
	t.Write(p.out, "")
	return nil
}

// checkSecrets lists files of secrets that are open to others. Their owner decides, so it is no failure.
func (p *program) checkSecrets() finding {
	var open []string
	for _, e := range p.config.Exposed {
		open = append(open, e.String())
	}
	if len(open) == 0 {
		return finding{"secrets", true, "no file with a secret is open to others"}
	}
	return finding{"secrets", true, "open to others: " + strings.Join(open, "; ")}
}

// checkEncryption lists what leaves the machine unencrypted. There are networks where that is intended: it is no
// failure.
func (p *program) checkEncryption() finding {
	if open := p.config.Unencrypted(); len(open) > 0 {
		return finding{"encryption", true, strings.Join(open, "; ")}
	}
	return finding{"encryption", true, "nothing leaves the machine unencrypted"}
}

// kafkaEncryption describes the connection to the brokers.
func (p *program) kafkaEncryption() string {
	k := p.config.Kafka
	text := "plain text"
	if k.TLS.Enabled {
		text = "encrypted"
	}
	if k.SASL.Mechanism != "" {
		text += ", " + k.SASL.Mechanism
	}
	return text
}

func (p *program) checkPostgres(ctx context.Context) finding {
	ctx, cancel := context.WithTimeout(ctx, checkTimeMax)
	defer cancel()
	if p.config.Postgres.DSN == "" {
		return finding{"database", true, "none configured: tenure up and demo start their own"}
	}
	s, err := store.Open(ctx, p.config.Postgres)
	if err != nil {
		return finding{"database", false, err.Error()}
	}
	defer s.Close()
	heads, err := s.Heads(ctx)
	if err != nil {
		return finding{"database", false, err.Error() + "; run: tenure migrate"}
	}
	schema, err := s.Schema(ctx)
	if err != nil {
		return finding{"database", false, err.Error()}
	}
	events := int64(0)
	for _, h := range heads {
		events += h.Head
	}
	encryption, err := s.Encryption(ctx)
	if err != nil {
		return finding{"database", false, err.Error()}
	}
	return finding{"database", true, fmt.Sprintf("reached, %s; schema %d, %d shards, %d events", encryption, schema,
		len(heads), events)}
}

func (p *program) checkKafka(ctx context.Context) finding {
	ctx, cancel := context.WithTimeout(ctx, checkTimeMax)
	defer cancel()
	if len(p.config.Kafka.Brokers) == 0 {
		return finding{"topics", true, "no brokers configured: tenure up and demo start their own"}
	}
	kafka := p.config.Kafka
	kafka.Logger = p.log
	lookup, err := bus.NewTopicReader(kafka)
	if err != nil {
		return finding{"topics", false, err.Error()}
	}
	defer lookup.Close()
	specs := p.config.Topics()
	list, wrong := viewTopics(ctx, lookup, specs)
	hidden := 0
	for i, spec := range specs {
		if list[i].Hidden {
			hidden++
		}
		if n := list[i].Partitions; n != 0 && n != spec.Partitions {
			wrong = errors.Join(
				wrong,
				fmt.Errorf("%s has %d partitions, the configuration says %d", spec.Name, n, spec.Partitions),
			)
		}
	}
	if wrong != nil {
		return finding{"topics", false, wrong.Error() + "; run: tenure topics create --yes"}
	}
	if hidden > 0 { // a part of the program sees those that it needs
		return finding{
			"topics",
			true,
			fmt.Sprintf("reached, %s; %d exist, %d are not visible to this user",
				p.kafkaEncryption(), len(specs)-hidden, hidden),
		}
	}
	return finding{"topics", true, fmt.Sprintf("reached, %s; all %d exist", p.kafkaEncryption(), len(specs))}
}
