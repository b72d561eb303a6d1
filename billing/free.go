package billing

// Free is a range of days on which the user product includes units of an addon
// (rule 20). It is no line: it is what a reader shows who asks for included
// products.
type Free struct {
	Source  string `json:"source"`
	Product string `json:"product"`
	Period  Period `json:"period"`
	Units   Amount `json:"units"`
}

// FreeUnits lists the included units of the account's addons inside a closed
// period, by source and day.
func (a *Account) FreeUnits(c Catalog, p *Policy, within Period) ([]Free, error) {
	e := a.engine(c, p, within.From)
	defer e.done()
	if !e.includes {
		return nil, nil
	}
	var out []Free
	for _, i := range e.order() {
		s := &a.Sources[i]
		services, err := e.split(e.services[:0], s)
		if e.services = services; err != nil {
			return nil, err
		}
		for j := range services {
			if out, err = e.free(out, &services[j], services[j].cover.Intersect(within)); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

func (e *engine) free(out []Free, sv *service, window Period) ([]Free, error) {
	if window.Empty() {
		return out, nil
	}
	days := append([]Date{window.From}, e.changeDays(nil, sv, Customer, window)...)
	for i, d := range days {
		p := Period{d, window.To}
		if i+1 < len(days) {
			p.To = days[i+1]
		}
		t, err := e.termsOn(sv, Customer, d)
		if err != nil {
			return nil, err
		}
		if n := len(out); n > 0 && out[n-1].Source == sv.of.ID && out[n-1].Period.To == p.From &&
			out[n-1].Units == t.included {
			out[n-1].Period.To = p.To
		} else if !t.included.IsZero() {
			out = append(out, Free{sv.of.ID, sv.product, p, t.included})
		}
	}
	return out, nil
}
