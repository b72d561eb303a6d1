package billing

// Why days that were billed elsewhere need a review.
const (
	reviewShortened = ""        // they are not served any more
	reviewProduct   = "PRODUCT" // another product holds than they were given with
	reviewPayer     = "PAYER"   // another payer
	reviewUnits     = "UNITS"   // more units
)

// Reviews lists the imported sources that need a person, settled or not.
func (a *Account) Reviews(c Catalog, p *Policy) []Review {
	e := a.engine(c, p, 0)
	defer e.done()
	return a.reviews(e)
}

// reviews lists the days billed elsewhere of which nothing is charged or credited
// by itself (rule 15): those that the source does not serve any more, and those
// that meet more units, another payer or another product than they were given
// with.
func (a *Account) reviews(e *engine) []Review {
	var out []Review
	for i := range a.Sources {
		a.Sources[i].rentals(func(s *Source) bool {
			if p := s.imported(); !p.Empty() {
				out = e.reviewImport(out, s, p)
			}
			return true
		})
	}
	return out
}

func (e *engine) reviewImport(out []Review, s *Source, p Period) []Review {
	served := p
	if s.InvoicedFrom != 0 && s.Start > p.From && !e.once(s) {
		cut := Period{p.From, min(s.Start, p.To)}
		out = append(out, Review{Source: s.ID, Period: cut})
		served.From = cut.To
	}
	end := e.end(s)
	if end != 0 && end < p.To {
		served.To = max(end, served.From)
	}
	if from, why, found := e.imposed(s, served); found {
		out = append(out, Review{s.ID, Period{from, served.To}, why})
	}
	if cut := (Period{max(end, served.From), p.To}); end != 0 && !cut.Empty() {
		out = append(out, Review{Source: s.ID, Period: cut})
	}
	return out
}

// imposed is the first day from which imported days have other terms than they
// were given with, and which.
func (e *engine) imposed(s *Source, p Period) (from Date, why string, found bool) {
	if p.Empty() || len(s.Products) == 1 && len(s.Units) <= 1 && len(e.account.Payers) == 0 {
		return 0, "", false
	}
	days := daysOf(nil, s.Products)
	days = daysOf(daysOf(days, s.Units), e.account.Payers)
	given := e.given(s, p.From)
	for _, d := range days {
		d = max(d, p.From)
		if d >= p.To || found && d >= from {
			continue
		}
		if w, is := given.differs(e.given(s, d), s); is {
			from, why, found = d, w, true
		}
	}
	return from, why, found
}

// importTerms are what days billed elsewhere are compared by.
type importTerms struct {
	product, payer string
	units          Amount
}

func (e *engine) given(s *Source, d Date) importTerms {
	product, _ := s.Products.At(d)
	t := importTerms{product: product, units: unitsOn(s, d), payer: e.account.Customer}
	if payer, _ := e.account.Payers.At(d); payer != "" {
		t.payer = payer
	}
	return t
}

// differs reports what of later terms the days were not given with. Without a
// product they are shortened.
func (t importTerms) differs(now importTerms, s *Source) (why string, is bool) {
	units := t.units
	if s.InvoicedUnits != nil {
		units = *s.InvoicedUnits
	}
	switch {
	case now.product == "" && t.product != "":
		return reviewShortened, true
	case now.product != t.product:
		return reviewProduct, true
	case s.InvoicedPayer != "" && now.payer != s.InvoicedPayer:
		return reviewPayer, true
	case now.units.add(units.Neg()).Sign() > 0:
		return reviewUnits, true
	}
	return "", false
}

// once reports a source that is billed once: its start may move freely (rule 10).
func (e *engine) once(s *Source) bool {
	product, _ := s.Products.At(max(s.Start, 1))
	k, err := kindOf(e.catalog, product)
	return err == nil && k.recurrence == None
}
