package reconcile

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"tenure/billing"
	"tenure/events"
	"tenure/internal/bus"
)

// Total is what one side says of the lines of a ledger and a currency in a shard; shard -1 is all of them.
type Total struct {
	Shard    int32           `json:"shard"`
	Ledger   billing.Ledger  `json:"ledger"`
	Currency string          `json:"currency"`
	Lines    int64           `json:"lines"`
	Amount   decimal.Decimal `json:"amount"`
	Hash     uuid.UUID       `json:"hash"` // XOR of the ids
}

// allShards is the run as a whole.
const allShards int32 = -1

// totalKey is what a total is of.
type totalKey struct {
	shard    int32
	ledger   billing.Ledger
	currency string
}

// totals sums distinct lines.
type totals struct{ of map[totalKey]*Total }

func newTotals() *totals { return &totals{of: map[totalKey]*Total{}} }

// add counts a line, in its shard and in the run.
func (t *totals) add(m bus.Message) error {
	var line struct {
		ID       uuid.UUID      `json:"lineId"`
		Ledger   billing.Ledger `json:"ledger"`
		Currency string         `json:"currency"`
		Amount   string         `json:"amount"`
	}
	if err := json.Unmarshal(m.Value, &line); err != nil {
		return fmt.Errorf("reconcile: line at %s: %w", place(m), err)
	}
	amount, err := decimal.NewFromString(line.Amount)
	if err != nil {
		return fmt.Errorf("reconcile: amount of line %s: %w", line.ID, err)
	}
	shard, _, err := bus.ParsePosition(string(m.Header(headerPosition)))
	if err != nil {
		return fmt.Errorf("reconcile: line %s: %w", line.ID, err)
	}
	for _, of := range []int32{shard, allShards} {
		t.sum(Total{Shard: of, Ledger: line.Ledger, Currency: line.Currency, Lines: 1, Amount: amount, Hash: line.ID})
	}
	return nil
}

func (t *totals) sum(one Total) {
	key := totalKey{one.Shard, one.Ledger, one.Currency}
	all := t.of[key]
	if all == nil {
		all = &Total{Shard: one.Shard, Ledger: one.Ledger, Currency: one.Currency}
		t.of[key] = all
	}
	all.Lines += one.Lines
	all.Amount = all.Amount.Add(one.Amount)
	all.Hash = billing.CombineHashes(all.Hash, one.Hash)
}

// get is a total, or that of nothing.
func (t *totals) get(key totalKey) Total {
	if found := t.of[key]; found != nil {
		return *found
	}
	return Total{Shard: key.shard, Ledger: key.ledger, Currency: key.currency}
}

// announced are the totals of run.completed.
func announced(completed events.RunCompleted) *totals {
	t := newTotals()
	add := func(shard int32, all []events.ControlTotal) {
		for _, one := range all {
			t.sum(
				Total{
					Shard:    shard,
					Ledger:   one.Ledger,
					Currency: one.Currency,
					Lines:    one.Lines,
					Amount:   one.Amount.Decimal,
					Hash:     one.Hash,
				},
			)
		}
	}
	add(allShards, completed.Totals)
	for _, shard := range completed.Shards {
		add(shard.Shard, shard.Totals)
	}
	return t
}

// Comparison is a total from three sides.
type Comparison struct {
	Announced Total `json:"announced"` // by run.completed
	Log       Total `json:"log"`
	Topic     Total `json:"topic"` // distinct lines that are as the log has them
}

// Agrees reports whether the three agree.
func (c Comparison) Agrees() bool { return c.Announced.equal(c.Log) && c.Log.equal(c.Topic) }

func (t Total) equal(o Total) bool {
	return t.Lines == o.Lines && t.Amount.Equal(o.Amount) && t.Hash == o.Hash
}

// compare puts the three sides beside each other, by ledger, currency and shard, the run as a whole first.
func compare(announced, log, topic *totals) []Comparison {
	keys := map[totalKey]bool{}
	for _, side := range []*totals{announced, log, topic} {
		for key := range side.of {
			keys[key] = true
		}
	}
	all := make([]Comparison, 0, len(keys))
	for key := range keys {
		all = append(all, Comparison{announced.get(key), log.get(key), topic.get(key)})
	}
	slices.SortFunc(all, func(a, b Comparison) int {
		x, y := a.Announced, b.Announced
		return cmp.Or(cmp.Compare(x.Ledger, y.Ledger), cmp.Compare(x.Currency, y.Currency), cmp.Compare(x.Shard, y.Shard))
	})
	return all
}
