package billing

import (
	"fmt"
	"strconv"
)

// answers are the words of a script with something indented under them.
var answers = map[string]bool{"run": true, "explain": true, "documents": true, "book": true, "reached": true}

// answer is what a script says under a run, or under a question:
//
//	explain N           the Nth line of all runs: its id, its explanation, why it was made and what it corrects
//	documents DATE      the documents of all lines, with a run of that day
//	book closed DATE    the days on which the last run's lines book, where the accounts are closed up to the date
//	reached ID          the last day up to which a source is billed
func (s *script) answer(w []string) []string {
	s.t.Helper()
	switch w[0] {
	case "run":
		return s.run(w[1])
	case "explain":
		n, err := strconv.Atoi(w[1])
		if err != nil || n < 1 || n > len(s.h.lines) {
			s.t.Fatalf("explain %s of %d lines", w[1], len(s.h.lines))
		}
		return s.explain(&s.h.lines[n-1])
	case "documents":
		return s.documents(MustDate(w[1]))
	case "book":
		return s.book(MustDate(w[2]))
	default:
		return []string{"invoicedUntil " + s.h.account.InvoicedUntil(w[1]).String()}
	}
}

func (s *script) explain(l *Line) []string {
	out := []string{"lineId " + l.ID.String(), l.Explanation(), "reason " + l.Reason}
	for i := range s.h.lines {
		if s.h.lines[i].ID == l.CorrectsLine {
			out = append(out, fmt.Sprintf("corrects line %d", i+1))
		}
	}
	return append(out, fmt.Sprintf("quantity %s, unitPrice %s", l.Quantity(), l.ShownPrice().StringFixed(hundredths)))
}

func (s *script) documents(day Date) (out []string) {
	for _, d := range Documents(s.h.lines, s.h.policy, day) {
		scale := int32(d.Scale)
		out = append(out, fmt.Sprintf("%s %s %s: charges %s, credits %s, %d lines", d.Ref, d.Type, d.Total.StringFixed(scale),
			d.Charges.StringFixed(scale), d.Credits.StringFixed(scale), d.Count))
	}
	return out
}

func (s *script) book(closed Date) (out []string) {
	for _, l := range s.h.lines[s.before:] {
		l.Book(closed)
		out = append(out, fmt.Sprintf("%s %s, %s: books on %s", l.Kind, l.Source, l.Period, l.Books()))
	}
	return out
}
