package billing

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A script is a history in words: facts and changes, runs, and under each run,
// indented, the lines that it makes. The examples of docs/billing.md are scripts.
//
//	policy KEY VALUE
//	product ID RECURRENCE PRICE [wholesale N] [cost N] [full-month] [includes N ID] [inherits ID]
//	user-product ID from DATE
//	addon ID PRODUCT from DATE [until DATE] [units N] [at PRICE] [invoiced DATE]
//	terminate ID DATE|never       start ID DATE
//	units ID N from DATE          price ID N|catalogue from DATE
//	payer ID from DATE            delete DATE|never
//	new-product ID on DATE        catalogue ID PRICE from DATE
//	bound N                       run DATE
//	policy KEY VALUE from DATE    currency PAYER CODE       (before the products)
//	product … [also N CURRENCY]   account ID PLAN from DATE
//	credit ID DATE N              rent-again ID from DATE
//
// What is asked besides runs, with the answer indented under it: see show.
type script struct {
	t        *testing.T
	h        *history
	given    vectorGiven
	policy   Policy
	later    []PolicyValues
	named    map[string][]PriceList
	accounts []Source
	payers   map[string]string
	before   int // the last run, in lines
}

// play runs a script and compares each run with the lines written under it.
func play(t *testing.T, text string) *history {
	t.Helper()
	s := &script{t: t, policy: DefaultPolicy()}
	s.given.Employee = vectorEmployee{Customer: "C1", Reseller: "R1"}
	s.given.Products = map[string]vectorProduct{}
	var run []string
	var want []string
	for line := range strings.Lines(text + "\nend\n") {
		line = strings.TrimRight(line, "\n")
		switch {
		case strings.TrimSpace(line) == "":
		case strings.HasPrefix(line, " ") && run != nil:
			want = append(want, strings.TrimSpace(line))
		default:
			if run != nil {
				require.Equal(t, want, s.answer(run), strings.Join(run, " "))
			}
			run, want = nil, nil
			if words := strings.Fields(line); answers[words[0]] {
				run = words
			} else if words[0] != "end" {
				s.do(words)
			}
		}
	}
	return s.state()
}

// state builds the history at the first use, once the facts are known.
func (s *script) state() *history {
	if s.h == nil {
		first, err := s.policy.Ready()
		require.NoError(s.t, err)
		p := first
		if len(s.later) > 0 {
			log, err := NewPolicyLog(first, s.later)
			require.NoError(s.t, err)
			p = log.On(0)
		}
		s.h = newHistory(s.given, &p)
		for id, prices := range s.named {
			s.h.catalog[id].Named = prices
		}
		s.h.account.Sources = append(s.h.account.Sources, s.accounts...)
		s.h.account.PayerCurrencies = s.payers
	}
	return s.h
}

// credit gives back a part of the line of a source that begins on a day.
func (s *script) credit(source, day, amount string) {
	s.t.Helper()
	h := s.state()
	back := MustAmount(amount)
	for _, l := range h.lines {
		if l.Source == source && l.Kind == Charge && l.Period.From == MustDate(day) {
			given, err := h.account.CreditLine(h.policy, LineCredit{Line: l.ID, Amount: &back, Reason: "goodwill", Actor: "A1"})
			require.NoError(s.t, err)
			h.account.Billed.Apply(given)
			h.lines = append(h.lines, given)
			return
		}
	}
	require.Fail(s.t, "no line of "+source+" from "+day)
}

// rentAgain begins a second rental of an addon that has ended.
func (s *script) rentAgain(id, from string) {
	held := s.state().account.source(id)
	first := *held
	first.Before = nil
	*held = Source{ID: id, Products: first.Products, Units: first.Units, Start: MustDate(from), Before: []Source{first}}
}

// run bills and writes what came out.
func (s *script) run(day string) []string {
	h := s.state()
	due, err := h.account.Due(h.catalog, h.policy, MustDate(day))
	var held *Held
	if errors.As(err, &held) {
		return []string{"held " + string(held.Reason)}
	}
	require.NoError(s.t, err)
	var out []string
	for i := range due.Lines {
		l := &due.Lines[i]
		h.account.Billed.Apply(*l)
		out = append(out, fmt.Sprintf("%s %s %s to %s, %s: %s", l.Kind, l.Source, l.Product, l.BillTo, l.Period, l.Formula()))
	}
	s.before, h.lines = len(h.lines), append(h.lines, due.Lines...)
	for _, r := range due.Reviews {
		out = append(out, fmt.Sprintf("review %s, %s", r.Source, r.Period))
	}
	if out == nil {
		return []string{"nothing"}
	}
	return out
}

// option is the word after a keyword, or empty.
func option(words []string, key string) string {
	for i := range words {
		if words[i] == key && i+1 < len(words) {
			return words[i+1]
		}
	}
	return ""
}

func optionAmount(words []string, key string) *Amount {
	if v := option(words, key); v != "" {
		a := MustAmount(v)
		return &a
	}
	return nil
}

func (s *script) do(w []string) {
	s.t.Helper()
	switch w[0] {
	case "policy":
		if from := option(w, "from"); from != "" {
			s.later = append(s.later, PolicyValues{From: MustDate(from), Values: map[string]string{w[1]: w[2]}})
			return
		}
		var err error
		s.policy, err = s.policy.With(w[1], w[2])
		require.NoError(s.t, err)
	case "product":
		s.product(w)
	case "user-product":
		s.given.Employee.Product, s.given.Employee.ProductStart = w[1], w[3]
	case "addon":
		s.addon(w)
	case "currency":
		s.payers = map[string]string{w[1]: w[2]}
	case "account":
		s.accounts = append(s.accounts, Source{ID: w[1], Products: Timeline[string]{{MustDate(option(w, "from")), w[2]}}})
	case "credit":
		s.credit(w[1], w[2], w[3])
	case "rent-again":
		s.rentAgain(w[1], option(w, "from"))
	case "bound":
		s.state().account.PeriodsMax = int(MustAmount(w[1]).coef)
	default:
		s.state().change(s.operation(w))
	}
}

func (s *script) product(w []string) {
	if other := optionAmount(w, "also"); other != nil {
		if s.named == nil {
			s.named = map[string][]PriceList{}
		}
		s.named[w[1]] = []PriceList{{Customer, w[len(w)-1], Always(other)}}
	}
	p := vectorProduct{Recurrence: Recurrence(w[2]), Wholesale: optionAmount(w, "wholesale"),
		Cost: optionAmount(w, "cost")}
	p.InheritFromReseller = option(w, "inherits")
	if w[2] == "inherited" {
		p.Recurrence = ""
	}
	if len(w) > 3 && w[3] != "inherits" && w[3] != "unpriced" {
		price := MustAmount(w[3])
		p.Price = &price
	}
	for i := range w {
		full := true
		switch w[i] {
		case "full-month":
			p.RecurrenceFullMonth = &full
		case "includes":
			p.IncludedProducts = append(p.IncludedProducts, struct {
				ID     string `json:"_id"`
				Amount Amount
			}{w[i+2], MustAmount(w[i+1])})
		}
	}
	s.given.Products[w[1]] = p
}

func (s *script) addon(w []string) {
	a := vectorAddon{
		ID: w[1], Product: w[2], Start: option(w, "from"), Terminate: option(w, "until"),
		InvoicedUntil: option(w, "invoiced"), Units: optionAmount(w, "units"), UnitPrice: optionAmount(w, "at"),
	}
	if s.h != nil {
		s.h.add(a)
		return
	}
	s.given.Addons = append(s.given.Addons, a)
}

// operation turns a change in words into an operation of the vectors.
func (s *script) operation(w []string) *vectorChange {
	c := &vectorChange{Effective: option(w, "from"), From: option(w, "from")}
	var date string
	switch w[0] {
	case "terminate", "start":
		c.Op, c.Addon, date = map[string]string{"terminate": "terminate", "start": "setStart"}[w[0]], w[1], w[2]
	case "units":
		c.Op, c.Addon, c.Units = "update", w[1], optionAmount(w, w[1])
	case "price":
		c.Op, c.Addon, c.UnitPrice = "update", w[1], []byte(strings.Replace(w[2], "catalogue", "null", 1))
	case "payer":
		c.Op, c.To = "billingCustomer", &w[1]
	case "delete":
		c.Op, date = "deleteEmployee", w[1]
	case "new-product":
		c.Op, c.Product, c.CommandAt = "newProduct", w[1], option(w, "on")
	case "catalogue":
		c.Op, c.Product, c.Price = "catalogPrice", w[1], optionAmount(w, w[1])
	default:
		require.Fail(s.t, "unknown line in script", strings.Join(w, " "))
	}
	if date != "never" {
		c.Date = &date
	}
	return c
}
