// Package billing computes what is due: for which days, at which price, and what
// happens when facts change afterwards.
//
// The one idea: due = desired − billed. [Account.Due] works out what should have
// been billed by a date, compares it by coverage with what was billed ([Billed]),
// and returns the difference as credit and charge lines. Catch-up, corrections
// and reruns all follow from that, and the result does not depend on how often
// or when runs happen. The numbered rules are in docs/billing.md; a comment
// "rule 14" in this package refers to them.
//
// The package owns dates and periods, amounts and rounding, the policy, the
// shape of a line, line identities and the grouping of lines into documents.
//
// It does not own employees and their commands, the event log, runs, or any
// clock, file, network or randomness: every function is a function of its
// arguments.
//
// Reading order: date.go, period.go, grid.go and months.go (time); amount.go
// (money); policy.go, catalog.go and account.go (the question); service.go,
// horizon.go and spans.go (desired); billed.go and block.go (billed); diff.go,
// cell.go and credit.go (the difference); line.go and document.go (the answer);
// manual.go, rerate.go and review_credit.go (what people ask for).
package billing
