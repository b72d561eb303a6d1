package store

import (
	"encoding/binary"
	"time"

	"github.com/google/uuid"

	"tenure/billing"
)

// Rows are read from the raw bytes of PostgreSQL's binary format: rows.Scan into a dozen fields by reflection costs
// more than the query. The types and their formats are fixed by our own statements, which cast every column.
const (
	// postgresEpochMicros is 2000-01-01, where PostgreSQL's instants count from, in microseconds since 1970.
	postgresEpochMicros int64 = 946_684_800_000_000
	// postgresEpochDate is the same day as billing.Date counts it.
	postgresEpochDate billing.Date = 730_120
)

func rawInt32(b []byte) int32 { return int32(binary.BigEndian.Uint32(b)) }

func rawInt64(b []byte) int64 { return int64(binary.BigEndian.Uint64(b)) }

func rawBool(b []byte) bool { return b[0] != 0 }

// rawTime reads a timestamptz; NULL is the zero time.
func rawTime(b []byte) time.Time {
	if b == nil {
		return time.Time{}
	}
	return time.UnixMicro(rawInt64(b) + postgresEpochMicros).UTC()
}

// rawDate reads a date; NULL is none, as is the day before 0001-01-01.
func rawDate(b []byte) billing.Date {
	if b == nil {
		return 0
	}
	return billing.Date(rawInt32(b)) + postgresEpochDate
}

func rawUUID(b []byte) (id uuid.UUID) {
	copy(id[:], b)
	return id
}

// rawBytes copies a column: the row's memory is used again for the next row. NULL is nil, empty is not.
func rawBytes(b []byte) []byte {
	if b == nil {
		return nil
	}
	return append(make([]byte, 0, len(b)), b...)
}

// together copies several columns with one allocation; each result can only grow into its own memory.
func together(columns ...*[]byte) {
	size := 0
	for _, c := range columns {
		size += len(*c)
	}
	slab := make([]byte, 0, size)
	for _, c := range columns {
		start := len(slab)
		slab = append(slab, *c...)
		*c = slab[start:len(slab):len(slab)]
	}
}

// words returns the same string for the same bytes, so that the few names that repeat in every row exist once.
type words map[string]string

func (w words) of(b []byte) string {
	if s, ok := w[string(b)]; ok {
		return s
	}
	s := string(b)
	if len(w) < wordsMax {
		w[s] = s
	}
	return s
}

// wordsMax bounds what words remembers for one page: event types and runs are some dozens.
const wordsMax = 256
