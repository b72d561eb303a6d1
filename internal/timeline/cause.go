package timeline

import (
	"time"

	"tenure/events"
)

// Moment is one thing that happened to the employee, or will.
type Moment struct {
	At       time.Time `json:"at"`
	What     string    `json:"what"`
	By       string    `json:"by"`
	Command  string    `json:"command,omitempty"`
	Position string    `json:"position,omitempty"` // shard:pos; none for what has not happened
	Type     string    `json:"type"`
}

// Cause names what made an event: the actor of a command, a run, or a rule of time.
func Cause(r events.Recorded) string {
	switch {
	case r.CommandID != "":
		return who(r.Actor)
	case r.RunID != "":
		return "run " + r.RunID
	}
	return ruleOf(r.Event)
}

func who(a events.Actor) string {
	switch {
	case a == events.Actor{}:
		return "command"
	case a.System != "":
		return "Tenure: " + a.System
	case a.Employee != "":
		return a.AccessLevel + " " + a.Employee
	}
	return a.AccessLevel
}

// ruleOf names the rule by which time makes an event happen.
func ruleOf(event events.Event) string {
	switch event := event.(type) {
	case events.ProductAssigned, events.ProductChangeDropped:
		return "time: product on the first of a month"
	case events.RatePlanChanged, events.RatePlanChangeDropped, events.HoldingRated:
		return "time: rate plan at the end of a month"
	case events.DeletionStarted, events.ExtensionUnassigned, events.MvnoAccountDetached, events.EmployeeDeleted:
		return "time: deletion at 20:00 UTC"
	case events.ExtensionDeletionRequested:
		return retried(event.Attempt)
	case events.MvnoDeletionRequested:
		return retried(event.Attempt)
	case events.DeletionStalled:
		return "time: not confirmed for three days"
	case events.PresenceChanged:
		if event.Cause == "EXPIRED" {
			return "time: presence expired"
		}
		return "time: automatic presence"
	}
	return "time"
}

func retried(attempt int) string {
	if attempt > 1 {
		return "time: not confirmed for a day"
	}
	return "time: deletion at 20:00 UTC"
}
