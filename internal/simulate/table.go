package simulate

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// columnGap is the space between columns.
const columnGap = 2

// WriteTable prints the forecast for people: the lines of each month with their explanations, totals per month and
// ledger, and what they should look at.
func (f Forecast) WriteTable(to io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "Nights from %s to %s\n", f.From, f.Until)
	if len(f.Months) == 0 {
		b.WriteString("\nNo lines.\n")
	}
	for _, month := range f.Months {
		month.write(&b)
	}
	if len(f.Months) > 1 {
		b.WriteString("\nAll months\n")
		writeTotals(&b, f.Totals)
	}
	f.notes(&b)
	_, err := io.WriteString(to, b.String())
	return err
}

func (m Month) write(b *strings.Builder) {
	fmt.Fprintf(b, "\n%s\n", m.Month)
	w := tabwriter.NewWriter(b, 0, 0, columnGap, ' ', 0)
	fmt.Fprintln(w, "  N\tNIGHT\tLEDGER\tBILL TO\tSOURCE\tPRODUCT\tDAYS\tAMOUNT\tWHY\tEXPLANATION")
	for _, l := range m.Lines {
		why := l.Reason
		if l.CorrectsLine != 0 {
			why += fmt.Sprintf(", corrects %d", l.CorrectsLine)
		}
		fmt.Fprintf(w, "  %d\t%s\t%s\t%s\t%s\t%s\t%s to %s\t%s %s\t%s\t%s\n", l.N, l.Night, l.Ledger, l.BillTo, l.Source,
			l.Product, l.From, l.ToInclusive, l.Amount, l.Currency, why, l.Explanation)
	}
	// A strings.Builder never fails, and tabwriter gives only its writer's errors.
	_ = w.Flush()
	writeTotals(b, m.Totals)
}

func writeTotals(b *strings.Builder, totals []Total) {
	for _, t := range totals {
		fmt.Fprintf(b, "  total %s to %s: %s %s\n", t.Ledger, t.BillTo, t.Amount, t.Currency)
	}
}

func (f Forecast) notes(b *strings.Builder) {
	b.WriteString("\n")
	for _, i := range f.Invoiced {
		until := "not billed"
		if i.Until != nil {
			until = "billed until " + i.Until.String()
		}
		fmt.Fprintf(b, "%s: %s\n", i.Source, until)
	}
	for _, h := range f.Held {
		fmt.Fprintf(b, "Held from %s to %s: %s: %s\n", h.From, h.Until, h.Reason, h.Detail)
	}
	for _, r := range f.Reviews {
		fmt.Fprintf(b, "Review needed: %s was billed elsewhere for %s, which it does not serve\n", r.Source, r.Period)
	}
	for _, r := range f.Refused {
		fmt.Fprintf(b, "Refused on %s: %s: %s\n", r.On, r.Op, r.Code)
	}
	if f.NextDue != 0 {
		fmt.Fprintf(b, "Next due: %s\n", f.NextDue)
	} else {
		b.WriteString("Next due: never\n")
	}
}

// WriteText prints each difference and a summary.
func (r Report) WriteText(to io.Writer) error {
	var b strings.Builder
	for _, d := range r.Differences {
		fmt.Fprintln(&b, d)
	}
	fmt.Fprintln(&b, r)
	_, err := io.WriteString(to, b.String())
	return err
}

// WriteTable prints what each step of each case gave, for people.
func (r Result) WriteTable(to io.Writer) error {
	var b strings.Builder
	for _, c := range r.Cases {
		fmt.Fprintf(&b, "%s\n", c.ID)
		w := tabwriter.NewWriter(&b, 0, 0, columnGap, ' ', 0)
		for i, s := range c.Steps {
			s.write(w, i+1)
		}
		_ = w.Flush() // as above
	}
	_, err := io.WriteString(to, b.String())
	return err
}

func (s StepResult) write(w *tabwriter.Writer, step int) {
	switch {
	case s.Held != "":
		fmt.Fprintf(w, "  step %d\theld: %s\n", step, s.Held)
	case s.Rejected != "":
		fmt.Fprintf(w, "  step %d\trejected: %s\n", step, s.Rejected)
	case s.Run == nil:
		fmt.Fprintf(w, "  step %d\tchange\n", step)
	case len(s.Run.Lines) == 0:
		fmt.Fprintf(w, "  step %d\trun\tno lines\n", step)
	default:
		for _, l := range s.Run.Lines {
			fmt.Fprintf(w, "  step %d\trun\t%d\t%s\t%s\t%s\t%s\t%s\t%s to %s\t%s %s\n", step, l.N, l.Kind, l.Ledger, l.BillTo,
				l.Source, l.Product, l.From, l.ToInclusive, l.Amount, l.Currency)
		}
	}
}
