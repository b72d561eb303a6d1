package projections

import (
	"encoding/binary"

	"tenure/billing"
	"tenure/events"
)

var lineColumnNames = []string{
	"line_id", "shard", "position", "ordinal", "run", "document_ref", "ledger", "bill_to", "employee", "source", "kind",
	"from_day", "to_day", "amount", "currency", "line",
}

// Copied is the table of the lines.
func (Lines) Copied() (table string, columns []string) { return "lines", lineColumnNames }

// AppendRows appends the lines of a fact: a line is written once and for all.
func (p Lines) AppendRows(b []byte, f *events.Recorded) ([]byte, error) {
	invoiced, ok := f.Event.(events.EmployeeInvoiced)
	if !ok {
		return b, errUnexpected(p.Name(), *f)
	}
	for ordinal := range invoiced.Lines {
		b = appendLine(b, f, invoiced.Run, int32(ordinal), &invoiced.Lines[ordinal])
	}
	return b, nil
}

// appendLine appends a row with the values that lineRows.add puts into its columns.
func appendLine(b []byte, f *events.Recorded, run string, ordinal int32, l *billing.Line) []byte {
	b = appendText(appendColumns(b, len(lineColumnNames)), l.ID[:])
	b = appendInt32(appendInt64(appendInt32(b, f.Shard), f.Position), ordinal)
	b = appendText(appendText(b, run), l.DocumentRef)
	b = appendText(appendText(b, l.Ledger), l.BillTo)
	b = appendText(appendText(appendText(b, l.Employee), l.Source), l.Kind)
	b = appendDay(appendDay(b, l.Period.From), l.Period.To)
	b = appendText(appendNumeric(b, l.Amount.StringFixed(int(l.Scale))), l.Currency)
	at := len(b) // of the length, which is known when the line is written
	b = l.AppendJSON(append(b, 0, 0, 0, 0))
	binary.BigEndian.PutUint32(b[at:], uint32(len(b)-at-4))
	return b
}
