package billing

import "fmt"

// Period is a half-open range of local days [From, To) (rule 1). To 0 means open.
type Period struct {
	From Date `json:"from"`
	To   Date `json:"to,omitempty"`
}

// Inclusive and Exclusive are the only place where the two ways of writing an
// end meet (rule 1): inside, a period ends before its last date; on the wire,
// the last day covered is written.

// Inclusive returns the last day of a half-open end; no date stays no date.
func Inclusive(exclusive Date) Date {
	if exclusive == 0 {
		return 0
	}
	return exclusive - 1
}

// Exclusive returns the half-open end of a last day; no date stays no date.
func Exclusive(inclusive Date) Date {
	if inclusive == 0 {
		return 0
	}
	return inclusive + 1
}

// Empty reports whether no day lies in the period.
func (p Period) Empty() bool { return p.To != 0 && p.To <= p.From }

// Contains reports whether the day lies in the period.
func (p Period) Contains(d Date) bool { return d >= p.From && (p.To == 0 || d < p.To) }

// Days is the number of days of a closed period.
func (p Period) Days() int { return int(p.To - p.From) }

// overlaps reports whether two closed periods share a day.
func (p Period) overlaps(q Period) bool { return p.From < q.To && p.To > q.From }

// Intersect is the part that both periods share, possibly empty.
func (p Period) Intersect(q Period) Period {
	r := Period{From: max(p.From, q.From), To: earlier(p.To, q.To)}
	if r.Empty() {
		return Period{From: r.From, To: r.From}
	}
	return r
}

// earlier is the earlier of two ends, 0 being open.
func earlier(a, b Date) Date {
	switch {
	case a == 0:
		return b
	case b == 0:
		return a
	default:
		return min(a, b)
	}
}

// String writes both ends as a person reads them, the last day included.
func (p Period) String() string {
	if p.To == 0 {
		return fmt.Sprintf("from %s", p.From)
	}
	return fmt.Sprintf("%s to %s", p.From, Inclusive(p.To))
}

// Without is what is left of the period when others, in any order, are cut out.
func (p Period) Without(cuts []Period) []Period {
	joined := make([]Period, 0, len(cuts))
	for _, c := range cuts {
		joined = insertHole(joined, c)
	}
	return p.subtract(nil, joined)
}

// subtract removes the cuts (sorted, disjoint) from p and appends what is left.
func (p Period) subtract(out []Period, cuts []Period) []Period {
	for _, c := range cuts {
		if c.Empty() || c.To != 0 && c.To <= p.From {
			continue
		}
		if p.To != 0 && c.From >= p.To {
			break
		}
		if c.From > p.From {
			out = append(out, Period{p.From, c.From})
		}
		if c.To == 0 || p.To != 0 && c.To >= p.To {
			return out
		}
		p.From = c.To
	}
	return append(out, p)
}
