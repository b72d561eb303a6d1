package billing

import "slices"

// Effective is a value that holds from a day on, until the next entry.
type Effective[T any] struct {
	// From is the first day of the value; 0 means from the beginning.
	From Date `json:"from,omitempty"`
	// Value holds from that day.
	Value T `json:"value"`
}

// Timeline is the history of one field, sorted by From. Each field has its own,
// so a change of one keeps the other's entries (rule 17).
type Timeline[T any] []Effective[T]

// Always is a timeline with one value from the beginning.
func Always[T any](v T) Timeline[T] { return Timeline[T]{{Value: v}} }

// Set returns the timeline with v from that day. Later entries stay, whatever
// the order of arrival; on one day the last call wins (rule 17). The receiver is
// not changed.
func (t Timeline[T]) Set(from Date, v T) Timeline[T] {
	i, found := slices.BinarySearchFunc(t, from, func(e Effective[T], d Date) int { return int(e.From) - int(d) })
	if found {
		out := slices.Clone(t)
		out[i].Value = v
		return out
	}
	return slices.Insert(slices.Clone(t), i, Effective[T]{From: from, Value: v})
}

// index is the entry that holds on the day, or -1.
func (t Timeline[T]) index(d Date) int {
	for i := len(t) - 1; i >= 0; i-- {
		if t[i].From <= d {
			return i
		}
	}
	return -1
}

// At returns the value of the day, or ok false before the first entry.
func (t Timeline[T]) At(d Date) (v T, ok bool) {
	if i := t.index(d); i >= 0 {
		return t[i].Value, true
	}
	return v, false
}

// Without returns the timeline without the entries that begin after the day.
func (t Timeline[T]) Without(after Date) Timeline[T] {
	return slices.Clone(t[:t.index(after)+1])
}
