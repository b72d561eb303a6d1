package main

import (
	"context"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"tenure/billing"
	"tenure/events"
	"tenure/internal/store"
	"tenure/internal/table"
	"tenure/projections"
)

// documentView is a document as it is printed.
type documentView struct {
	Ref           string         `json:"documentRef"`
	Type          string         `json:"type"`
	Ledger        billing.Ledger `json:"ledger"`
	BillTo        string         `json:"billTo"`
	BillToName    string         `json:"billToName,omitempty"`
	Seller        string         `json:"seller,omitempty"`
	SellerName    string         `json:"sellerName,omitempty"`
	IssueDate     billing.Date   `json:"issueDate,omitzero"`
	Currency      string         `json:"currency"`
	Total         string         `json:"total"`
	Charges       string         `json:"charges,omitempty"` // signed, as the credits
	Credits       string         `json:"credits,omitempty"`
	Lines         int64          `json:"lines"`
	Hash          uuid.UUID      `json:"hash"`
	Run           string         `json:"run"`
	InvoiceNumber string         `json:"invoiceNumber,omitempty"`
	TypeCode      string         `json:"typeCode"` // of UNTDID 1001
	DueDate       billing.Date   `json:"dueDate,omitzero"`
	PaidOn        billing.Date   `json:"paidOn,omitzero"`
	Paid          string         `json:"paid,omitempty"`
	Open          string         `json:"open"` // what is not paid

	Payments []projections.Payment `json:"payments,omitempty"`
}

// typeCodes are the codes of documents on an invoice by EN 16931 (BT-3).
var typeCodes = map[string]string{string(billing.Invoice): "380", string(billing.CreditNote): "381"}

func documentViewOf(d projections.Document) documentView {
	return documentView{
		Ref: d.Ref, Type: d.Type, Ledger: d.Ledger, BillTo: d.BillTo, BillToName: d.BillToName, Seller: d.Seller,
		SellerName: d.SellerName, IssueDate: d.IssueDate, Currency: d.Currency, Total: moneyText(&d.Total),
		Charges: moneyText(d.Charges), Credits: moneyText(d.Credits), Lines: d.Lines, Hash: d.Hash, Run: d.Run,
		InvoiceNumber: d.InvoiceNumber, TypeCode: typeCodes[d.Type], DueDate: d.DueDate, PaidOn: d.PaidOn,
		Paid: moneyText(d.Paid), Open: openOf(&d), Payments: d.Payments,
	}
}

func openOf(d *projections.Document) string {
	open := d.Open()
	return moneyText(&open)
}

// moneyText is a sum with its currency's decimals; empty for none.
func moneyText(m *events.Money) string {
	if m == nil {
		return ""
	}
	return m.StringFixed(int32(m.Decimals))
}

func (p *program) invoiceList() *cobra.Command {
	var payer, run string
	var all bool
	cmd := &cobra.Command{
		Use: "list", Short: "List documents of a payer, of a run (default: the last run), or all", Args: cobra.NoArgs,
		Example: "  tenure invoice list --payer 5c0000000000000000000001 --data ./data\n" +
			"  tenure invoice list --run nightly/2026-11-01 --data ./data\n" +
			"  tenure invoice list --all --data ./data",
		RunE: p.onStore(func(ctx context.Context, s *store.Store, _ []string) error {
			if err := caughtUp(ctx, s, "documents"); err != nil {
				return err
			}
			found, err := documentsOf(ctx, s, payer, run, all)
			if err != nil {
				return err
			}
			list := make([]documentView, len(found))
			t := table.New("DOCUMENT", "TYPE", "LEDGER", "BILL TO", ">LINES", ">TOTAL", "CURRENCY", "NUMBER", "DUE",
				"PAID", ">OPEN")
			for i, d := range found {
				list[i] = documentViewOf(d)
				t.Add(d.Ref, d.Type, string(d.Ledger), d.BillTo, count(d.Lines), list[i].Total, d.Currency,
					list[i].InvoiceNumber, d.DueDate.String(), d.PaidOn.String(), list[i].Open)
			}
			return p.print(list, t)
		}),
	}
	cmd.Flags().StringVar(&payer, "payer", "", "customer or reseller that pays, or PLATFORM")
	cmd.Flags().StringVar(&run, "run", "", "run that closed them")
	cmd.Flags().BoolVar(&all, "all", false, "documents of all payers and runs")
	cmd.MarkFlagsMutuallyExclusive("payer", "run", "all")
	return cmd
}

// documentsOf reads all pages of a payer's or a run's documents, or of every one.
func documentsOf(
	ctx context.Context, s *store.Store, payer, run string, every bool,
) ([]projections.Document, error) {
	read, of := projections.DocumentsOfRun, run
	switch {
	case every:
		read = projections.AllDocuments
	case payer != "":
		read, of = projections.DocumentsOfPayer, payer
	case run == "":
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
