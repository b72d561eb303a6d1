package demo

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"tenure/billing"
	"tenure/internal/table"
)

// PrintScreen writes what fits on a screen: each document with its first lines, the totals of the ledgers, and a
// verdict.
func (r *Report) PrintScreen(w io.Writer, linesMax int) {
	t := table.New("DOCUMENT", "FROM", "TO", ">AMOUNT", "HOW")
	for _, d := range r.Documents {
		t.Add(payerName(d.BillTo)+", "+strings.ToLower(string(d.Ledger)), "", "",
			d.Total.StringFixed(int32(d.Total.Decimals)),
			d.Currency+", "+strconv.FormatInt(d.DocumentIssued.Lines, 10)+" lines: "+d.DocumentRef)
		for i, l := range d.Lines {
			if i == linesMax {
				break
			}
			t.Add("  "+nameOf(l.Employee), l.Period.From.String(), billing.Inclusive(l.Period.To).String(),
				l.Amount.StringFixed(int(l.Scale)), screenText(named(l.Explanation())))
		}
	}
	t.Write(w, "")
	_, _ = fmt.Fprintln(w)
	r.ledgerTable().Write(w, "")
	_, _ = fmt.Fprintf(w, "\n%s\n%s", r.Verdict(), next)
}

// explanationShown is how much of an explanation fits beside the other columns.
const explanationShown = 56

func screenText(text string) string {
	if runes := []rune(text); len(runes) > explanationShown {
		return string(runes[:explanationShown-1]) + "…"
	}
	return text
}

// ledgerTable sums up the documents of each ledger and currency, and whether all comparisons of it agree.
func (r *Report) ledgerTable() *table.Table {
	t := table.New("LEDGER", "CURRENCY", ">LINES", ">AMOUNT", "AGREES")
	for _, c := range r.Control {
		if c.What != documentsGroup {
			continue
		}
		agrees := "yes"
		for _, other := range r.Control {
			if other.Ledger == c.Ledger && other.Currency == c.Currency && !other.Agrees {
				agrees = "NO"
			}
		}
		t.Add(c.Ledger, c.Currency, strconv.FormatInt(c.Lines, 10), c.Amount, agrees)
	}
	return t
}

// Verdict says in a sentence whether the topics hold what was announced.
func (r *Report) Verdict() string {
	if !r.Agrees() {
		return "The topics do NOT hold what run.completed and the documents announced: tenure demo --lines all shows where."
	}
	return fmt.Sprintf("All %d lines and %d documents on the topics agree with run.completed, in %d control totals.",
		len(r.lines), len(r.Documents), len(r.Control))
}
