package billing

import (
	"crypto/sha1"
	"strconv"

	"github.com/google/uuid"
)

// lineSpace is the namespace of line ids. It never changes: ids of lines that
// were sent would change with it.
var lineSpace = uuid.UUID{
	0x3d, 0x5a, 0x0e, 0x4c, 0x8b, 0x1f, 0x4f, 0x6e, 0x9a, 0x27, 0x60, 0x1c, 0x52, 0xe8, 0x7b, 0x90,
}

// Identity is what a line's id is made of: no amount, run or clock, so that the
// same history gives the same ids, byte for byte (rule 23).
type Identity struct {
	Ledger                            Ledger
	Employee, Source, Product, BillTo string
	Period                            Period
	Kind                              Kind
	Revision                          int
}

// Identity of the line.
func (l *Line) Identity() Identity {
	return Identity{l.Ledger, l.Employee, l.Source, l.Product, l.BillTo, l.Period, l.Kind, l.Revision}
}

// identityRoom holds the text of an identity with ids of the usual length.
const identityRoom = 256

// LineID is the UUIDv5 of an identity. The name is its fields separated by a
// byte that no id contains; the period's end is the day after the last.
func LineID(id Identity) uuid.UUID {
	var room [identityRoom]byte
	b := append(room[:0], lineSpace[:]...)
	for _, s := range [...]string{string(id.Ledger), id.Employee, id.Source, id.Product, id.BillTo} {
		b = append(b, s...)
		b = append(b, 0)
	}
	b = append(id.Period.From.appendTo(b), 0)
	b = append(id.Period.To.appendTo(b), 0)
	b = append(b, id.Kind...)
	b = append(b, 0)
	b = strconv.AppendInt(b, int64(id.Revision), 10)
	sum := sha1.Sum(b)
	var u uuid.UUID
	copy(u[:], sum[:])
	u[6] = u[6]&0x0f | 0x50 // version 5
	u[8] = u[8]&0x3f | 0x80 // the variant of RFC 9562
	return u
}
