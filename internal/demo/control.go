package demo

import (
	"cmp"
	"slices"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"tenure/billing"
	"tenure/events"
)

// announcedTotal is a control total of run.completed.
type announcedTotal struct {
	run string
	events.ControlTotal
}

// Control is one comparison: the sum of lines on the topics against run.completed or a document.
type Control struct {
	What      string `json:"what"` // a run, or "documents"
	Ledger    string `json:"ledger"`
	Currency  string `json:"currency"`
	Lines     int64  `json:"lines"`
	Amount    string `json:"amount"`
	Announced string `json:"told"` // lines, amount and hash as they were announced, when they differ
	Agrees    bool   `json:"agrees"`
}

// sum adds up lines: their number, their amounts, and the XOR of their ids.
type sum struct {
	lines  int64
	amount decimal.Decimal
	hash   uuid.UUID
}

func (s *sum) add(lines int64, amount decimal.Decimal, hash uuid.UUID) {
	s.lines, s.amount = s.lines+lines, s.amount.Add(amount)
	s.hash = billing.CombineHashes(s.hash, hash)
}

func (s *sum) equal(other *sum) bool {
	return s.lines == other.lines && s.amount.Equal(other.amount) && s.hash == other.hash
}

// group is what is compared as one.
type group struct{ what, ledger, currency string }

// documentsGroup names the comparison of all documents of a ledger with their lines.
const documentsGroup = "documents"

// control compares the lines on the topics with the totals of each run, and with the documents.
func (r *Report) control() []Control {
	read, announced := map[group]*sum{}, map[group]*sum{}
	at := func(sums map[group]*sum, g group) *sum {
		if sums[g] == nil {
			sums[g] = &sum{}
		}
		return sums[g]
	}
	for _, l := range r.lines {
		ledger := string(l.Ledger)
		at(read, group{l.Run, ledger, l.Currency}).add(1, l.Amount.Decimal(), l.ID)
		at(read, group{documentsGroup, ledger, l.Currency}).add(1, l.Amount.Decimal(), l.ID)
	}
	for _, t := range r.announced {
		at(announced, group{t.run, string(t.Ledger), t.Currency}).add(t.Lines, t.Amount.Decimal, t.Hash)
	}
	for _, d := range r.Documents {
		total := d.Total.Decimal
		if d.Type == creditNote {
			total = total.Neg()
		}
		at(announced, group{documentsGroup, string(d.Ledger), d.Currency}).add(d.DocumentIssued.Lines, total, d.Hash)
	}
	for g := range announced {
		at(read, g) // what was announced and never came counts as a difference
	}
	var all []Control
	for g, got := range read {
		all = append(all, compared(g, got, at(announced, g)))
	}
	slices.SortFunc(all, func(a, b Control) int {
		return cmp.Or(cmp.Compare(a.What, b.What), cmp.Compare(a.Ledger, b.Ledger), cmp.Compare(a.Currency, b.Currency))
	})
	return all
}

// creditNote is the type of a document whose total is to be read as negative.
const creditNote = "CREDIT_NOTE"

func compared(g group, got, announced *sum) Control {
	c := Control{
		What: g.what, Ledger: g.ledger, Currency: g.currency, Lines: got.lines, Amount: got.amount.StringFixed(2),
		Agrees: got.equal(announced),
	}
	if !c.Agrees {
		c.Announced = decimal.NewFromInt(announced.lines).
			String() +
			" lines, " + announced.amount.StringFixed(
			2,
		) + ", hash " + announced.hash.String()
	}
	return c
}

// Agrees reports whether every total on the topics is the one that was announced, there were runs and lines to compare,
// and every document holds exactly the lines that carry its reference.
func (r *Report) Agrees() bool {
	if len(r.runs) == 0 || len(r.lines) == 0 || len(r.Documents) == 0 {
		return false
	}
	return !slices.ContainsFunc(r.Control, func(c Control) bool { return !c.Agrees }) &&
		!slices.ContainsFunc(r.Documents, func(d Document) bool { return !d.agrees() })
}

// agrees reports whether the document holds exactly the lines that carry its reference.
func (d *Document) agrees() bool {
	var own sum
	for _, l := range d.Lines {
		own.add(1, l.Amount.Decimal(), l.ID)
	}
	if d.Type == creditNote {
		own.amount = own.amount.Neg()
	}
	return own.equal(&sum{d.DocumentIssued.Lines, d.Total.Decimal, d.Hash})
}
