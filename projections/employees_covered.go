package projections

import (
	"fmt"
	"strconv"
	"strings"

	"tenure/billing"
)

// setCovered takes the days that are billed to the employee from their text, an int8multirange in the slots of
// billing.Slot. It looks for the sources that the employee has: those of an addon that is gone are nobody's question.
func (e *Employee) setCovered(billed string) error {
	e.Covered = nil
	days, err := slotsOf(billed)
	if err != nil || len(days) == 0 {
		return err
	}
	add := func(source, once string) {
		for _, p := range days[billing.Slot(source, billing.Customer, once)] {
			if e.Covered == nil {
				e.Covered = make(map[string][]billing.Period, len(e.Addons)+1)
			}
			e.Covered[source] = addDays(subtractDays(e.Covered[source], p), p)
		}
	}
	add(billing.ProductSource, "")
	for i := range e.Addons {
		a := &e.Addons[i]
		add(a.ID, "")
		add(a.ID, a.Product) // of what is billed once
	}
	return nil
}

// slotsOf reads "{[from,to),[from,to)}": the billed days of each slot.
func slotsOf(text string) (map[int64][]billing.Period, error) {
	text = strings.Trim(text, "{}")
	if text == "" {
		return nil, nil
	}
	days := map[int64][]billing.Period{}
	for part := range strings.SplitSeq(text, "),") {
		lower, upper, _ := strings.Cut(strings.Trim(part, "[)"), ",")
		from, err := strconv.ParseInt(lower, 10, 64)
		to, wrong := strconv.ParseInt(upper, 10, 64)
		if err != nil || wrong != nil {
			return nil, fmt.Errorf("%q is no range", part)
		}
		slot, first := billing.DayOfSlot(from)
		_, end := billing.DayOfSlot(to)
		days[slot] = append(days[slot], billing.Period{From: first, To: end})
	}
	return days, nil
}
