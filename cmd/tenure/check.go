package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tenure/internal/bus"
	"tenure/internal/config"
	"tenure/internal/feed"
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
			"reachable and at this version, whether all topics exist, and whether a partition or a reader of a running\n" +
			"process is blocked. Exit code 1 if something is wrong.",
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
			findings = append(findings, p.checkRunning(cmd.Context())...)
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

// checkRunning finds partitions and readers of running processes that do not continue.
func (p *program) checkRunning(ctx context.Context) []finding {
	ctx, cancel := context.WithTimeout(ctx, checkTimeMax)
	defer cancel()
	if p.config.Postgres.DSN == "" {
		return nil
	}
	s, err := store.Open(ctx, p.config.Postgres)
	if err != nil {
		return nil // as the finding on the database says
	}
	defer s.Close()
	partitions, readers := finding{"partitions", true, "none is blocked"}, finding{"readers", true, "none is blocked"}
	processes, err := s.Processes(ctx)
	troubles, also := feed.Troubles(ctx, s)
	if err = errors.Join(err, also); err != nil {
		return []finding{{"partitions", false, err.Error()}}
	}
	var blocked, troubled []string
	for _, one := range processes {
		if one.Age > feed.AliveFor {
			continue
		}
		for _, shard := range slices.Sorted(maps.Keys(one.Blocked)) {
			blocked = append(blocked, fmt.Sprintf("shard %d: %s", shard, one.Blocked[shard]))
		}
	}
	for _, t := range troubles {
		troubled = append(troubled, t.String())
	}
	if len(blocked) > 0 {
		partitions = finding{"partitions", false, strings.Join(blocked, "; ") + "; see the page on operating"}
	}
	if len(troubled) > 0 {
		readers = finding{"readers", false, strings.Join(troubled, "; ") + "; see the page on operating"}
	}
	return []finding{partitions, readers}
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
		if n := list[i].Partitions; n != 0 && !spec.Fits(n) {
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
