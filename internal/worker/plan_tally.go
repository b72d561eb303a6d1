package worker

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/shopspring/decimal"

	"tenure/billing"
	"tenure/domain"
	"tenure/events"
	"tenure/internal/runstate"
	"tenure/internal/store"
)

const (
	// payersKept bounds the payers whose amounts a plan keeps while it is computed, some 20 MiB. What those beyond are
	// billed is in the totals, and they are counted once for each page they are met in.
	payersKept = 100_000
	// payersShown bounds the payers that a plan names: the report of the run has more of them.
	payersShown = 50
	// reasonsShown bounds the employees that a plan names; all of them come by OnReason.
	reasonsShown = 100
)

// tally adds up what the pages of all shards would bill. Its size depends on products and payers, not on employees.
type tally struct {
	mu       sync.Mutex
	policy   billing.Policy
	onReason func(store.Reason) error

	counts         events.PlanSummary
	examined       map[store.ShardID]int64
	reasons        map[string]int64
	byPayer        map[payer]*planSum
	beyond         int64 // payers met after payersKept
	byTotal        map[[2]string]*planSum
	credits        map[[2]string]*planSum
	credited       *events.PlanTotal      // the largest sum of credits of an employee
	expected       map[[2]string]*planSum // of the forecast
	expectedBilled int64
	byThing        map[productKey]*planSum
	most           *events.PlanTotal
	employees      []events.PlanEmployee // with the largest sums, largest first
	lanes          [4]uint64
	buffer         []byte     // of mix
	sums           []keyedSum // of the employee that is taken in, and of its credits
	sumsOfCredits  []keyedSum
	sample         []store.Reason
}

type payer struct{ ledger, currency, billTo string }

type planSum struct {
	lines  int64
	amount decimal.Decimal
}

func (s *planSum) add(lines int64, amount decimal.Decimal) {
	s.lines, s.amount = s.lines+lines, s.amount.Add(amount)
}

func newTally(policy billing.Policy, onReason func(store.Reason) error) *tally {
	return &tally{
		policy:   policy,
		onReason: onReason,
		examined: map[store.ShardID]int64{},
		reasons:  map[string]int64{},
		byPayer:  map[payer]*planSum{},
		byTotal:  map[[2]string]*planSum{},
		credits:  map[[2]string]*planSum{},
		expected: map[[2]string]*planSum{},
		byThing:  map[productKey]*planSum{},
	}
}

// at finds or makes an entry.
func at[K comparable](m map[K]*planSum, key K) *planSum {
	s, ok := m[key]
	if !ok {
		s = &planSum{}
		m[key] = s
	}
	return s
}

// page takes in a page that was decided.
func (t *tally) page(b *runBatch) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.counts.Examined += b.chunk.Examined
	t.examined[b.owner.claim.Shard] += b.chunk.Examined
	t.counts.Billed += b.chunk.Billed
	t.counts.NotBilled += b.chunk.NotBilled
	for i := range b.chunk.Totals {
		total := &b.chunk.Totals[i]
		at(t.byTotal, [2]string{total.Ledger, total.Currency}).add(total.Lines, total.Amount)
		who := payer{total.Ledger, total.Currency, total.BillTo}
		if t.byPayer[who] == nil && len(t.byPayer) >= payersKept {
			t.beyond++
			continue
		}
		at(t.byPayer, who).add(total.Lines, total.Amount)
	}
	for _, product := range b.chunk.Products {
		key := productKey{billing.Ledger(product.Ledger), product.Currency, product.Product}
		at(t.byThing, key).add(product.Lines, product.Amount)
	}
	for _, lines := range b.invoiced {
		t.employee(lines)
	}
	t.expectedBilled += int64(len(b.expected))
	for _, lines := range b.expected {
		for i := range lines {
			at(t.expected, totalKey(&lines[i])).add(1, lines[i].Amount.Decimal())
		}
	}
	return t.notBilled(b.chunk.Reasons)
}

// employee takes in the lines of one employee.
func (t *tally) employee(lines []billing.Line) {
	t.counts.LinesMax = max(t.counts.LinesMax, int64(len(lines)))
	sums, credits := t.sums[:0], t.sumsOfCredits[:0]
	for i := range lines {
		l := &lines[i]
		key, amount := totalKey(l), l.Amount.Decimal()
		sums = addTo(sums, key, amount)
		if l.Kind == billing.Credit {
			credits = addTo(credits, key, amount)
			at(t.credits, key).add(1, amount)
		}
		t.mix('L', l.ID[:], []byte(amount.String()), []byte(l.Currency), []byte(l.DocumentRef))
	}
	t.most, t.credited = t.largest(t.most, sums), t.largest(t.credited, credits)
	t.name(lines, sums)
	t.sums, t.sumsOfCredits = sums, credits
}

func totalKey(l *billing.Line) [2]string { return [2]string{string(l.Ledger), l.Currency} }

// largest is the largest of sums and one that was found before; nil: there is none.
func (t *tally) largest(most *events.PlanTotal, sums []keyedSum) *events.PlanTotal {
	for i := range sums {
		sum := &sums[i]
		if most != nil && sum.amount.Abs().LessThan(most.Amount.Abs()) {
			continue
		}
		if one := t.total(sum.key[0], sum.key[1], &sum.planSum); most == nil || larger(one, *most) {
			most = &one
		}
	}
	return most
}

// larger orders sums by size, and those of one size by something, so that every plan finds the same.
func larger(a, b events.PlanTotal) bool {
	return cmp.Or(a.Amount.Abs().Cmp(b.Amount.Abs()), cmp.Compare(b.Ledger, a.Ledger), cmp.Compare(b.Currency, a.Currency),
		cmp.Compare(a.Lines, b.Lines)) > 0
}

func (t *tally) notBilled(reasons []store.Reason) error {
	for _, r := range reasons {
		t.reasons[r.Reason]++
		t.mix('R', []byte(r.Stream), []byte(r.Reason))
		if r.Reason == domain.ReasonNotDue {
			continue
		}
		t.counts.Held++
		if len(t.sample) < reasonsShown {
			t.sample = append(t.sample, r)
		}
		if t.onReason == nil {
			continue
		}
		if err := t.onReason(r); err != nil {
			return err
		}
	}
	return nil
}

// mix adds the hash of something to the digest. Sums do not depend on the order, and unlike XOR they see what comes
// twice.
func (t *tally) mix(kind byte, parts ...[]byte) {
	buffer := append(t.buffer[:0], kind)
	for _, part := range parts {
		buffer = binary.BigEndian.AppendUint32(buffer, uint32(len(part)))
		buffer = append(buffer, part...)
	}
	t.buffer = buffer
	sum := sha256.Sum256(buffer)
	for i := range t.lanes {
		t.lanes[i] += binary.BigEndian.Uint64(sum[8*i:])
	}
}

// delete takes in employees whose deletion begins. Who they are is in the digest: others would be another plan.
func (t *tally) deletions(streams []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.counts.Deletions += int64(len(streams))
	for _, stream := range streams {
		t.mix('D', []byte(stream))
	}
}

// total writes a sum with its currency's decimals.
func (t *tally) total(ledger, currency string, s *planSum) events.PlanTotal {
	return events.PlanTotal{
		Ledger: billing.Ledger(
			ledger,
		),
		Currency: currency,
		Lines:    s.lines,
		Amount:   events.NewMoney(s.amount, t.policy.Decimals(currency)),
	}
}

// summary is what the plan's event keeps.
func (t *tally) summary() events.PlanSummary {
	s := t.counts
	s.Reasons, s.AmountMax = []events.ReasonCount{}, t.most
	for _, reason := range slices.Sorted(maps.Keys(t.reasons)) {
		s.Reasons = append(s.Reasons, events.ReasonCount{Reason: reason, Employees: t.reasons[reason]})
	}
	s.Totals, s.CreditMax, s.Largest = t.totals(t.byTotal), t.credited, t.employees
	if len(t.credits) > 0 {
		s.Credits = t.totals(t.credits)
	}
	return s
}

// totals are sums in the order of ledgers and currencies.
func (t *tally) totals(sums map[[2]string]*planSum) []events.PlanTotal {
	all := []events.PlanTotal{}
	for key, sum := range sums {
		all = append(all, t.total(key[0], key[1], sum))
	}
	slices.SortFunc(all, func(a, b events.PlanTotal) int {
		return cmp.Or(cmp.Compare(a.Ledger, b.Ledger), cmp.Compare(a.Currency, b.Currency))
	})
	return all
}

func (t *tally) products() []runstate.PlanProduct {
	all := make([]runstate.PlanProduct, 0, len(t.byThing))
	for key, sum := range t.byThing {
		total := t.total(string(key.ledger), key.currency, sum)
		all = append(all, runstate.PlanProduct{Product: key.product, PlanTotal: total})
	}
	slices.SortFunc(all, func(a, b runstate.PlanProduct) int {
		return cmp.Or(cmp.Compare(a.Ledger, b.Ledger), cmp.Compare(a.Currency, b.Currency), cmp.Compare(a.Product, b.Product))
	})
	return all
}

// payers are those with the largest amounts, and how many there are besides.
func (t *tally) payers() (shown []runstate.PlanPayer, more int64) {
	all := make([]runstate.PlanPayer, 0, len(t.byPayer))
	for key, sum := range t.byPayer {
		all = append(all, runstate.PlanPayer{BillTo: key.billTo, PlanTotal: t.total(key.ledger, key.currency, sum)})
	}
	slices.SortFunc(all, func(a, b runstate.PlanPayer) int {
		return cmp.Or(b.Amount.Abs().Cmp(a.Amount.Abs()), cmp.Compare(a.Ledger, b.Ledger), cmp.Compare(a.BillTo, b.BillTo),
			cmp.Compare(a.Currency, b.Currency))
	})
	shown = all[:min(len(all), payersShown)]
	return shown, int64(len(all)-len(shown)) + t.beyond
}

// digest is a hash over all that the plan would bill, and with what.
func (t *tally) digest(p runstate.Plan) string {
	h := sha256.New()
	fmt.Fprintf(h, "tenure plan 2\n%s\n%d\n%s\n%x\n", p.Run, p.CatalogVersion, p.Policy, t.lanes)
	fmt.Fprintf(h, "%d %d %d %d\n", t.counts.Examined, t.counts.Billed, t.counts.NotBilled, t.counts.Deletions)
	return hex.EncodeToString(h.Sum(nil))
}
