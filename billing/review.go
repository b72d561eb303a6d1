package billing

// Reviews lists the imported sources that need a person, settled or not.
func (a *Account) Reviews(c Catalog, p *Policy) []Review {
	e := a.engine(c, p, 0)
	defer e.done()
	return a.reviews(e)
}

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
		} else if s.InvoicedFrom != 0 && s.Start > p.From && !e.once(s) {
			out = append(out, Review{s.ID, Period{p.From, min(s.Start, p.To)}})
		}
	}
	return out
}

// once reports a source that is billed once: its start may move freely (rule 10).
func (e *engine) once(s *Source) bool {
	product, _ := s.Products.At(max(s.Start, 1))
	k, err := kindOf(e.catalog, product)
	return err == nil && k.recurrence == None
}
