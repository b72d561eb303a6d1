package main

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"tenure/internal/bus"
	"tenure/internal/feed"
	"tenure/internal/reconcile"
	"tenure/internal/store"
	"tenure/internal/table"
)

func (p *program) invoiceVerify() *cobra.Command {
	var o reconcile.Options
	var strict bool
	var timeout time.Duration
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Verify that log, control totals and Kafka topics of a run agree; exit code 5 when not",
		Args:  cobra.NoArgs,
		Long: "Reads the lines of a run from the log, its documents and control totals, and everything that the topics\n" +
			"of lines, documents and runs hold of it. Lists each message that is missing, unknown, altered or\n" +
			"repeated, with its place, and compares counts, sums and hashes of each shard, ledger and currency. A\n" +
			"message that a topic holds twice, alike, is listed and accepted, since topics are written at least once;\n" +
			"--strict rejects it.",
		Example: "  tenure invoice verify --data ./data\n  tenure invoice verify --run nightly/2026-11-01 --strict " +
			"--output json",
		RunE: p.onStoreWithin(&timeout, func(ctx context.Context, s *store.Store, _ []string) error {
			report, err := p.verify(ctx, s, o)
			if err != nil {
				return err
			}
			if err := p.printProof(report); err != nil {
				return err
			}
			if !report.Whole() || strict && report.Repeats() > 0 {
				return coded(exitMismatch, errQuiet)
			}
			return nil
		}),
	}
	cmd.Flags().StringVar(&o.Run, "run", "", "run to verify (default: the last one)")
	cmd.Flags().IntVar(&o.FindingsMax, "findings", 0, "findings of each kind to list (default: 20)")
	cmd.Flags().BoolVar(&strict, "strict", false, "reject repeated messages")
	cmd.Flags().DurationVar(&timeout, "timeout", time.Hour, "time limit")
	return cmd
}

func (p *program) verify(ctx context.Context, s *store.Store, o reconcile.Options) (*reconcile.Report, error) {
	kafka, err := p.kafka()
	if err != nil {
		return nil, err
	}
	if o.Run == "" {
		if o.Run, err = lastRun(ctx, s); err != nil {
			return nil, err
		}
	}
	if err := caughtUp(ctx, s, feed.RelayName, "documents"); err != nil {
		return nil, err
	}
	lookup, err := bus.NewTopicReader(kafka)
	if err != nil {
		return nil, coded(exitTryAgain, err)
	}
	defer lookup.Close()
	progress := p.progress("messages read")
	o.Progress = func(done, _ int64) { progress(done) }
	report, err := reconcile.Run(ctx, reconcile.Source{Store: s, Lookup: lookup}, o)
	return report, notCompleted(err, o.Run)
}

func (p *program) printProof(r *reconcile.Report) error {
	if p.json {
		return p.printJSON(struct {
			*reconcile.Report
			Whole bool `json:"whole"`
		}{r, r.Whole()})
	}
	p.printTopics(r)
	p.printComparisons(r)
	p.printFindings(r)
	verdict := "everything is there"
	if !r.Whole() {
		verdict = "this is NOT everything"
	}
	_, err := fmt.Fprintf(p.out, "\n%s: %s\n", r.Run, verdict)
	return err
}

func (p *program) printTopics(r *reconcile.Report) {
	t := table.New("TOPIC", ">EXPECTED", ">THERE", ">MISSING", ">ALTERED", ">UNKNOWN", ">REPEATED")
	for _, one := range r.Topics {
		t.Add(one.Topic, count(one.Expected), count(one.Alike), count(one.Missing), count(one.Altered),
			count(one.Unknown), count(one.Repeated))
	}
	t.Write(p.out, "")
	for _, one := range r.Topics {
		if one.Missing > 0 && !one.Begins {
			_, _ = fmt.Fprintf(p.out, "%s has lost its first messages to its retention; what is missing may be among them\n",
				one.Topic)
		}
	}
	_, _ = fmt.Fprintln(p.out)
}

func (p *program) printFindings(r *reconcile.Report) {
	if len(r.Findings) > 0 {
		_, _ = fmt.Fprintln(p.out)
		t := table.New("WHAT", "MESSAGE", "WHERE")
		for _, f := range r.Findings {
			t.Add(f.Kind, f.ID.String(), cmp.Or(f.Place, f.Topic))
		}
		t.Write(p.out, "")
	}
	if r.Omitted > 0 {
		_, _ = fmt.Fprintf(p.out, "and %d more\n", r.Omitted)
	}
}

// printComparisons prints the totals of the run, and those of shards that do not agree.
func (p *program) printComparisons(r *reconcile.Report) {
	t := table.New("LEDGER", "CURRENCY", "SHARD", "SIDE", ">LINES", ">AMOUNT", "HASH")
	for _, c := range r.Totals {
		shard := "all"
		if c.Announced.Shard >= 0 {
			shard = count(int64(c.Announced.Shard))
		}
		if shard != "all" && c.Agrees() {
			continue
		}
		sides := []struct {
			name string
			reconcile.Total
		}{{"announced", c.Announced}, {"log", c.Log}, {"topic", c.Topic}}
		for _, side := range sides {
			t.Add(string(side.Ledger), side.Currency, shard, side.name, count(side.Lines),
				side.Amount.StringFixed(max(2, -side.Amount.Exponent())), side.Hash.String())
		}
	}
	t.Write(p.out, "")
	_, _ = fmt.Fprintf(p.out, "documents: %d announced, %d issued\n", r.Documents[0], r.Documents[1])
}
