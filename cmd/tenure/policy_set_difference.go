package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/shopspring/decimal"

	"tenure/access"
	"tenure/billing"
	"tenure/domain"
	"tenure/events"
	"tenure/internal/catalog"
	"tenure/internal/command"
	"tenure/internal/store"
	"tenure/internal/table"
)

// policyDifference is what a change of the policy makes of the runs up to a day, on a ledger in a currency.
type policyDifference struct {
	Ledger     billing.Ledger `json:"ledger"`
	Currency   string         `json:"currency"`
	Employees  int            `json:"employees"` // whose lines differ
	Now        string         `json:"now"`       // what would be billed as it is
	Then       string         `json:"then"`      // and with the change
	Difference string         `json:"difference"`
}

// policyPreview is printed by tenure policy set --dry-run.
type policyPreview struct {
	Type   string             `json:"type"`
	From   billing.Date       `json:"from"`
	Values map[string]string  `json:"values"`
	Until  billing.Date       `json:"until"` // day of the run that is compared
	Held   int                `json:"held"`  // employees that are billed under neither policy
	Sums   []policyDifference `json:"difference"`
}

// previewPolicy decides a change of the policy as a worker would, and bills every employee up to the first of the month
// after that of its day, with the change and without.
func (p *program) previewPolicy(ctx context.Context, s *store.Store, o command.Command) error {
	set, world, err := p.decidePolicy(ctx, s, o)
	if err != nil {
		return err
	}
	preview := policyPreview{Type: o.Type, Sums: []policyDifference{}}
	if set == nil {
		return p.print(preview, table.New("NOTHING CHANGES"))
	}
	preview.From, preview.Values, preview.Until = set.From, set.Values, set.From.AddMonths(1, 1)
	c := &policyComparison{run: domain.RunID(domain.RunNightly, preview.Until), asOf: preview.Until,
		sums: map[policyTotal]*policySums{}, before: world, after: world}
	c.after.Catalog = world.Catalog.With(events.Recorded{Position: world.Catalog.Version,
		Stream: domain.Stream(domain.KindPolicy, domain.PolicyID), Event: *set})
	for _, w := range []*domain.World{&c.before, &c.after} {
		w.Policy = w.Catalog.PolicyOn(c.asOf, world.Policy)
		w.Now = w.Midnight(c.asOf).Add(domain.NightDelay)
	}
	if err := c.all(ctx, s); err != nil {
		return err
	}
	preview.Held, preview.Sums = c.held, c.differences()
	t := table.New("LEDGER", "CURRENCY", ">EMPLOYEES", ">NOW", ">THEN", ">DIFFERENCE")
	for _, d := range preview.Sums {
		t.Add(string(d.Ledger), d.Currency, count(int64(d.Employees)), d.Now, d.Then, d.Difference)
	}
	return p.print(preview, t)
}

// decidePolicy is the event that the command would make; nil: nothing changes.
func (p *program) decidePolicy(ctx context.Context, s *store.Store, o command.Command) (*events.PolicySet, domain.World,
	error) {
	log, now, err := p.readPolicy(ctx, s)
	if err != nil {
		return nil, domain.World{}, err
	}
	latest, err := catalog.New(s, nil).Latest(ctx)
	if err != nil {
		return nil, domain.World{}, err
	}
	w := domain.World{Now: now, Catalog: latest.Catalog, Policy: log.At(now), Actor: o.Actor}
	raw, err := json.Marshal(o.Data)
	if err != nil {
		return nil, w, fmt.Errorf("print: %w", err)
	}
	c, err := domain.DecodeCommand(o.Type, raw)
	if err != nil {
		return nil, w, coded(exitUsage, err)
	}
	subject, err := policySubject(ctx, s)
	if err != nil {
		return nil, w, err
	}
	decided, err := subject.Decide(c, w)
	if err != nil {
		return nil, w, coded(exitRefused, err)
	}
	for _, event := range decided {
		if set, ok := event.(events.PolicySet); ok {
			return &set, w, nil
		}
	}
	return nil, w, nil
}

// policySubject is the policy as it is stored.
func policySubject(ctx context.Context, s *store.Store) (domain.Subject, error) {
	stream := domain.Stream(domain.KindPolicy, domain.PolicyID)
	subject, err := domain.NewSubject(stream)
	if err != nil {
		return nil, err
	}
	row, known, err := s.Subject(ctx, stream)
	if err == nil && known && len(row.State) > 0 {
		err = json.Unmarshal(row.State, subject)
	}
	return subject, err
}

type policyTotal struct {
	ledger   billing.Ledger
	currency string
}

type policySums struct {
	now, then decimal.Decimal
	scale     uint8
	employees int
}

// policyComparison bills employees under two policies.
type policyComparison struct {
	run           string
	asOf          billing.Date
	before, after domain.World
	sums          map[policyTotal]*policySums
	held          int
}

// comparedPage is how many employees are in memory at a time.
const comparedPage = 1_000

func (c *policyComparison) all(ctx context.Context, s *store.Store) error {
	heads, err := s.Heads(ctx)
	if err != nil {
		return err
	}
	for shard := range heads {
		if err := c.shard(ctx, s, shard); err != nil {
			return err
		}
	}
	return nil
}

func (c *policyComparison) shard(ctx context.Context, s *store.Store, shard store.ShardID) error {
	due, stream := billing.Date(0), ""
	for {
		page, err := s.BillDue(ctx, shard, billing.NewDate(9999, 12, 31), due, stream, comparedPage)
		if err != nil {
			return err
		}
		for i := range page {
			if err := c.employee(&page[i]); err != nil {
				return err
			}
		}
		if len(page) < comparedPage {
			return nil
		}
		due, stream = page[len(page)-1].BillDue, page[len(page)-1].Stream
	}
}

func (c *policyComparison) employee(row *store.Subject) error {
	if kind, _ := domain.SplitStream(row.Stream); kind != domain.KindEmployee {
		return nil
	}
	now, held, err := c.lines(row, c.before)
	if err != nil {
		return err
	}
	then, heldThen, err := c.lines(row, c.after)
	if err != nil {
		return err
	}
	if held && heldThen {
		c.held++
	}
	differs := map[policyTotal]decimal.Decimal{}
	c.add(now, differs, func(sum *policySums, amount decimal.Decimal) decimal.Decimal {
		sum.now = sum.now.Add(amount)
		return amount.Neg()
	})
	c.add(then, differs, func(sum *policySums, amount decimal.Decimal) decimal.Decimal {
		sum.then = sum.then.Add(amount)
		return amount
	})
	for key, difference := range differs {
		if !difference.IsZero() {
			c.sums[key].employees++
		}
	}
	return nil
}

// add sums the lines of one policy up, and what they differ from the other's by ledger and currency.
func (c *policyComparison) add(lines []billing.Line, differs map[policyTotal]decimal.Decimal,
	sum func(*policySums, decimal.Decimal) decimal.Decimal) {
	for i := range lines {
		key := policyTotal{lines[i].Ledger, lines[i].Currency}
		differs[key] = differs[key].Add(sum(c.of(&lines[i]), lines[i].Amount.Decimal()))
	}
}

func (c *policyComparison) of(l *billing.Line) *policySums {
	key := policyTotal{l.Ledger, l.Currency}
	if c.sums[key] == nil {
		c.sums[key] = &policySums{}
	}
	c.sums[key].scale = max(c.sums[key].scale, l.Scale)
	return c.sums[key]
}

// lines are what a run bills an employee, and whether it is held.
func (c *policyComparison) lines(row *store.Subject, w domain.World) ([]billing.Line, bool, error) {
	subject, err := domain.NewSubject(row.Stream)
	if err == nil {
		err = json.Unmarshal(row.State, subject)
	}
	e, is := subject.(*domain.Employee)
	if err != nil || !is {
		return nil, false, err
	}
	w.Actor = events.Actor{System: access.Scheduler}
	for _, event := range e.Advance(w) {
		e.Evolve(event)
	}
	decided, why, err := e.Invoice(w, c.run, c.asOf)
	for _, event := range decided {
		if invoiced, ok := event.(events.EmployeeInvoiced); ok {
			return invoiced.Lines, false, err
		}
	}
	return nil, why != nil && why.Reason != domain.ReasonNotDue, err
}

func (c *policyComparison) differences() []policyDifference {
	list := make([]policyDifference, 0, len(c.sums))
	for key, sum := range c.sums {
		fixed := func(d decimal.Decimal) string { return d.StringFixed(int32(sum.scale)) }
		list = append(list, policyDifference{Ledger: key.ledger, Currency: key.currency, Employees: sum.employees,
			Now: fixed(sum.now), Then: fixed(sum.then), Difference: fixed(sum.then.Sub(sum.now))})
	}
	slices.SortFunc(list, func(a, b policyDifference) int {
		return cmp.Or(cmp.Compare(a.Ledger, b.Ledger), cmp.Compare(a.Currency, b.Currency))
	})
	return list
}
