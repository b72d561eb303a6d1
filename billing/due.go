package billing

import "fmt"

// Due is the answer of a run for one account.
type Due struct {
	// Lines are the new lines: credits by (source, ledger, from), then charges by
	// (from, source, ledger).
	Lines []Line
	// Reviews are the imported sources that need a person (rule 15).
	Reviews []Review
}

// Review says that an imported source was shortened into days that another party
// had billed, or has other terms on them; no line is made (rule 15).
type Review struct {
	Source string `json:"source"`
	// Period is the days billed elsewhere.
	Period Period `json:"period"`
	// Why is what is other than the days were given with; empty: they are no longer
	// served.
	Why string `json:"why,omitempty"`
}

// HeldReason says why an account's billing is held.
type HeldReason string

// The reasons (rules 8 and 11).
const (
	noPrice          HeldReason = "NO_PRICE"
	inheritanceCycle HeldReason = "INHERITANCE_CYCLE"
	tooManyPeriods   HeldReason = "TOO_MANY_PERIODS"
	// amountTooLarge holds a line whose amount has more than 18 digits: it could
	// not be written on the wire, and rounding it away would be silent.
	amountTooLarge HeldReason = "AMOUNT_TOO_LARGE"
)

// Held is the error of [Account.Due] when its billing, and nothing else of it,
// has to wait. Every run tries again.
type Held struct {
	Reason HeldReason
	Detail string
}

// Error implements error.
func (h *Held) Error() string { return fmt.Sprintf("billing held: %s: %s", h.Reason, h.Detail) }
