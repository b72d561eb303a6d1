package billing

// reviews lists the imported sources that were shortened into days that somebody
// else had billed: no credit is made by itself (rule 15).
func (a *Account) reviews(e *engine) []Review {
	var out []Review
	for i := range a.Sources {
		s := &a.Sources[i]
		p := e.imported(s)
		if p.Empty() {
			continue
		}
		if end := e.end(s); end != 0 && end < p.To {
			out = append(out, Review{s.ID, Period{max(end, p.From), p.To}})
		} else if s.InvoicedFrom != 0 && s.Start > p.From {
			out = append(out, Review{s.ID, Period{p.From, min(s.Start, p.To)}})
		}
	}
	return out
}
