package scheduler

import (
	"time"

	"tenure/billing"
)

// NightDelay is how long after local midnight the run of a business date may start: what time does at midnight has
// happened by then, so that the run finds little to advance.
const NightDelay = 5 * time.Minute

// nightsMax bounds how many missed nights one look gives; the rest follows with the next look.
const nightsMax = 400

// Tonight is the newest business date whose run may start by now.
func Tonight(now time.Time, zone *time.Location) billing.Date {
	return billing.DateOf(now.Add(-NightDelay), zone)
}

// Nights lists the business dates whose runs are missing, oldest first: the days after the last run up to tonight's. A
// system without any run begins with tonight.
func Nights(last, tonight billing.Date) []billing.Date {
	if last == 0 {
		return []billing.Date{tonight}
	}
	var nights []billing.Date
	for d := last + 1; d <= tonight && len(nights) < nightsMax; d++ {
		nights = append(nights, d)
	}
	return nights
}
