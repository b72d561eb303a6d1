package replay

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"tenure/billing"
	"tenure/contract"
	"tenure/internal/bus"
	"tenure/internal/store"
)

// Bound is one end of a part of the log: a business time for all shards, or a position of one.
type Bound struct {
	At       time.Time // zero: a position
	Shard    store.ShardID
	Position int64
}

// ParseBound reads a time (RFC 3339, or a date, which begins at midnight UTC) or a position as ce_position has it, such
// as 3:1200.
func ParseBound(text string) (Bound, error) {
	if shard, position, err := bus.ParsePosition(text); err == nil {
		return Bound{Shard: store.ShardID(shard), Position: position}, nil
	}
	for _, layout := range []string{time.RFC3339Nano, time.DateOnly} {
		if at, err := time.Parse(layout, text); err == nil {
			return Bound{At: at.UTC()}, nil
		}
	}
	return Bound{}, fmt.Errorf("%q is neither a time such as 2026-07-01T00:00:00Z nor a position such as 3:1200", text)
}

// String writes what ParseBound reads.
func (b Bound) String() string {
	if b.At.IsZero() {
		return bus.FormatPosition(int32(b.Shard), b.Position)
	}
	return b.At.Format(time.RFC3339Nano)
}

// MarshalText is String.
func (b Bound) MarshalText() ([]byte, error) { return []byte(b.String()), nil }

// UnmarshalText is ParseBound.
func (b *Bound) UnmarshalText(text []byte) (err error) {
	*b, err = ParseBound(string(text))
	return err
}

// Filter says which part of the log a replay publishes. Its zero value is everything but the amounts of the reseller's
// and of the cost ledger.
type Filter struct {
	// From are where it begins: a time, or positions, which are published too. Once there are positions only their shards
	// are read.
	From []Bound `json:"from,omitempty"`
	// To are where it ends: a time, which is not part of it, or positions, which are.
	To []Bound `json:"to,omitempty"`
	// Streams such as employee/5e0000000000000000000001; * stands for any characters.
	Streams []string `json:"streams,omitempty"`
	// Types of messages such as employee.created.v1 or billing.*.
	Types []string `json:"types,omitempty"`
	// Shards by their numbers.
	Shards []store.ShardID `json:"shards,omitempty"`
	// Ledgers whose amounts are wanted; none: the customers' one.
	Ledgers []billing.Ledger `json:"ledgers,omitempty"`
}

// Check refuses what cannot be meant.
func (f Filter) Check() error {
	for name, bounds := range map[string][]Bound{"from": f.From, "to": f.To} {
		times := 0
		for _, b := range bounds {
			if !b.At.IsZero() {
				times++
			}
		}
		if times > 1 || times == 1 && len(bounds) > 1 {
			return fmt.Errorf("%s: give one time, or positions of several shards", name)
		}
	}
	for _, ledger := range f.Ledgers {
		if !slices.Contains(contract.Ledgers(), ledger) {
			return fmt.Errorf("ledger %q: choose %s, %s or %s", ledger, billing.Customer, billing.Reseller, billing.Cost)
		}
	}
	return nil
}

// wantsLedger reports whether the amounts of a ledger are asked for.
func (f Filter) wantsLedger(l billing.Ledger) bool {
	if len(f.Ledgers) == 0 {
		return l == billing.Customer
	}
	return slices.Contains(f.Ledgers, l)
}

// wantsRecord reports whether a record's stream and time are asked for. Its position is: spans are what is read.
func (f Filter) wantsRecord(r *record) bool {
	if from := timeOf(f.From); !from.IsZero() && r.at.Before(from) {
		return false
	}
	if to := timeOf(f.To); !to.IsZero() && !r.at.Before(to) {
		return false
	}
	return likeAny(f.Streams, r.stream)
}

// wantsMessage reports whether a message's type is asked for.
func (f Filter) wantsMessage(m bus.Message) bool {
	return likeAny(f.Types, string(m.Header("ce_type")))
}

// exactStreams are the streams of the filter, false when it is about any or about a pattern.
func (f Filter) exactStreams() ([]string, bool) {
	for _, s := range f.Streams {
		if strings.Contains(s, "*") {
			return nil, false
		}
	}
	return f.Streams, len(f.Streams) > 0
}

// likeAny reports whether a text is like one of the patterns; without patterns every text is.
func likeAny(patterns []string, text string) bool {
	return len(patterns) == 0 || slices.ContainsFunc(patterns, func(p string) bool { return like(p, text) })
}

// like reports whether a text is what a pattern says, * standing for any characters: those of path.Match would end at a
// slash, and streams have slashes.
func like(pattern, text string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == text
	}
	last := len(parts) - 1
	rest, ok := strings.CutPrefix(text, parts[0])
	if !ok {
		return false
	}
	for _, part := range parts[1:last] {
		at := strings.Index(rest, part)
		if at < 0 {
			return false
		}
		rest = rest[at+len(part):]
	}
	return strings.HasSuffix(rest, parts[last])
}
