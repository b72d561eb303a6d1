package projections

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tenure/billing"
	"tenure/events"
)

// Bookings keeps what integrations have booked of each run's lines, by document. What one says later replaces what it
// said.
type Bookings struct{}

// Name is bookings.
func (Bookings) Name() string { return "bookings" }

// Version is 1.
func (Bookings) Version() int32 { return 1 }

// Tables are bookings.
func (Bookings) Tables() []string { return []string{"bookings"} }

// Wants reports whether it is billing.acknowledged.v1.
func (Bookings) Wants(eventType string) bool {
	return eventType == (events.DocumentAcknowledged{}).EventType()
}

const sqlPutBooking = `
INSERT INTO bookings (document_ref, integration, run, lines, hash, refused, refusals, at, shard, position)
VALUES ($1::text, $2::text, $3::text, $4::bigint, $5::uuid, $6::bigint, $7::bytea, $8::timestamptz, $9::integer,
    $10::bigint)
ON CONFLICT (document_ref, integration, run, shard) DO UPDATE
SET lines = excluded.lines, hash = excluded.hash, refused = excluded.refused, refusals = excluded.refusals,
    at = excluded.at, position = excluded.position`

// Write queues the bookings of a page, in their order. There are few: a document has one for each run and integration.
func (p Bookings) Write(_ context.Context, _ Database, page []events.Recorded, b *pgx.Batch) error {
	for i := range page {
		ref, isDocument := strings.CutPrefix(page[i].Stream, documentStream)
		e, ok := page[i].Event.(events.DocumentAcknowledged)
		if !ok || !isDocument {
			return errUnexpected(p.Name(), page[i])
		}
		refusals, err := json.Marshal(e.Refused)
		if err != nil {
			return fmt.Errorf("projections: booking of %s: %w", ref, err)
		}
		b.Queue(
			sqlPutBooking,
			ref,
			e.Integration,
			e.Run,
			e.Lines,
			[16]byte(e.Hash),
			int64(len(e.Refused)),
			refusals,
			page[i].At,
			page[i].Shard,
			page[i].Position,
		)
	}
	return nil
}

// Booking is how far an integration is with the lines of a run in a document.
type Booking struct {
	Document string
	Ledger   billing.Ledger
	Lines    int64     // of the run in the document
	Hash     uuid.UUID // XOR of their ids
	Booked   int64
	Refused  []events.LineRefused
	At       time.Time // zero: never acknowledged
	Whole    bool      // those that are booked are those that there are
}

// Open is how many lines are neither booked nor refused.
func (b Booking) Open() int64 { return b.Lines - b.Booked - int64(len(b.Refused)) }

// sqlBookings compares hashes too: the same number of other lines is not what there is.
const sqlBookings = `
WITH made AS (
    SELECT l.document_ref, split_part(l.document_ref, '/', 2) AS ledger, count(*) AS lines,
           bit_xor(('x' || replace(i.id::text, '-', ''))::bit(128)) AS hash
    FROM lines AS l, unnest(l.ids) AS i(id) WHERE l.run = $1::text
    GROUP BY l.document_ref
)
SELECT m.document_ref, m.ledger, m.lines, m.hash::text, coalesce(b.lines, 0), coalesce(b.refusals, 'null'),
    coalesce(b.at, '1970-01-01Z'),
       b.hash IS NOT NULL AND ('x' || replace(b.hash::text, '-', ''))::bit(128) = m.hash AND b.lines = m.lines
FROM made AS m LEFT JOIN bookings AS b ON b.document_ref = m.document_ref AND b.integration = $2::text
    AND b.run = $1::text
WHERE m.document_ref > $3::text
ORDER BY m.document_ref LIMIT $4::bigint`

// BookingsOf reads, for each document that has lines of a run, what an integration has booked of them; by reference,
// after one, at most limit or 10 000.
func BookingsOf(ctx context.Context, db Database, run, integration, afterRef string, limit int) ([]Booking, error) {
	var found []Booking
	err := read(ctx, db, sqlBookings, func(rows pgx.Rows) error {
		var b Booking
		var hash string
		var refusals []byte
		err := rows.Scan(&b.Document, &b.Ledger, &b.Lines, &hash, &b.Booked, &refusals, &b.At, &b.Whole)
		if err == nil {
			err = json.Unmarshal(refusals, &b.Refused)
		}
		if b.Hash = bitsOf(hash); b.At.Unix() == 0 {
			b.At = time.Time{}
		}
		found = append(found, b)
		return err
	}, run, integration, afterRef, within(limit))
	if err != nil {
		return nil, fmt.Errorf("projections: bookings of %s by %s: %w", run, integration, err)
	}
	return found, nil
}

// bitsOf reads the zeros and ones of a bit(128).
func bitsOf(text string) (id uuid.UUID) {
	for i := range min(len(text), 8*len(id)) {
		id[i/8] |= (text[i] - '0') << (7 - i%8)
	}
	return id
}
