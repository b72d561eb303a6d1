package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"

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
	cmd.AddCommand(p.invoiceAdjust(), p.invoiceVoid(), p.invoiceRerate(), p.invoiceResolveReview(), p.invoiceHold(), p.invoiceRelease(),
		p.invoiceClosePeriod(), p.invoiceRecordNumber(), p.invoiceRecordPayment())
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
	TypeCode      string         `json:"typeCode"` // of UNTDID 1001
	DueDate       billing.Date   `json:"dueDate,omitzero"`
	PaidOn        billing.Date   `json:"paidOn,omitzero"`
	Paid          string         `json:"paid,omitempty"`
}

// typeCodes are the codes of documents on an invoice by EN 16931 (BT-3).
var typeCodes = map[string]string{string(billing.Invoice): "380", string(billing.CreditNote): "381"}

func viewOf(d projections.Document) documentView {
	view := documentView{
		Ref: d.Ref, Type: d.Type, Ledger: d.Ledger, BillTo: d.BillTo, Currency: d.Currency,
		Total: d.Total.StringFixed(int32(d.Total.Decimals)), Lines: d.Lines, Hash: d.Hash, Run: d.Run, InvoiceNumber: d.InvoiceNumber,
		TypeCode: typeCodes[d.Type], DueDate: d.DueDate, PaidOn: d.PaidOn,
	}
	if d.Paid != nil {
		view.Paid = d.Paid.StringFixed(int32(d.Paid.Decimals))
	}
	return view
}

// number is the legal number as a person reads it; nothing until it is told.
func (v documentView) number() string {
	if v.InvoiceNumber < 0 {
		return ""
	}
	return strconv.FormatInt(v.InvoiceNumber, 10)
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
			t := table.New("DOCUMENT", "TYPE", "LEDGER", "BILL TO", ">LINES", ">TOTAL", "CURRENCY", ">NUMBER", "DUE", "PAID")
			for i, d := range found {
				list[i] = viewOf(d)
				t.Add(d.Ref, d.Type, string(d.Ledger), d.BillTo, count(d.Lines), list[i].Total, d.Currency,
					list[i].number(), d.DueDate.String(), d.PaidOn.String())
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
	addSet(t, "by", l.Actor)
	t.Add("books on", l.Books().String())
	if l.CorrectsLine != uuid.Nil {
		t.Add("corrects", l.CorrectsLine.String())
	}
	t.Add("document", l.DocumentRef)
	t.Add("run", l.Run)
	t.Add("position", fmt.Sprintf("%d:%d", l.Shard, l.Position))
	t.Write(p.out, "")
	return nil
}
