package domain_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/domain"
	"tenure/events"
)

// openDocument is a document of May that is not issued yet.
const openDocument = "document/2026-05/CUSTOMER/c1/DKK"

var (
	lineOne  = uuid.MustParse("3b8f2f44-6d53-5c1e-9f0a-000000000001")
	lineTwo  = uuid.MustParse("3b8f2f44-6d53-5c1e-9f0a-000000000002")
	bookedIt = events.DocumentAcknowledged{Integration: "ledger-sync", Run: "nightly/2026-05-03", Lines: 2,
		Hash: billing.CombineHashes(lineOne, lineTwo)}
	partlyRefused = events.DocumentAcknowledged{Integration: "ledger-sync", Run: "nightly/2026-05-03", Lines: 1,
		Hash:    lineOne,
		Refused: []events.LineRefused{{Line: lineTwo, Message: "Unknown account"}}}
)

// acknowledge is an order as it comes.
func acknowledge(t *testing.T, e events.DocumentAcknowledged) string {
	t.Helper()
	raw, err := json.Marshal(e)
	require.NoError(t, err)
	return string(raw)
}

// ofTheRun lets a run have two lines of the document.
func ofTheRun(w *domain.World) {
	w.Booked = &domain.BookedLines{Lines: 2, Hash: billing.CombineHashes(lineOne, lineTwo),
		IDs: []uuid.UUID{lineOne, lineTwo}}
}

// acknowledging is rows about a run that has two lines of the document.
func acknowledging(t *testing.T, stream string, rows []row) {
	t.Helper()
	for i := range rows {
		if rows[i].world == nil {
			rows[i].world = ofTheRun
		}
	}
	checkRows(t, stream, "billing.", rows)
}

func TestAcknowledge_RefusesWhatTheRunDoesNotHave(t *testing.T) {
	t.Parallel()
	with := func(change func(*events.DocumentAcknowledged)) string {
		e := partlyRefused
		change(&e)
		return acknowledge(t, e)
	}
	one := events.DocumentAcknowledged{Integration: "ledger-sync", Run: "nightly/2026-05-03", Lines: 1, Hash: lineTwo}
	acknowledging(t, openDocument, []row{
		{name: "a run without a line of the document", when: "acknowledge", data: acknowledge(t, bookedIt),
			world: func(w *domain.World) { w.Booked = &domain.BookedLines{} },
			code:  "404 run: The run has no line of the document"},
		{name: "a line too many", when: "acknowledge",
			data: with(func(e *events.DocumentAcknowledged) { e.Lines = 2 }),
			code: "409 lines: The run has 2 lines of the document"},
		{name: "another hash", when: "acknowledge",
			data: with(func(e *events.DocumentAcknowledged) { e.Hash = lineTwo }),
			code: "409 hash: The run has other lines of the document"},
		{name: "a refused line of another document", when: "acknowledge",
			data: with(func(e *events.DocumentAcknowledged) {
				e.Refused = []events.LineRefused{{Line: uuid.Max, Message: "x"}}
			}),
			code: "409 hash: The run has other lines of the document"},
		{name: "some lines, the others are open", when: "acknowledge", data: acknowledge(t, one), then: facts{one}},
		{name: "some lines with another hash", when: "acknowledge",
			data: with(func(e *events.DocumentAcknowledged) { e.Refused, e.Hash = nil, uuid.Max }),
			code: "409 hash: The run has other lines of the document"},
		{name: "a refused line of another document, the others are open", when: "acknowledge",
			data: with(func(e *events.DocumentAcknowledged) {
				e.Lines, e.Hash, e.Refused = 0, uuid.Nil, []events.LineRefused{{Line: uuid.Max, Message: "x"}}
			}),
			code: "404 refused.line: The run has no such line of the document: ffffffff-ffff-ffff-ffff-ffffffffffff"},
		{name: "while the lines are not listed", when: "acknowledge", data: acknowledge(t, one),
			world: func(w *domain.World) { w.Booked = &domain.BookedLines{Lines: 2, NotReady: "They are not listed"} },
			code:  "409 not_ready: They are not listed"},
	})
}

func TestAcknowledge(t *testing.T) {
	t.Parallel()
	issued := facts{events.DocumentIssued{DocumentRef: "2026-05/CUSTOMER/c1/DKK", Lines: 2}}
	otherRun := bookedIt
	otherRun.Run = "nightly/2026-05-04"
	many := bookedIt
	many.Lines = 3
	acknowledging(t, openDocument, []row{
		{name: "lines of an open document are booked", when: "acknowledge", data: acknowledge(t, bookedIt),
			then: facts{bookedIt}},
		{name: "and of an issued one", given: issued, when: "acknowledge", data: acknowledge(t, bookedIt),
			then: facts{bookedIt}},
		{name: "some of them are refused", given: issued, when: "acknowledge", data: acknowledge(t, partlyRefused),
			then: facts{partlyRefused}},
		{name: "the same again changes nothing", given: facts{partlyRefused},
			when: "acknowledge", data: acknowledge(t, partlyRefused)},
		{name: "what was refused is booked later", given: facts{partlyRefused},
			when: "acknowledge", data: acknowledge(t, bookedIt), then: facts{bookedIt}},
		{name: "another run is another booking", given: facts{bookedIt}, when: "acknowledge", data: acknowledge(t, otherRun),
			then: facts{otherRun}},
		{name: "more lines than the document has", given: issued, when: "acknowledge", data: acknowledge(t, many),
			code: "409 lines: The document has fewer lines"},
		{name: "nobody's booking", when: "acknowledge",
			data: `{"integration":"Ledger Sync","run":"nightly/2026-05-03","lines":1}`,
			code: "422 integration: must be a name of small letters, digits, - and _"},
		{name: "a booking of no run", when: "acknowledge", data: `{"integration":"a","lines":1}`,
			code: "422 run: is required"},
		{name: "a booking of nothing", when: "acknowledge", data: `{"integration":"a","run":"r"}`,
			code: "422 lines: must be how many lines are booked"},
		{name: "a refusal without a word", when: "acknowledge", data: `{"integration":"a","run":"r","refused":[{"line":"` +
			lineOne.String() + `"}]}`,
			code: "422 refused.message: is required, of at most 500 bytes"},
		{name: "a refusal of no line", when: "acknowledge", data: `{"integration":"a","run":"r","refused":[{"message":"m"}]}`,
			code: "422 refused.line: must be the id of a line, once"},
		{name: "only an ADMIN's integration", by: events.Actor{AccessLevel: "RESELLER_ADMIN"}, when: "acknowledge",
			data: acknowledge(t, bookedIt), code: "403 access_denied: Insufficient access level"},
	})
	acknowledging(t, "document/typo", []row{
		{name: "what is no document", when: "acknowledge", data: acknowledge(t, bookedIt),
			code: "404 document: Document not found"},
	})
}

func TestAcknowledge_IsBounded(t *testing.T) {
	t.Parallel()
	long := make([]string, 501)
	for i := range long {
		long[i] = fmt.Sprintf(`{"line":"3b8f2f44-6d53-5c1e-9f0a-%012d","message":"m"}`, i+1)
	}
	row{when: "acknowledge", data: `{"integration":"a","run":"r","refused":[` + strings.Join(long, ",") + `]}`,
		code: "422 refused: has at most 500 items"}.check(t, openDocument, "billing.")
	var often facts
	for i := range 400 {
		often = append(often, events.DocumentAcknowledged{Integration: "a", Run: fmt.Sprint("r", i), Lines: 1})
	}
	row{given: often, when: "acknowledge", world: ofTheRun, data: acknowledge(t, bookedIt),
		code: "409 integration: The document has been acknowledged too often"}.check(t, openDocument, "billing.")
}

// TestAcknowledge_TheDocumentIsStillIssued keeps the close of a run from taking an open document for an issued one.
func TestAcknowledge_TheDocumentIsStillIssued(t *testing.T) {
	t.Parallel()
	open := replay(t, openDocument, bookedIt)
	_, issued := domain.IssuedBy([]byte(state(t, open)))
	assert.False(t, issued)
	fold(open, events.DocumentIssued{DocumentRef: "2026-05/CUSTOMER/c1/DKK", Lines: 2, Run: "nightly/2026-05-01"})
	run, issued := domain.IssuedBy([]byte(state(t, open)))
	assert.True(t, issued)
	assert.Equal(t, "nightly/2026-05-01", run)
	_, issued = domain.IssuedBy([]byte("oops"))
	assert.False(t, issued)
}
