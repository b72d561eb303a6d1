package billing

import (
	"fmt"
	"strconv"
	"strings"
)

// Anchor is one boundary of the natural periods under ANNIVERSARY alignment
// (rule 3), and the day of the month that all of them keep. The
// zero Anchor is calendar alignment.
type Anchor struct {
	Date Date
	Day  uint8
}

// anchorOf is the anchor of what recurs from a start under ANNIVERSARY: the start,
// or policy anchorDay in the month of the start. Quarters and years may have an
// anchorMonth as well: that month of the start's year. Boundaries lie whole
// periods before and behind it, so a start that is not on one has a stub.
func (p *Policy) anchorOf(r Recurrence, start Date) Anchor {
	y, m, day := start.civil()
	if p.AnchorDay != 0 {
		day = int32(p.AnchorDay)
	}
	if p.AnchorMonth != 0 && r != Monthly {
		m = int32(p.AnchorMonth)
	}
	return Anchor{anchored(y*12+m-1, day), uint8(day)}
}

// MarshalText writes the date, and the day where the month was too short for it.
func (a Anchor) MarshalText() ([]byte, error) {
	if a.Date == 0 {
		return nil, nil
	}
	b := a.Date.appendTo(nil)
	if _, _, day := a.Date.civil(); day != int32(a.Day) {
		b = append(b, '/')
		b = strconv.AppendUint(b, uint64(a.Day), 10)
	}
	return b, nil
}

// UnmarshalText reads what MarshalText writes.
func (a *Anchor) UnmarshalText(b []byte) error {
	*a = Anchor{}
	if len(b) == 0 {
		return nil
	}
	text, dayText, found := strings.Cut(string(b), "/")
	date, err := ParseDate(text)
	if err != nil {
		return err
	}
	_, _, day := date.civil()
	if found {
		n, err := strconv.ParseUint(dayText, 10, 8)
		if err != nil || n < 1 || n > 31 {
			return fmt.Errorf("anchor %.20q: %w", b, ErrDate)
		}
		day = int32(n)
	}
	*a = Anchor{date, uint8(day)}
	return nil
}

// grid is the sequence of natural periods of a recurrence. Every boundary is
// computed from the anchor, never from the one before it (rule 3).
type grid struct {
	step   int32 // months in a period
	day    int32 // day of the month of every boundary, clamped to the month's end
	origin int32 // a month with a boundary, counted from year 0
	full   bool  // rule 6: whole months, counted as months whatever the policy
}

// gridOf is the grid of a recurrence other than NONE. The calendar's quarters
// begin in January, April, July and October, its years in January (rule 3).
func gridOf(r Recurrence, a Anchor, fullMonth bool) grid {
	if a.Date == 0 {
		return grid{step: int32(r.Months()), day: 1, full: fullMonth}
	}
	y, m, _ := a.Date.civil()
	return grid{step: int32(r.Months()), day: int32(a.Day), origin: y*12 + m - 1, full: fullMonth}
}

// month is the number of the anchored month that contains d.
func (g grid) month(d Date) int32 {
	y, m, day := d.civil()
	n := y*12 + m - 1
	if day < g.day && d < anchored(n, g.day) {
		n--
	}
	return n
}

// months is the anchored month that contains d.
func (g grid) monthPeriod(d Date) Period {
	m := g.month(d)
	return Period{anchored(m, g.day), anchored(m+1, g.day)}
}

// period is the natural period that contains d.
func (g grid) period(d Date) Period {
	if g.step == 1 && g.day == 1 { // most products', and asked for most often
		y, m, day := d.civil()
		from := d - Date(day-1)
		return Period{from, from + Date(daysIn(y, m))}
	}
	m := g.month(d)
	m = g.origin + floorDiv(m-g.origin, g.step)*g.step
	return Period{anchored(m, g.day), anchored(m+g.step, g.day)}
}

// months is the length of a range inside one natural period (rule 5).
func (g grid) months(proration string, p Period) Ratio {
	switch {
	case proration == NoProration:
		return Ratio{g.step, 1}
	case proration == PeriodDays && !g.full:
		whole := g.period(p.From)
		return newRatio(g.step*int32(p.Days()), int32(whole.Days()))
	default:
		return g.monthFirst(p)
	}
}

// monthFirst counts whole anchored months, and the days at either end as parts
// their own month.
func (g grid) monthFirst(p Period) Ratio {
	m := g.month(p.From)
	start, end := anchored(m, g.day), anchored(m+1, g.day)
	if p.From == start && p.To == end {
		return Ratio{1, 1}
	}
	if p.To <= end {
		return newRatio(int32(p.Days()), int32(end-start))
	}
	whole, num, den := int32(0), int32(0), int32(1)
	if p.From == start {
		whole = 1
	} else {
		num, den = int32(end-p.From), int32(end-start)
	}
	last := g.month(p.To)
	whole += last - m - 1
	if start = anchored(last, g.day); p.To > start {
		days := int32(anchored(last+1, g.day) - start)
		num, den = num*days+int32(p.To-start)*den, den*days
	}
	return newRatio(whole*den+num, den)
}
