package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"tenure/events"
	"tenure/internal/catalog"
	"tenure/internal/export"
	"tenure/internal/relay"
	"tenure/internal/store"
	"tenure/internal/table"
	"tenure/projections"
)

// exportFlags are those of tenure invoice export.
type exportFlags struct {
	export.Options
	ledgers   []string
	format    string
	tokenFile string
	timeout   time.Duration
}

func (p *program) invoiceExport() *cobra.Command {
	f := &exportFlags{}
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Write the lines of a run or of a document into files for accounting",
		Args:  cobra.NoArgs,
		Long: "Writes one file for each ledger and currency, each ending with its control total, and " +
			export.ManifestName + "\n" +
			"with counts, sums, hashes and SHA-256 of each. The same lines give the same bytes, so it may be made\n" +
			"again at any time. Totals of a whole run are compared with run.completed: exit code 5 when they differ,\n" +
			"75 when the run is not completed yet.\n\n" +
			"With a token, in --token-file or " + tokenVariable + ", only what it may read is written: cost from\n" +
			"RESELLER_ADMIN on, wholesale from RESELLER on for its reseller, prices for its customer from\n" +
			"MANAGER on; exit code 4 when more is requested. Without one, access to the database reads everything.",
		Example: "  tenure invoice export --run nightly/2026-11-01 --out ./november --data ./data\n" +
			"  tenure invoice export --document 2026-11/CUSTOMER/5c0000000000000000000001/DKK --format jsonl --out ./one",
		RunE: p.onStoreWithin(
			&f.timeout,
			func(ctx context.Context, s *store.Store, _ []string) error { return p.exportLines(ctx, s, f) },
		),
	}
	flags := cmd.Flags()
	flags.StringVar(&f.Run, "run", "", "run whose lines are written")
	flags.StringVar(&f.Document, "document", "", "document whose lines are written")
	flags.StringVar(&f.Reseller, "reseller", "", "only lines of employees of this reseller's customers")
	flags.StringVar(&f.Customer, "customer", "", "only lines of employees of this customer")
	flags.StringSliceVar(&f.ledgers, "ledger", nil, "CUSTOMER, RESELLER, COST (default: all that may be read)")
	flags.StringVar(&f.format, "format", string(export.CSV), "csv or jsonl")
	flags.StringVar(&f.Dir, "out", "", "folder to write into; made when it is not there")
	flags.StringVar(&f.tokenFile, "token-file", "", "file with the caller's token ("+tokenVariable+")")
	flags.DurationVar(&f.timeout, "timeout", time.Hour, "time limit")
	cmd.MarkFlagsOneRequired("run", "document")
	cmd.MarkFlagsMutuallyExclusive("run", "document")
	_ = cmd.MarkFlagRequired("out") // fails only for a flag that is not there
	return cmd
}

func (p *program) exportLines(ctx context.Context, s *store.Store, f *exportFlags) error {
	o, err := p.exportOptions(ctx, s, f)
	if err != nil {
		return err
	}
	control, err := exportable(ctx, s, o)
	if err != nil {
		return err
	}
	o.Progress, o.Show = p.progress("lines written"), relay.NewItems(s, catalog.New(s, nil)).Line
	m, err := writeExport(ctx, s, o)
	if err != nil {
		return err
	}
	if err := p.printManifest(m); err != nil {
		return err
	}
	if len(m.Files) == 0 {
		return coded(exitNothing, errors.New("there are no such lines"))
	}
	return checkTotals(m, o, control)
}

// writeExport writes the files, unless a failover loses an end of the log meanwhile.
func writeExport(ctx context.Context, s *store.Store, o export.Options) (m export.Manifest, err error) {
	if o.Stands, err = s.Standing(ctx); err != nil {
		return m, err
	}
	m, err = export.Write(ctx, s, o)
	if errors.Is(err, store.ErrLostHistory) {
		err = coded(exitTryAgain, fmt.Errorf("%w: a failover lost an end of the log meanwhile, export again", err))
	}
	return m, err
}

// exportOptions reads the flags, and narrows them to what a token may have.
func (p *program) exportOptions(ctx context.Context, s *store.Store, f *exportFlags) (export.Options, error) {
	o := f.Options
	o.Format = export.Format(f.format)
	if o.Format != export.CSV && o.Format != export.JSONL {
		return o, coded(exitUsage, fmt.Errorf("--format %q: choose csv or jsonl", f.format))
	}
	var err error
	if o.Ledgers, err = parseLedgers(f.ledgers); err != nil {
		return o, err
	}
	by, given, err := p.tokenHolder(ctx, s, f.tokenFile)
	if err != nil || !given {
		return o, err
	}
	if o, err = o.Within(by); err != nil {
		return o, coded(exitRefused, err)
	}
	return o, nil
}

// exportable waits until the read models have the lines, and gives the run's totals. What may still grow is not
// exported.
func exportable(ctx context.Context, s *store.Store, o export.Options) ([]events.ControlTotal, error) {
	var control []events.ControlTotal
	if o.Run != "" {
		completed, err := completedRun(ctx, s, o.Run)
		if err != nil {
			return nil, err
		}
		control = completed.Totals
	}
	if err := caughtUp(ctx, s, "lines", "directory", "documents"); err != nil {
		return nil, err
	}
	if o.Document == "" {
		return control, nil
	}
	_, issued, err := projections.DocumentByRef(ctx, s, o.Document)
	if err == nil && !issued {
		err = coded(exitTryAgain, fmt.Errorf("%s is not issued; see: tenure invoice show %s", o.Document, o.Document))
	}
	return nil, err
}

// checkTotals compares an export of a whole run with what the run announced.
func checkTotals(m export.Manifest, o export.Options, control []events.ControlTotal) error {
	if o.Run == "" || o.Reseller != "" || o.Customer != "" {
		return nil
	}
	written := map[string]export.Total{}
	for _, f := range m.Files {
		written[string(f.Ledger)+" "+f.Currency] = f.Total
	}
	for _, t := range control {
		if !slices.Contains(m.Ledgers, t.Ledger) {
			continue
		}
		w := written[string(t.Ledger)+" "+t.Currency]
		if announced := t.Amount.StringFixed(
			int32(t.Amount.Decimals),
		); w.Lines != t.Lines || w.Hash != t.Hash ||
			w.Amount != announced {
			return coded(
				exitMismatch,
				fmt.Errorf(
					"%s %s: %d lines of %s were written, and the run announced %d of %s; see: tenure invoice verify --run %s",
					t.Ledger,
					t.Currency,
					w.Lines,
					w.Amount,
					t.Lines,
					announced,
					o.Run,
				),
			)
		}
	}
	return nil
}

func (p *program) printManifest(m export.Manifest) error {
	t := table.New("FILE", "LEDGER", "CURRENCY", ">LINES", ">AMOUNT", "SHA-256")
	for _, f := range m.Files {
		t.Add(f.Name, string(f.Ledger), f.Currency, count(f.Lines), f.Amount, f.SHA256[:16]+"…")
	}
	return p.print(m, t)
}
