package domain

import "tenure/events"

// ReleaseBilling is billing.release, sent with the employee's key to employee.commands: it ends billing.hold, and
// raises the bound for one whose billing was held because a source has too many unbilled periods at once (rule 11).
// What else holds its billing goes when its cause does.
type ReleaseBilling struct {
	OperatorRequest
	// periods of a source that one run may bill, above the bound that held the employee; default: as many as before
	PeriodsMax int `json:"periodsMax"`
}

// releasedPeriodsMax bounds what one run may bill of a source at all: fifty years of months.
const releasedPeriodsMax = 600

func (c ReleaseBilling) decide(e *Employee, w World) ([]events.Event, error) {
	bound := max(w.Policy.PeriodsMax, e.PeriodsMax)
	refused := checkWork(c.Reason)
	held := e.Held == ReasonHold
	switch {
	case refused != nil:
		return nil, refused
	case c.PeriodsMax > releasedPeriodsMax:
		return nil, invalid("periodsMax", "must be at most 600")
	case !held && (c.PeriodsMax == 0 || c.PeriodsMax == e.PeriodsMax):
		return nil, nil
	case c.PeriodsMax != 0 && c.PeriodsMax <= bound:
		return nil, invalid("periodsMax", "must be above the bound that holds the billing")
	}
	return []events.Event{events.BillingReleased{PeriodsMax: c.PeriodsMax, Reason: c.Reason}}, nil
}
