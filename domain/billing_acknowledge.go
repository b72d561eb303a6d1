package domain

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/google/uuid"

	"tenure/access"
	"tenure/billing"
	"tenure/contract"
	"tenure/events"
)

// AcknowledgeDocument is billing.acknowledge: an integration has booked the lines of a run that stand in a document,
// but for those that it refused. The document need not be issued: a monthly one takes lines every run. What an
// integration says of the same run again replaces what it said.
type AcknowledgeDocument struct {
	Integration string               `json:"integration"` // its name
	Run         string               `json:"run"`
	Lines       int64                `json:"lines"` // booked
	Hash        uuid.UUID            `json:"hash"`  // XOR of their ids
	Refused     []events.LineRefused `json:"refused"`
}

// Kind is document.
func (AcknowledgeDocument) Kind() string { return KindDocument }

// Operation is account.
func (AcknowledgeDocument) Operation() access.Operation { return access.Account }

const (
	// refusedMax bounds the lines that are refused one by one: more is a whole document that was not booked.
	refusedMax = 500
	// bookingsMax bounds what a document remembers: the runs of two months for some integrations.
	bookingsMax = 400
)

// Booking is what an integration has booked of a run, as far as a rule needs it.
type Booking struct {
	Lines   int64     `json:"lines"`
	Hash    uuid.UUID `json:"hash"`
	Refused uuid.UUID `json:"refused"` // fingerprint of the list
}

func (c AcknowledgeDocument) decide(d *Document, w World) ([]events.Event, error) {
	if err := join(append(c.check(), c.checkDocument(d)...)); err != nil {
		return nil, err
	}
	if err := c.checkLines(d, w.Booked); err != nil {
		return nil, err
	}
	event := events.DocumentAcknowledged(c)
	if d.Booked[bookingKey(event)] == booking(event) {
		return nil, nil
	}
	return []events.Event{event}, nil
}

func (c AcknowledgeDocument) check() []*Rejection {
	var found []*Rejection
	if c.Integration == "" || len(c.Integration) > integrationMax || strings.Trim(c.Integration, integrationSigns) != "" {
		found = append(found, invalid("integration", "must be a name of small letters, digits, - and _"))
	}
	switch {
	case c.Run == "":
		found = append(found, invalid("run", "is required"))
	case len(c.Run) > runBytesMax:
		found = append(found, invalid("run", fmt.Sprintf("has at most %d bytes", runBytesMax)))
	}
	if c.Lines < 0 || c.Lines == 0 && len(c.Refused) == 0 {
		found = append(found, invalid("lines", "must be how many lines are booked"))
	}
	if len(c.Refused) > refusedMax {
		found = append(found, invalid("refused", fmt.Sprintf("has at most %d items", refusedMax)))
	}
	return append(found, c.checkRefused()...)
}

// integrationSigns are what the name of an integration is made of.
const integrationSigns = "abcdefghijklmnopqrstuvwxyz0123456789-_"

func (c AcknowledgeDocument) checkRefused() []*Rejection {
	var found []*Rejection
	seen := map[uuid.UUID]bool{}
	for _, r := range c.Refused {
		switch {
		case r.Line == uuid.Nil || seen[r.Line]:
			found = append(found, invalid("refused.line", "must be the id of a line, once"))
		case r.Message == "" || len(r.Message) > refusalBytesMax:
			found = append(found, invalid("refused.message", fmt.Sprintf("is required, of at most %d bytes", refusalBytesMax)))
		}
		seen[r.Line] = true
	}
	return found
}

// checkDocument refuses what cannot be a document's: a reference without ledger and payer has no topic either.
func (c AcknowledgeDocument) checkDocument(d *Document) []*Rejection {
	_, known := d.Booked[bookingKey(events.DocumentAcknowledged(c))]
	_, _, document := contract.DocumentParts(d.Ref)
	switch {
	case !document:
		return []*Rejection{reject(statusNotFound, "document", "Document not found")}
	case d.Issued != nil && c.Lines+int64(len(c.Refused)) > d.Issued.Lines:
		return []*Rejection{reject(statusConflict, "lines", "The document has fewer lines")}
	case !known && len(d.Booked) >= bookingsMax:
		return []*Rejection{reject(statusConflict, "integration", "The document has been acknowledged too often")}
	}
	return nil
}

// checkLines refuses what the run does not have of the document: the lines that are booked and refused are its own, and
// so many. Their hash tells which are booked.
func (c AcknowledgeDocument) checkLines(d *Document, of *BookedLines) error {
	refused := uuid.Nil
	for _, r := range c.Refused {
		refused = billing.CombineHashes(refused, r.Line)
	}
	switch left := int64(0); {
	case of == nil:
		return fmt.Errorf("domain: the lines of %s in %s were not read", d.Ref, c.Run)
	case of.NotReady != "":
		return notReady(of.NotReady)
	case of.Lines == 0:
		return reject(statusNotFound, "run", "The run has no line of the document")
	default:
		if left = of.Lines - c.Lines - int64(len(c.Refused)); left < 0 {
			return reject(statusConflict, "lines", fmt.Sprintf("The run has %d lines of the document", of.Lines))
		}
		if left == 0 && billing.CombineHashes(c.Hash, refused) != of.Hash {
			return errOtherLines
		}
		if left > 0 && of.IDs != nil {
			return c.checkIDs(of.IDs)
		}
	}
	return nil
}

var errOtherLines = reject(statusConflict, "hash", "The run has other lines of the document")

// checkIDs compares with the ids of the lines where some are neither booked nor refused yet.
func (c AcknowledgeDocument) checkIDs(ids []uuid.UUID) error {
	for _, r := range c.Refused {
		i := slices.Index(ids, r.Line)
		if i < 0 {
			return reject(statusNotFound, "refused.line", "The run has no such line of the document: "+r.Line.String())
		}
		ids = slices.Delete(slices.Clone(ids), i, i+1)
	}
	if !billing.HashOfSome(ids, int(c.Lines), c.Hash) {
		return errOtherLines
	}
	return nil
}

// acknowledged folds an acknowledgement in.
func (d *Document) acknowledged(e events.DocumentAcknowledged) {
	booked := maps.Clone(d.Booked)
	if booked == nil {
		booked = map[string]Booking{}
	}
	booked[bookingKey(e)] = booking(e)
	d.Booked = booked
}

func bookingKey(e events.DocumentAcknowledged) string { return e.Integration + " " + e.Run }

func booking(e events.DocumentAcknowledged) Booking {
	b := Booking{Lines: e.Lines, Hash: e.Hash}
	if raw, err := json.Marshal(e.Refused); err == nil && len(e.Refused) > 0 {
		b.Refused = uuid.NewSHA1(uuid.Nil, raw)
	}
	return b
}

// IssuedBy returns which run issued a document, from its stored state, and whether one has: lines of a document that is
// still open may have been acknowledged before.
func IssuedBy(state []byte) (run string, issued bool) {
	var d struct {
		Issued *struct {
			Run string `json:"run"`
		} `json:"issued"`
	}
	if json.Unmarshal(state, &d) != nil || d.Issued == nil {
		return "", false
	}
	return d.Issued.Run, true
}
