package domain

import (
	"time"

	"tenure/billing"
)

// NightDelay is how long after local midnight the run of a business date may start: what time does at midnight has
// happened by then, so that the run finds little to advance.
const NightDelay = 5 * time.Minute

// nightsMax bounds how many missed nights one poll returns; the rest follows with the next.
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

// Overdue reports whether the run of a night is not complete by its hour, which is some time after local midnight.
// Before that hour it is the night before that counts. complete is the newest night that is; a system without any run
// is late only when its first night is.
func Overdue(complete billing.Date, now time.Time, zone *time.Location, by time.Duration) bool {
	local := now.In(zone)
	night := billing.DateOf(now, zone)
	// as clocks on the wall show it
	if time.Duration(local.Hour())*time.Hour+time.Duration(local.Minute())*time.Minute < by {
		if complete == 0 {
			return false
		}
		night--
	}
	return complete < night
}
