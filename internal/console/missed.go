package console

import (
	"context"
	"slices"

	"tenure/billing"
	"tenure/domain"
	"tenure/events"
	"tenure/internal/command"
	"tenure/internal/runs"
	"tenure/internal/runstate"
	"tenure/scheduler"
)

// approveMissed approves a late night, and lets those behind it be late too.
var approveMissed = action{
	name: "Approve all missed nights", danger: true, back: backToRun,
	sentence: func(o order) string {
		return "The runs from " + o.Of + " to nightly/" + o.Value + " start one after the other and bill what is due. A " +
			"night that exceeds another bound still waits. Lines cannot be deleted afterwards, only credited."
	},
	line: func(o order) string {
		return "tenure run approve " + o.Of + " --digest " + o.Digest + " --through " + o.Value + " --reason " +
			quoted(o.Reason) + " --token-file FILE"
	},
	do: func(ctx context.Context, h *console, o order) (result, error) {
		through, err := billing.ParseDate(o.Value)
		if err != nil {
			return result{}, errNotFound
		}
		return sending(func(o order) command.Command {
			return runs.ApproveThrough(o.Of, o.Digest, o.Reason, through, o.by)
		})(ctx, h, o)
	},
}

// missed lists the nights that one approval can cover: those from a late one to the newest, when there are several.
func (h *console) missed(plan *events.RunPlanned) (names []string, through string) {
	if !slices.ContainsFunc(plan.Breaches, func(b events.Breach) bool { return b.Bound == scheduler.BoundDaysBehind }) {
		return nil, ""
	}
	last := domain.Tonight(h.Now(), h.Policy.Zone())
	for night := plan.BusinessDate; night <= last; night++ {
		names = append(names, runstate.ID(night))
	}
	if len(names) < 2 {
		return nil, ""
	}
	return names, last.String()
}

// onlyLate reports whether a plan exceeds nothing but the bound of days behind: such nights are approved together.
func onlyLate(n *night) bool {
	return len(n.Breaches) > 0 && !slices.ContainsFunc(n.Breaches, func(b events.Breach) bool {
		return b.Bound != scheduler.BoundDaysBehind
	})
}
