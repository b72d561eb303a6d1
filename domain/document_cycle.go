package domain

import (
	"strings"

	"tenure/billing"
)

// Documents collect the lines of one cycle, ledger, payer and currency (rule 25). A monthly cycle ends with the run of
// a first: lines of the runs before it stand in the document that it closes.

// DocumentCycle names the cycle that the lines of a run belong to: the month of the first that closes it, or the day of
// the run.
func DocumentCycle(p billing.Policy, asOf billing.Date) string {
	cycle, _, _ := strings.Cut(billing.DocumentRef(&p, asOf, "", "", ""), "/")
	return cycle
}

// CycleOf is the cycle of a document, by its reference.
func CycleOf(ref string) string {
	cycle, _, _ := strings.Cut(ref, "/")
	return cycle
}

// ClosesDocuments reports whether a run closes its cycle.
func ClosesDocuments(p billing.Policy, asOf billing.Date) bool {
	return p.DocumentCycle == billing.CyclePerRun || isFirst(asOf)
}

func isFirst(d billing.Date) bool { return d.AddMonths(0, 1) == d }
