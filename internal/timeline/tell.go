package timeline

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"tenure/billing"
	"tenure/events"
)

// Tell says an event as a sentence without its subject. Personal properties are not in it.
func Tell(event events.Event) string {
	for _, tell := range []func(events.Event) string{tellTerms, tellHoldings, tellDeletion, tellTime, tellBilling} {
		if sentence := tell(event); sentence != "" {
			return sentence
		}
	}
	name, _, _ := strings.Cut(strings.TrimPrefix(event.EventType(), "employee."), ".v")
	return strings.ReplaceAll(name, "_", " ")
}

// tellPayer tells whose employee it is and who pays.
func tellPayer(event events.Event) string {
	switch event := event.(type) {
	case events.EmployeeMoved:
		return "moved to customer " + event.Customer + " from " + event.Effective.String()
	case events.BillingCustomerChanged:
		return "paid for by " + cmp.Or(event.BillingCustomer, "the own customer") + " from " + event.Effective.String()
	}
	return ""
}

func tellTerms(event events.Event) string {
	switch event := event.(type) {
	case events.EmployeeCreated:
		return fmt.Sprintf("created with number %d for customer %s, %s", event.Number, event.Customer, event.AccessLevel)
	case events.EmployeeUpdated:
		return "changed: " + strings.Join(changed(event), ", ")
	case events.EmployeeMoved, events.BillingCustomerChanged:
		return tellPayer(event)
	case events.ProductAssigned:
		if event.Product == "" {
			return "no product from " + event.From.String()
		}
		return "product " + event.Product + " from " + event.From.String()
	case events.ProductChangeScheduled:
		return "product " + event.Product + " scheduled for " + event.From.String()
	case events.ProductChangeDropped:
		return "scheduled product " + event.Product + " dropped: " + event.Reason
	case events.AddonAdded:
		return fmt.Sprintf(
			"addon %s: %s × product %s from %s",
			event.Addon.ID,
			event.Addon.Units,
			event.Addon.Product,
			event.Addon.Start,
		)
	case events.AddonUpdated:
		return "addon " + event.ID + " changed from " + event.Effective.String()
	case events.AddonTerminated:
		if event.Terminate == 0 {
			return "addon " + event.ID + " goes on"
		}
		return "addon " + event.ID + " ends, first day not billed " + event.Terminate.String()
	}
	return ""
}

// changed names the properties of an update, not their values.
func changed(event events.EmployeeUpdated) []string {
	var names []string
	if event.AccessLevel != "" {
		names = append(names, "accessLevel "+event.AccessLevel)
	}
	if event.State != "" {
		names = append(names, "state "+event.State)
	}
	for _, properties := range []events.Attributes{event.Attributes, event.Personal} {
		names = append(names, slices.Sorted(maps.Keys(properties))...)
	}
	return names
}

func tellHoldings(event events.Event) string {
	switch event := event.(type) {
	case events.ExtensionAssigned:
		return "extension " + event.Extension.ID + " assigned"
	case events.ExtensionUnassigned:
		return "extension " + event.ID + " unlinked"
	case events.ExtensionDeletionRequested:
		return attempt("extension "+event.ID+" to be deleted", event.Attempt)
	case events.ExtensionDeleted:
		return "extension " + event.ID + " is deleted"
	case events.MvnoAccountAttached:
		return "MVNO account " + event.Account.ID + " is " + event.Account.State + ", its number " + event.Account.NumberState
	case events.MvnoAccountDetached:
		return "MVNO account " + event.ID + " unlinked"
	case events.MvnoDeletionRequested:
		return attempt("MVNO account "+event.ID+" to be deleted", event.Attempt)
	case events.MvnoAccountDeleted:
		return "MVNO account " + event.ID + " is deleted"
	case events.MvnoAccountRestored:
		return "MVNO account " + event.Account.ID + " restored, it has no employee"
	}
	return ""
}

func attempt(what string, n int) string {
	if n <= 1 {
		return what
	}
	return fmt.Sprintf("%s, asked for the %s time", what, map[int]string{2: "second", 3: "third"}[n])
}

func tellDeletion(event events.Event) string {
	switch event := event.(type) {
	case events.DeletionScheduled:
		return "deletion scheduled for " + event.At.Format(
			time.DateTime,
		) + " UTC, extensions " + fate(
			event.DeleteExtensions,
		) +
			", MVNO accounts " + fate(
			event.DeleteMvnoAccounts,
		)
	case events.DeletionStarted:
		if event.DiscardedProduct != "" {
			return "locked for deletion; scheduled product " + event.DiscardedProduct + " discarded"
		}
		return "locked for deletion"
	case events.DeletionRefused:
		return "deletion of " + event.ID + " refused: " + event.Reason
	case events.DeletionStalled:
		return "deletion stalled, not confirmed: " + strings.Join(
			append(append([]string(nil), event.Extensions...), event.MvnoAccounts...),
			", ",
		)
	case events.EmployeeDeleted:
		return "deleted, first day not billed " + event.Date.String()
	}
	return ""
}

func fate(deleted bool) string {
	if deleted {
		return "deleted"
	}
	return "unlinked"
}

func tellTime(event events.Event) string {
	switch event := event.(type) {
	case events.PresenceChanged:
		return "presence " + event.Presence.State + beneath(event.Presence)
	case events.AutoPresenceSet:
		return fmt.Sprintf("%d automatic changes of presence", len(event.Slots))
	case events.RatePlanChangeScheduled:
		return "rate plan " + event.RatePlan + " of MVNO account " + event.Account + " scheduled for " + event.From.String()
	case events.RatePlanChanged:
		return "rate plan " + event.RatePlan + " of MVNO account " + event.Account + " from " + event.From.String()
	case events.HoldingRated:
		if event.Product == "" {
			return event.Source + " billed no more from " + event.From.String()
		}
		return event.Source + " billed as " + event.Product + " from " + event.From.String()
	case events.RatePlanChangeDropped:
		return "scheduled rate plan " + event.RatePlan + " of MVNO account " + event.Account + " dropped: " + event.Reason
	}
	return ""
}

// beneath says which presence follows, and when.
func beneath(p events.Presence) string {
	var text string
	if len(p.Overrides) > 0 {
		text = fmt.Sprintf(", over %s (%s)", p.OriginalState, p.Overrides[len(p.Overrides)-1].Source)
	}
	if p.Expire != nil {
		text += ", until " + p.Expire.UTC().Format(time.DateTime) + " UTC"
	}
	return text
}

func tellBilling(event events.Event) string {
	switch event := event.(type) {
	case events.EmployeeInvoiced:
		parts := make([]string, 0, len(event.Lines))
		for _, l := range event.Lines {
			parts = append(parts, line(l))
		}
		for _, r := range event.Reviews {
			parts = append(parts, "review of "+r.Source)
		}
		for _, w := range event.Work {
			if w.Dropped != "" {
				parts = append(parts, fmt.Sprintf("nothing of work %d: %s", w.ID, w.Dropped))
			}
		}
		return "invoiced " + strings.Join(parts, "; ")
	case events.BillingHeld:
		return "billing held: " + event.Reason + " " + event.Detail
	case events.BillingReleased:
		return strings.TrimSuffix("billing released: "+event.Reason, ": ")
	case events.BillingWorkOrdered:
		return fmt.Sprintf("work %d for the next run: %s, because: %s (%s)", event.ID, work(event), event.Reason, event.Actor)
	case events.ReviewSettled:
		return fmt.Sprintf(
			"review of %s settled: %s, because: %s (%s)",
			event.Review.Source,
			event.Decision,
			event.Reason,
			event.Actor,
		)
	}
	return ""
}

// work says what an operator wants billed otherwise.
func work(event events.BillingWorkOrdered) string {
	switch {
	case event.Adjustment != nil:
		return "a line of " + event.Adjustment.Amount.String() + " on " + string(event.Adjustment.Ledger)
	case event.Rerate != nil:
		return "rate " + event.Rerate.Source + " again, " + event.Rerate.Period.String()
	case event.Credit != nil:
		return "credit " + event.Credit.Source + ", " + event.Credit.Period.String()
	}
	return "void line " + event.VoidLine.String()
}

// linesScale is the number of decimals of amounts.
const linesScale = 2

func line(l billing.Line) string {
	return fmt.Sprintf(
		"%s %s %s..%s %s %s",
		l.Ledger,
		l.Source,
		l.Period.From,
		billing.Inclusive(l.Period.To),
		l.Amount.StringFixed(linesScale),
		l.Currency,
	)
}
