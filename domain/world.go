package domain

import (
	"time"

	"tenure/billing"
	"tenure/events"
)

// World is what a decision may look at besides the state. Two decisions with equal arguments are equal.
type World struct {
	Now     time.Time // never earlier than the shard's last decision
	Catalog *Catalog
	Policy  billing.Policy
	Actor   events.Actor
	// Number is the next free employee number of the shard; a decision that creates an employee uses it up.
	Number int64
	// DeletionsHalted says that operators have halted deletions: those whose time has come wait, everything else
	// continues.
	DeletionsHalted bool
	// InvoicingHalted says that operators have halted invoicing: no step of a run is executed.
	InvoicingHalted bool
	// Result is what the run billed that the command ends; nil for other commands.
	Result *RunResult
	// Document is what the lines of the document sum to that the command issues; nil for other commands.
	Document *DocumentTotal
	// Booked is what the run has of the document whose lines the command acknowledges; nil for other commands.
	Booked *BookedLines
	// LoginTaken says that the name which the command asks for (NameWanted) is another employee's, or document's.
	LoginTaken bool
	// CommandID is the id of the command that is decided, from which ids are made that it leaves out; with its subject it
	// is unique.
	CommandID string
	// ShortIDs lets things have ids of any form: simulations name theirs briefly.
	ShortIDs bool
}

// Today is the local day of now in the billing zone.
func (w World) Today() billing.Date { return billing.DateOf(w.Now, w.Policy.Zone()) }
