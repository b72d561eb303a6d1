package domain

import (
	"time"

	"tenure/access"
	"tenure/billing"
	"tenure/events"
)

// ScheduleDeletion is employee.schedule_deletion: the employee is deleted at 20:00 UTC on deleteDate, the first day not
// billed. The flags say whether its extensions and accounts go with the employee; false unlinks them.
type ScheduleDeletion struct {
	DeleteDate         Day  `json:"deleteDate"`
	Now                bool `json:"now"` // at once instead of at 20:00 UTC on a date
	DeleteExtensions   bool `json:"deleteExtensions"`
	DeleteMvnoAccounts bool `json:"deleteMvnoAccounts"`
}

// Kind is employee.
func (ScheduleDeletion) Kind() string { return KindEmployee }

// Operation is delete.
func (ScheduleDeletion) Operation() access.Operation { return access.Delete }

func (c ScheduleDeletion) decide(e *Employee, w World) ([]events.Event, error) {
	if c.Now {
		return c.decideNow(e, w)
	}
	if !c.DeleteDate.given {
		return nil, invalid("deleteDate", "is required: a date, or null to withdraw the deletion")
	}
	on := c.DeleteDate.deletionDay(w)
	if on == 0 {
		return CancelDeletion{}.decide(e, w)
	}
	if err := checkDeleteDate(on, w); err != nil {
		return nil, err
	}
	d := e.Deletion
	if d != nil && d.Date == on && d.DeleteExtensions == c.DeleteExtensions &&
		d.DeleteMvnoAccounts == c.DeleteMvnoAccounts {
		return nil, nil
	}
	return []events.Event{scheduled(on, c.DeleteExtensions, c.DeleteMvnoAccounts)}, nil
}

// decideNow schedules the deletion for this instant, so that what is due is done with the command.
func (c ScheduleDeletion) decideNow(e *Employee, w World) ([]events.Event, error) {
	if c.DeleteDate.in(w) != 0 {
		return nil, invalid("deleteDate", "must not be given with now")
	}
	event := scheduled(w.Today(), c.DeleteExtensions, c.DeleteMvnoAccounts)
	event.At = w.Now
	after := e.clone()
	after.Evolve(event)
	return append([]events.Event{event}, after.Advance(w)...), nil
}

// deletionDay is the day of a deletion. Replies show the instant of one, which is sent back, and may be the next day in
// the billing zone.
func (d Day) deletionDay(w World) billing.Date {
	if utc := d.at.UTC(); !d.at.IsZero() && utc.Equal(deletionInstant(billing.DateOf(utc, time.UTC))) {
		return billing.DateOf(utc, time.UTC)
	}
	return d.in(w)
}

func scheduled(on billing.Date, extensions, accounts bool) events.DeletionScheduled {
	return events.DeletionScheduled{
		Date: on, At: deletionInstant(on), DeleteExtensions: extensions, DeleteMvnoAccounts: accounts,
	}
}

// deletionHour is when on the day of deletion it happens, in UTC: after office hours in the billing zone.
const deletionHour = 20 * time.Hour

func deletionInstant(on billing.Date) time.Time { return on.Time().Add(deletionHour) }

// deletionMonthsMax is how far ahead a deletion may be scheduled.
const deletionMonthsMax = 24

func checkDeleteDate(on billing.Date, w World) *Rejection {
	switch {
	case on == 0:
		return nil
	case on > w.Today().AddMonths(deletionMonthsMax, 0):
		return reject(statusUnprocessable, "deleteDate", "Delete date is too far in the future")
	case on < w.Today():
		return reject(statusUnprocessable, "deleteDate", "Delete date is in the past")
	}
	return nil
}

// DeletionOn is a deletion on a local day, the first not billed, at the hour of deletions. Its extensions and accounts
// are only unlinked.
func DeletionOn(on billing.Date) events.DeletionScheduled { return scheduled(on, false, false) }
