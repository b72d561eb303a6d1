package billing

import "github.com/google/uuid"

// Ledger is one of the three accounts that one calculation feeds (rule 22).
type Ledger string

// The ledgers.
const (
	Customer Ledger = "CUSTOMER" // price or override, to the payer
	Reseller Ledger = "RESELLER" // wholesale, to the reseller
	Cost     Ledger = "COST"     // cost, platform only
)

func (l Ledger) known() bool { return l == Customer || l == Reseller || l == Cost }

// Platform is the billTo of the COST ledger.
const Platform = "PLATFORM"

// Kind reports whether a line charges or corrects.
type Kind string

// The kinds of line.
const (
	Charge Kind = "CHARGE"
	Credit Kind = "CREDIT"
)

// Line is one booked amount for a range of days. It is never edited or deleted
// (rule 21).
type Line struct {
	// ID is computed from the fields of rule 23, see [LineID].
	ID     uuid.UUID
	Kind   Kind
	Ledger Ledger
	// Employee, BillTo, Source and Product are ids.
	Employee, BillTo, Source, Product string
	// Text is the source's own name and description, where it has any (rule 24).
	Text *Text
	// Period is the days covered (CHARGE) or taken back (CREDIT), half-open.
	Period Period
	// Units × UnitPrice × Months is the formula before rounding. Months is the
	// zero Ratio for a product billed once.
	Units, UnitPrice Amount
	Months           Ratio
	// Amount is signed money with Scale decimals; a CREDIT has the opposite sign
	// of the line it corrects.
	Amount   Amount
	Scale    uint8
	Currency string
	// CorrectsLine is the charge that a CREDIT corrects.
	CorrectsLine uuid.UUID
	// Revision counts earlier lines with the same identity.
	Revision int
	// Reason is a code of [Reason…], or free text on a manual line; Actor is who
	// asked for a manual line.
	Reason, Actor string
	// PriceSource is "override", or the product whose price list it is; of a credit
	// it is that of the line it corrects.
	PriceSource string
	// Whole is set when the amount completes or shortens a segment: the cost of
	// the segment as a whole, and what was already on it (rule 14).
	Whole *Share
	// Included is how many units the user product includes (rule 20).
	Included Amount
	// Recurrence and Anchor are the grid of the natural periods; Anchor is zero for
	// calendar periods. FullMonth says that rule 6 applied.
	Recurrence Recurrence
	Anchor     Anchor
	FullMonth  bool
	// PolicyFrom is the day from which the policy that rated the line holds; no
	// date: it is the first.
	PolicyFrom Date
	// Manual marks a line made by a person; it covers no days. Waive marks a
	// credit after which the days are not billed again.
	Manual, Waive bool
	// BookingDate, DocumentRef and Events are set by the caller: the day it books
	// on (rule 26), the document, and the events that led to the line (rule 24).
	BookingDate Date
	DocumentRef string
	Events      []string

	segment Date // first day of the charge's segment, while lines are sorted
}

// Share is the part of the formula that rounding a segment as a whole adds.
type Share struct {
	// Cost is the rounded cost of the whole segment (of the kept part, on a
	// CREDIT), and Before the net that was on it.
	Cost   Amount `json:"cost"`
	Before Amount `json:"before"`
}
