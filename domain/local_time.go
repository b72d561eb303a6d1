package domain

import (
	"time"

	"tenure/billing"
)

// wallClock is the instant at which the clocks of a zone show a time of day on a date. A time that the clocks show
// twice is the first of the two, so that it happens once; one that they jump over is the instant of the jump, so that
// what follows later on that day still comes after it. time.Date promises neither.
func wallClock(on billing.Date, sinceMidnight time.Duration, zone *time.Location) time.Time {
	shown := on.Time().Add(sinceMidnight)
	before, after := offset(shown.Add(-aDay), zone), offset(shown.Add(aDay), zone)
	first := shown.Add(-before)
	if offset(first, zone) == before {
		return first.In(zone)
	}
	second := shown.Add(-after)
	if offset(second, zone) == after {
		return second.In(zone)
	}
	jump, _ := first.In(zone).ZoneBounds()
	return jump.In(zone)
}

// aDay is more than any zone is away from UTC, so that a day before and a day after a change lie on both sides of it.
const aDay = 24 * time.Hour

func offset(at time.Time, zone *time.Location) time.Duration {
	_, seconds := at.In(zone).Zone()
	return time.Duration(seconds) * time.Second
}

// Midnight is the first instant of a local day in a zone.
func Midnight(d billing.Date, zone *time.Location) time.Time { return wallClock(d, 0, zone) }

// dayOf is the local day of an instant in the billing zone.
func (w World) dayOf(at time.Time) billing.Date { return billing.DateOf(at, w.Policy.Zone()) }

// Midnight is the instant at which a local day begins in the billing zone.
func (w World) Midnight(d billing.Date) time.Time { return wallClock(d, 0, w.Policy.Zone()) }
