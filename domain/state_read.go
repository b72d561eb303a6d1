package domain

import "tenure/billing"

func (e *Employee) readState(r *billing.StateReader) {
	for r.Object(); ; {
		key, ok := r.Key()
		if !ok {
			return
		}
		switch string(key) {
		case "n":
			e.Number = r.Int()
		case "c":
			e.Customer = r.Text()
		case "r":
			e.Reseller = r.Text()
		case "cur":
			e.Currency = r.Text()
		case "al":
			e.AccessLevel = r.Text()
		case "st":
			e.State = r.Text()
		case "prof":
			e.Profile.readState(r)
		default:
			e.readBilling(r, key)
		}
	}
}

// readBilling reads what most employees have that is billed.
func (e *Employee) readBilling(r *billing.StateReader, key []byte) {
	switch string(key) {
	case "pay":
		e.Payers = r.Timeline()
	case "prod":
		e.Products = r.Timeline()
	case "add":
		e.Addons = r.Sources()
	case "hold":
		e.Holdings = r.Sources()
	case "b":
		e.Billed.ReadState(r)
	case "v":
		e.Version = r.Int()
	case "ev":
		e.Causes = readCauses(r)
	default:
		e.readHeld(r, key)
	}
}

// readHeld reads what the employee holds and what becomes of it.
func (e *Employee) readHeld(r *billing.StateReader, key []byte) {
	switch string(key) {
	case "ext":
		r.Other(&e.Extensions)
	case "mvno":
		r.Other(&e.Accounts)
	case "rp":
		r.Other(&e.RatePlans)
	case "gone":
		r.Other(&e.Deleted)
	case "pres":
		r.Other(&e.Presence)
	case "auto":
		r.Other(&e.Auto)
	case "ps":
		r.Other(&e.PresenceSince)
	case "del":
		r.Other(&e.Deletion)
	default:
		e.readRare(r, key)
	}
}

// readRare reads what few employees have that is billed otherwise.
func (e *Employee) readRare(r *billing.StateReader, key []byte) {
	switch string(key) {
	case "else":
		r.Other(&e.Elsewhere)
	case "np":
		r.Other(&e.NewProduct)
	case "pm":
		r.Other(&e.PeriodsMax)
	case "held":
		e.Held = r.Text()
	case "hw":
		e.HeldWhy = r.Text()
	case "rv":
		r.Other(&e.Reviewed)
	case "set":
		r.Other(&e.Settled)
	case "wk":
		r.Other(&e.Work)
	case "wn":
		r.Other(&e.WorkSeq)
	case "end":
		r.Other(&e.Ended)
	default:
		r.Fail()
	}
}

func readCauses(r *billing.StateReader) []Cause {
	if !r.List() {
		return nil
	}
	all := []Cause{}
	for r.Item() {
		var c Cause
		for r.Object(); ; {
			key, ok := r.Key()
			if !ok {
				break
			}
			switch string(key) {
			case "s":
				c.Source = r.Text()
			case "e":
				c.Events = readTexts(r)
			default:
				r.Fail()
			}
		}
		all = append(all, c)
	}
	return all
}

func readTexts(r *billing.StateReader) []string {
	if !r.List() {
		return nil
	}
	all := make([]string, 0, 1)
	for r.Item() {
		all = append(all, r.Text())
	}
	return all
}

func (p *Profile) readState(r *billing.StateReader) {
	for r.Object(); ; {
		key, ok := r.Key()
		if !ok {
			return
		}
		switch string(key) {
		case "ne":
			p.NoEmail = r.True()
		case "f":
			r.Other(&p.Features)
		case "o":
			r.Other(&p.Objects)
		case "a":
			r.Other(&p.Addons)
		case "k":
			p.Known = readNamed(r)
		case "personal":
			p.Personal.readState(r)
		default:
			r.Fail()
		}
	}
}

func (p *PersonalProfile) readState(r *billing.StateReader) {
	for r.Object(); ; {
		key, ok := r.Key()
		if !ok {
			return
		}
		switch string(key) {
		case "login":
			p.Login = r.Text()
		case "o":
			r.Other(&p.Objects)
		case "k":
			p.Known = readNamed(r)
		default:
			r.Fail()
		}
	}
}

// readNamed reads texts by name.
func readNamed(r *billing.StateReader) map[string]string {
	all := map[string]string{}
	for r.Object(); ; {
		key, ok := r.Key()
		if !ok {
			return all
		}
		name := string(key)
		all[name] = r.Text()
	}
}
