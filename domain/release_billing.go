package domain

import "tenure/events"

// ReleaseBilling is billing.release, sent with her key to employee.commands: a run that was held because a source has too
// many unbilled periods at once may bill more of them (rule 11). What else holds her billing goes when its cause does.
type ReleaseBilling struct {
	PeriodsMax int    `json:"periodsMax"` // periods of a source that one run may bill; above the bound that held her
	Reason     string `json:"reason"`
}

// Kind is employee.
func (ReleaseBilling) Kind() string { return KindEmployee }

// outlives tells Decide that a deleted employee's last periods can be released too.
func (ReleaseBilling) outlives() {}

// releasedPeriodsMax bounds what one run may bill of a source at all: fifty years of months.
const releasedPeriodsMax = 600

func (c ReleaseBilling) decide(e *Employee, w World) ([]events.Event, error) {
	bound := max(w.Policy.PeriodsMax, e.PeriodsMax)
	switch {
	case c.Reason == "":
		return nil, invalid("reason", "is required")
	case c.PeriodsMax > releasedPeriodsMax:
		return nil, invalid("periodsMax", "must be at most 600")
	case c.PeriodsMax == e.PeriodsMax:
		return nil, nil
	case c.PeriodsMax <= bound:
		return nil, invalid("periodsMax", "must be above the bound that holds her")
	}
	return []events.Event{events.BillingReleased{PeriodsMax: c.PeriodsMax}}, nil
}
