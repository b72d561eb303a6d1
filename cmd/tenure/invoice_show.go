package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"tenure/billing"
	"tenure/internal/catalog"
	"tenure/internal/relay"
	"tenure/internal/store"
	"tenure/internal/table"
	"tenure/projections"
)

// showPage is how many lines are in memory at a time: a document may have hundreds of thousands.
const showPage = 1_000

func (p *program) invoiceShow() *cobra.Command {
	var included bool
	cmd := &cobra.Command{
		Use:   "show REF",
		Short: "Show a document with its lines",
		Args:  cobra.ExactArgs(1),
		Long: "Prints a document with its lines, page by page, however many there are. In JSON a line is as on its\n" +
			"topic, with what an invoice by EN 16931 needs of it but the tax; precedingDocuments are those whose\n" +
			"lines it corrects.",
		Example: "  tenure invoice show 2026-11/CUSTOMER/5c0000000000000000000001/DKK --data ./data",
		RunE: p.onStore(func(ctx context.Context, s *store.Store, args []string) error {
			if err := caughtUp(ctx, s, "lines", "documents"); err != nil {
				return err
			}
			d, issued, err := projections.DocumentByRef(ctx, s, args[0])
			if err != nil {
				return err
			}
			show := &shownInvoice{p: p, store: s, ref: args[0], included: included}
			if issued {
				view := documentViewOf(d)
				show.document = &view
			}
			return show.print(ctx)
		}),
	}
	cmd.Flags().BoolVar(&included, "show-included-products", false,
		"units that user products include, as free rows beside the lines")
	return cmd
}

// shownInvoice prints one document; before the run of the first has closed it, its lines so far.
type shownInvoice struct {
	p         *program
	store     *store.Store
	ref       string
	document  *documentView // nil until it is issued
	corrected []string      // documents whose lines it corrects
	included  bool          // free rows are shown
}

func (v *shownInvoice) print(ctx context.Context) error {
	first, err := projections.LinesOfDocument(ctx, v.store, v.ref, projections.LinePlace{}, showPage)
	if err != nil {
		return err
	}
	if v.document == nil && len(first) == 0 {
		return fmt.Errorf("there is no document %s; see: tenure invoice list", v.ref)
	}
	if v.p.json {
		return v.printJSON(ctx, first)
	}
	return v.printTable(ctx, first)
}

// pages calls fn for each page of lines; the first was read before.
func (v *shownInvoice) pages(ctx context.Context, page []projections.Line, fn func([]projections.Line) error) error {
	for len(page) > 0 {
		if err := fn(page); err != nil {
			return err
		}
		if len(page) < showPage {
			return nil
		}
		var err error
		if page, err = projections.LinesOfDocument(ctx, v.store, v.ref, page[len(page)-1].LinePlace, showPage); err != nil {
			return err
		}
	}
	return nil
}

// printTable aligns each page separately.
func (v *shownInvoice) printTable(ctx context.Context, first []projections.Line) error {
	if d := v.document; d != nil {
		_, _ = fmt.Fprintf(v.p.out, "%s %s%s\nbill to %s, ledger %s, run %s\n%s%s\n", d.Type, d.Ref, d.issuedOn(),
			nameAndID(d.BillToName, d.BillTo), d.Ledger, d.Run, d.soldBy(), d.recorded())
	} else {
		_, _ = fmt.Fprintf(v.p.out, "not issued yet: the lines so far\n\n")
	}
	err := v.pages(ctx, first, func(page []projections.Line) error {
		t := table.New("EMPLOYEE", "SOURCE", "FROM", "TO", "KIND", ">AMOUNT", "WHY")
		for _, l := range page {
			t.Add(l.Employee, l.Source, l.Period.From.String(), billing.Inclusive(l.Period.To).String(), string(l.Kind),
				l.Amount.StringFixed(int(l.Scale)), l.Explanation())
		}
		free, err := v.includedIn(ctx, page)
		addFree(t, free)
		t.Write(v.p.out, "")
		return err
	})
	if d := v.document; err == nil && d != nil {
		_, _ = fmt.Fprintf(v.p.out, "\n%d lines, %stotal %s %s\n", d.Lines, d.sums(), d.Total, d.Currency)
	}
	return err
}

// issuedOn is the day of issue; empty for a document from before it was kept.
func (v documentView) issuedOn() string {
	if v.IssueDate == 0 {
		return ""
	}
	return ", issued " + v.IssueDate.String()
}

// soldBy names the seller, as a line of text.
func (v documentView) soldBy() string {
	if v.Seller == "" {
		return ""
	}
	return "sold by " + nameAndID(v.SellerName, v.Seller) + "\n"
}

// sums are what its lines charge and credit.
func (v documentView) sums() string {
	if v.Charges == "" {
		return ""
	}
	return "charges " + v.Charges + ", credits " + v.Credits + ", "
}

// nameAndID is an id behind its name, if it has any.
func nameAndID(name, id string) string {
	if name == "" {
		return id
	}
	return name + " (" + id + ")"
}

// recorded is what accounting has recorded for the document, as a line of text; empty when nothing.
func (v documentView) recorded() string {
	var text string
	if v.InvoiceNumber != "" {
		text = "number " + v.InvoiceNumber
	}
	if v.DueDate != 0 {
		text += ", due " + v.DueDate.String()
	}
	switch {
	case v.Paid == "":
	case v.Paid == v.Total:
		text += ", paid on " + v.PaidOn.String()
	default:
		text += ", paid " + v.Paid + " up to " + v.PaidOn.String() + ", open " + v.Open
	}
	if text == "" {
		return ""
	}
	return string(bytes.TrimPrefix([]byte(text), []byte(", "))) + "\n"
}

// printJSON writes the document first, then its lines, then what it corrects, which is known only then.
func (v *shownInvoice) printJSON(ctx context.Context, first []projections.Line) error {
	document, err := json.MarshalIndent(v.document, "  ", "  ")
	if err != nil {
		return fmt.Errorf("print: %w", err)
	}
	out := &errWriter{out: v.p.out}
	out.write("{\n  \"document\": ", string(document), ",\n  \"lines\": [")
	finder, separator := relay.NewItems(v.store, catalog.New(v.store, nil)), ""
	free := []projections.FreeRow{}
	err = v.pages(ctx, first, func(page []projections.Line) error {
		rows, err := v.includedIn(ctx, page)
		if err != nil {
			return err
		}
		free = append(free, rows...)
		for i := range page {
			text, err := v.line(ctx, finder, &page[i])
			if err != nil {
				return err
			}
			out.write(separator, "\n    ", text)
			separator = ","
		}
		return v.corrects(ctx, page)
	})
	if err != nil {
		return err
	}
	if separator != "" {
		out.write("\n  ")
	}
	preceding, err := v.preceding(ctx)
	if err != nil {
		return err
	}
	out.write("],\n")
	if v.included {
		rows, err := json.MarshalIndent(free, "  ", "  ")
		if err != nil {
			return fmt.Errorf("print: %w", err)
		}
		out.write("  \"includedProducts\": ", string(rows), ",\n")
	}
	out.write("  \"precedingDocuments\": ", preceding, "\n}\n")
	return out.err
}

func (v *shownInvoice) line(ctx context.Context, finder *relay.Items, l *projections.Line) (string, error) {
	raw, err := finder.Line(ctx, nil, l.Run, &l.Line, l.AppendJSON(nil))
	if err != nil {
		return "", err
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, raw, "    ", "  "); err != nil {
		return "", fmt.Errorf("print: %w", err)
	}
	return indented.String(), nil
}

// corrects notes the documents of the lines that a page of credits corrects.
func (v *shownInvoice) corrects(ctx context.Context, page []projections.Line) error {
	refs, err := projections.CorrectedDocuments(ctx, v.store, page)
	for _, ref := range refs {
		if ref != v.ref && !slices.Contains(v.corrected, ref) {
			v.corrected = append(v.corrected, ref)
		}
	}
	return err
}

// precedingDocument is the reference to an earlier document (BG-3 of EN 16931).
type precedingDocument struct {
	Ref           string `json:"documentRef"`
	InvoiceNumber string `json:"invoiceNumber,omitempty"`
}

func (v *shownInvoice) preceding(ctx context.Context) (string, error) {
	slices.Sort(v.corrected)
	all := make([]precedingDocument, len(v.corrected))
	for i, ref := range v.corrected {
		d, issued, err := projections.DocumentByRef(ctx, v.store, ref)
		if err != nil {
			return "", err
		}
		all[i] = precedingDocument{Ref: ref}
		if issued {
			all[i].InvoiceNumber = d.InvoiceNumber
		}
	}
	raw, err := json.MarshalIndent(all, "  ", "  ")
	if err != nil {
		return "", fmt.Errorf("print: %w", err)
	}
	return string(raw), nil
}
