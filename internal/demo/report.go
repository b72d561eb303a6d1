package demo

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"tenure/billing"
	"tenure/events"
	"tenure/internal/table"
)

// Report is all that was read back from the topics.
type Report struct {
	Timeline  []Moment   `json:"timeline"` // of the employees of the story
	Documents []Document `json:"documents"`
	Control   []Control  `json:"control"`

	counts    map[string]int // events by kind
	lines     []Line
	runs      []events.RunCompleted
	announced []announcedTotal
}

// Print writes the whole report as text.
func (r *Report) Print(w io.Writer) {
	r.printTimeline(w)
	r.printDocuments(w)
	r.printControl(w)
	_, _ = fmt.Fprintf(w, "\n%s\n%s", r.Verdict(), next)
}

// next names what to try after the demonstration.
const next = `
Next
  tenure demo --lines all      every line, the events of four employees, all control totals
  tenure up --data ./data      the same parts, kept running: any Kafka client, psql and curl can join in
  README.md, ARCHITECTURE.md   the way of a command and of an event, and the packages
`

func heading(w io.Writer, text string) {
	_, _ = fmt.Fprintf(w, "\n%s\n%s\n", text, strings.Repeat("-", len([]rune(text))))
}

func (r *Report) printTimeline(w io.Writer) {
	heading(w, "Events, read from employee.events")
	kinds := make([]string, 0, len(r.counts))
	for kind, n := range r.counts {
		kinds = append(kinds, fmt.Sprintf("%d %s", n, strings.ReplaceAll(kind, "_", " ")))
	}
	slices.Sort(kinds)
	_, _ = fmt.Fprintf(
		w,
		"All %d employees: %s.\n\nThe four that change on 31 October:\n",
		employees,
		strings.Join(kinds, ", "),
	)
	t := table.New("COPENHAGEN", "EMPLOYEE", "EVENT", "CONTENT")
	zone := (&billing.Policy{Timezone: "Europe/Copenhagen"}).Zone()
	for _, m := range r.Timeline {
		t.Add(
			m.At.In(zone).Format("2 Jan 15:04"),
			m.Employee,
			strings.ReplaceAll(m.What, "_", " "),
			cut(named(string(m.Content))),
		)
	}
	t.Write(w, "")
}

// contentShown is how much of an event fits on a line.
const contentShown = 120

func cut(content string) string {
	if runes := []rune(content); len(runes) > contentShown {
		return string(runes[:contentShown]) + "…"
	}
	return content
}

func (r *Report) printDocuments(w io.Writer) {
	heading(w, "Documents per payer, read from billing.documents* and billing.lines*")
	for _, d := range r.Documents {
		_, _ = fmt.Fprintf(w, "\n%s %s to %s (ledger %s)\n", d.Type, d.DocumentRef, payerName(d.BillTo), d.Ledger)
		t := table.New("EMPLOYEE", "WHAT", "FROM", "TO", "KIND", ">AMOUNT", "HOW")
		for _, l := range d.Lines {
			t.Add(nameOf(l.Employee), productName(l.Product), l.Period.From.String(), billing.Inclusive(l.Period.To).String(),
				string(l.Kind), l.Amount.StringFixed(int(l.Scale)), named(l.Explanation()))
		}
		t.Write(w, "  ")
		_, _ = fmt.Fprintf(
			w,
			"  %d lines, total %s %s\n",
			d.DocumentIssued.Lines,
			d.Total.StringFixed(int32(d.Total.Decimals)),
			d.Currency,
		)
	}
}

func (r *Report) printControl(w io.Writer) {
	heading(w, "Control totals: lines on the topics against run.completed and the documents")
	t := table.New("WHAT", "LEDGER", "CURRENCY", ">LINES", ">AMOUNT", "AGREES")
	for _, c := range r.Control {
		verdict := "yes"
		if !c.Agrees {
			verdict = "NO, announced: " + c.Announced
		}
		t.Add(c.What, c.Ledger, c.Currency, strconv.FormatInt(c.Lines, 10), c.Amount, verdict)
	}
	t.Write(w, "")
	for _, run := range r.runs {
		_, _ = fmt.Fprintf(
			w,
			"%s: %d employees examined, %d billed, %d not, %d documents\n",
			run.Run,
			run.Examined,
			run.Billed,
			run.NotBilled,
			run.Documents,
		)
	}
}

// nameOf is the name of an employee by its id.
func nameOf(employee string) string {
	number, ok := strings.CutPrefix(employee, kindEmployee)
	n, err := strconv.Atoi(number)
	if !ok || err != nil {
		return employee
	}
	return name(n)
}

func payerName(payer string) string {
	for kind, what := range map[string]string{kindCustomer: "Sample customer", kindReseller: "Sample reseller"} {
		if number, ok := strings.CutPrefix(payer, kind); ok {
			if n, err := strconv.Atoi(number); err == nil {
				return fmt.Sprintf("%s %d", what, n)
			}
		}
	}
	return payer
}

func productName(product string) string {
	for i, p := range products {
		if product == id(kindProduct, i+1) {
			return p["name"].(string)
		}
	}
	return product
}

// named replaces ids of products by their names.
func named(text string) string {
	for i := range products {
		text = strings.ReplaceAll(text, id(kindProduct, i+1), productName(id(kindProduct, i+1)))
	}
	return text
}
