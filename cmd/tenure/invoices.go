package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"tenure/billing"
	"tenure/internal/runs"
	"tenure/internal/store"
	"tenure/internal/table"
	"tenure/projections"
)

func (p *program) invoice() *cobra.Command {
	cmd := &cobra.Command{Use: "invoice", Short: "Documents and the lines in them"}
	cmd.AddCommand(p.invoiceList(), p.invoiceShow(), p.invoiceExplain())
	cmd.AddCommand(p.invoiceExport(), p.invoiceVerify(), p.invoiceAcknowledge())
	return cmd
}

// documentView is a document as it is printed.
type documentView struct {
	Ref           string         `json:"documentRef"`
	Type          string         `json:"type"`
	Ledger        billing.Ledger `json:"ledger"`
	BillTo        string         `json:"billTo"`
	Currency      string         `json:"currency"`
	Total         string         `json:"total"`
	Lines         int64          `json:"lines"`
	Hash          uuid.UUID      `json:"hash"`
	Run           string         `json:"run"`
	InvoiceNumber int64          `json:"invoiceNumber"`
}

func viewOf(d projections.Document) documentView {
	return documentView{
		Ref: d.Ref, Type: d.Type, Ledger: d.Ledger, BillTo: d.BillTo, Currency: d.Currency,
		Total: d.Total.StringFixed(int32(d.Total.Decimals)), Lines: d.Lines, Hash: d.Hash, Run: d.Run, InvoiceNumber: d.InvoiceNumber,
	}
}

func (p *program) invoiceList() *cobra.Command {
	var payer, run string
	cmd := &cobra.Command{
		Use: "list", Short: "Documents of a payer or of a run (default: the last run)", Args: cobra.NoArgs,
		Example: "  tenure invoice list --payer 5c0000000000000000000001 --data ./data\n" +
			"  tenure invoice list --run nightly/2026-11-01 --data ./data",
		RunE: p.onStore(func(ctx context.Context, s *store.Store, _ []string) error {
			found, err := documentsOf(ctx, s, payer, run)
			if err != nil {
				return err
			}
			list := make([]documentView, len(found))
			t := table.New("DOCUMENT", "TYPE", "LEDGER", "BILL TO", ">LINES", ">TOTAL", "CURRENCY")
			for i, d := range found {
				list[i] = viewOf(d)
				t.Add(d.Ref, d.Type, string(d.Ledger), d.BillTo, count(d.Lines), list[i].Total, d.Currency)
			}
			return p.print(list, t)
		}),
	}
	cmd.Flags().StringVar(&payer, "payer", "", "customer or reseller that pays, or PLATFORM")
	cmd.Flags().StringVar(&run, "run", "", "run that closed them")
	cmd.MarkFlagsMutuallyExclusive("payer", "run")
	return cmd
}

// documentsOf reads all pages of a payer's or a run's documents.
func documentsOf(ctx context.Context, s *store.Store, payer, run string) ([]projections.Document, error) {
	read, of := projections.DocumentsOfRun, run
	if payer != "" {
		read, of = projections.DocumentsOfPayer, payer
	} else if run == "" {
		var err error
		if of, err = lastRun(ctx, s); err != nil {
			return nil, err
		}
	}
	var all []projections.Document
	for after := ""; ; {
		page, err := read(ctx, s, of, after, 0)
		if err != nil || len(page) == 0 {
			return all, err
		}
		all = append(all, page...)
		after = page[len(page)-1].Ref
	}
}

// lastRun is the id of the run that was opened last; that there is none is said with exitNothing.
func lastRun(ctx context.Context, s *store.Store) (string, error) {
	last, err := runs.Last(ctx, s)
	if err != nil {
		return "", err
	}
	if last == nil {
		return "", coded(exitNothing, errors.New("no run yet"))
	}
	return last.ID, nil
}

func (p *program) invoiceShow() *cobra.Command {
	return &cobra.Command{
		Use: "show REF", Short: "One document with its lines", Args: cobra.ExactArgs(1),
		Example: "  tenure invoice show 2026-11/CUSTOMER/5c0000000000000000000001/DKK --data ./data",
		RunE: p.onStore(func(ctx context.Context, s *store.Store, args []string) error {
			d, ok, err := projections.DocumentByRef(ctx, s, args[0])
			if err != nil {
				return err
			}
			lines, err := linesOf(ctx, s, args[0])
			if err != nil {
				return err
			}
			if !ok && len(lines) == 0 {
				return fmt.Errorf("there is no document %s; see: tenure invoice list", args[0])
			}
			return p.printInvoice(d, ok, lines)
		}),
	}
}

func linesOf(ctx context.Context, s *store.Store, ref string) ([]projections.Line, error) {
	var all []projections.Line
	for after := (projections.LinePlace{}); ; {
		page, err := projections.LinesOfDocument(ctx, s, ref, after, 0)
		if err != nil || len(page) == 0 {
			return all, err
		}
		all = append(all, page...)
		after = page[len(page)-1].LinePlace
	}
}

// printInvoice prints a document; before the run of the first has closed it, its lines so far.
func (p *program) printInvoice(d projections.Document, issued bool, lines []projections.Line) error {
	if p.json {
		out := struct {
			Document *documentView  `json:"document"` // null until it is issued
			Lines    []billing.Line `json:"lines"`
		}{Lines: make([]billing.Line, len(lines))}
		if issued {
			view := viewOf(d)
			out.Document = &view
		}
		for i, l := range lines {
			out.Lines[i] = l.Line
		}
		return p.printJSON(out)
	}
	if issued {
		view := viewOf(d)
		_, _ = fmt.Fprintf(p.out, "%s %s\nbill to %s, ledger %s, run %s\n\n", d.Type, d.Ref, d.BillTo, d.Ledger, d.Run)
		defer func() { _, _ = fmt.Fprintf(p.out, "\n%d lines, total %s %s\n", d.Lines, view.Total, d.Currency) }()
	} else {
		_, _ = fmt.Fprintf(p.out, "not issued yet: the lines so far\n\n")
	}
	t := table.New("EMPLOYEE", "SOURCE", "FROM", "TO", "KIND", ">AMOUNT", "WHY")
	for _, l := range lines {
		t.Add(l.Employee, l.Source, l.Period.From.String(), billing.Inclusive(l.Period.To).String(), string(l.Kind),
			l.Amount.StringFixed(int(l.Scale)), l.Explanation())
	}
	t.Write(p.out, "")
	return nil
}

func (p *program) invoiceExplain() *cobra.Command {
	return &cobra.Command{
		Use: "explain LINE", Short: "Why a line is there and how its amount came about", Args: cobra.ExactArgs(1),
		Example: "  tenure invoice explain 0f3e0c5e-2a53-5c0b-9f1e-7d1f3a1c8e01 --data ./data",
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := uuid.Parse(args[0])
			if err != nil {
				return coded(exitUsage, fmt.Errorf("%q is not the id of a line", args[0]))
			}
			s, err := p.openStore(cmd.Context())
			if err != nil {
				return err
			}
			defer s.Close()
			l, ok, err := projections.LineByID(cmd.Context(), s, id)
			if err != nil {
				return err
			}
			if !ok {
				return fmt.Errorf("there is no line %s", id)
			}
			return p.printLine(l)
		},
	}
}

func (p *program) printLine(l projections.Line) error {
	if p.json {
		return p.printJSON(l.Line)
	}
	t := table.New("WHAT", "VALUE")
	t.Add("line", l.ID.String())
	t.Add("kind", string(l.Kind))
	t.Add("ledger", string(l.Ledger))
	t.Add("bill to", l.BillTo)
	t.Add("employee", l.Employee)
	t.Add("source", l.Source)
	t.Add("product", l.Product)
	t.Add("days", l.Period.From.String()+" to "+billing.Inclusive(l.Period.To).String())
	t.Add("amount", l.Amount.StringFixed(int(l.Scale))+" "+l.Currency)
	t.Add("how", l.Explanation())
	addSet(t, "reason", l.Reason)
	if l.CorrectsLine != uuid.Nil {
		t.Add("corrects", l.CorrectsLine.String())
	}
	t.Add("document", l.DocumentRef)
	t.Add("run", l.Run)
	t.Add("position", fmt.Sprintf("%d:%d", l.Shard, l.Position))
	t.Write(p.out, "")
	return nil
}
