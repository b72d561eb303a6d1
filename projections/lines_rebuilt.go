package projections

import (
	"encoding/binary"

	"github.com/google/uuid"

	"tenure/events"
)

var lineColumnNames = []string{"document_ref", "shard", "position", "run", "lines", "amount", "ids"}

// uuidOID is PostgreSQL's number of the type of the ids.
const uuidOID = 2950

// Copied is the table of the lines.
func (Lines) Copied() (table string, columns []string) { return "lines", lineColumnNames }

// AppendRows appends the rows of a fact: they are written once and for all.
func (p Lines) AppendRows(b []byte, f *events.Recorded) ([]byte, error) {
	invoiced, ok := f.Event.(events.EmployeeInvoiced)
	if !ok {
		return b, errUnexpected(p.Name(), *f)
	}
	for _, part := range partsOf(invoiced.Lines) {
		b = appendText(appendColumns(b, len(lineColumnNames)), part.document)
		b = appendText(appendInt64(appendInt32(b, f.Shard), f.Position), invoiced.Run)
		b = appendNumeric(appendInt32(b, int32(len(part.ids))), part.amount.String())
		b = appendUUIDs(b, part.ids)
	}
	return b, nil
}

// appendUUIDs writes an array of one dimension without NULLs.
func appendUUIDs(b []byte, ids []uuid.UUID) []byte {
	const head, each = 5 * 4, 4 + 16
	b = binary.BigEndian.AppendUint32(b, uint32(head+len(ids)*each))
	for _, n := range []uint32{1, 0, uuidOID, uint32(len(ids)), 1} { // dimensions, NULLs, element, length, first index
		b = binary.BigEndian.AppendUint32(b, n)
	}
	for _, id := range ids {
		b = appendText(b, id[:])
	}
	return b
}
