package store

import (
	"context"
	"encoding/binary"
	"io"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	// CopyHeader begins a stream of rows for COPY … BINARY: the format's signature, no flags, and no extension.
	CopyHeader = "PGCOPY\n\xff\r\n\x00" + "\x00\x00\x00\x00" + "\x00\x00\x00\x00"
	// CopyTrailer ends it.
	CopyTrailer = "\xff\xff"

	// copyBytesMin is from how many bytes of payloads on the events of a write are copied. A statement is encoded into
	// one array, that into one message, and the server takes both apart again: a chunk of a night, which has 2 MB of
	// events, took a third of what its worker allocated for that. A copy goes through 64 KiB, and costs two round trips
	// more, for which a batch of commands would wait.
	copyBytesMin = 1 << 20
)

// sqlCopyEvents is sqlInsertEvents for many bytes.
const sqlCopyEvents = `
COPY events (shard, pos, stream, version, type, at, command_id, run_id, actor, payload, chain) FROM STDIN BINARY`

// copiedColumns is how many columns a row of sqlCopyEvents has.
const copiedColumns = 11

// copies reports whether the events of a write are copied. On a cluster they are not: a coordinator takes the rows
// apart to send them on.
func (s *Store) copies(w *Write) bool {
	size := 0
	for i := range w.Events {
		size += len(w.Events[i].Payload)
	}
	return size >= copyBytesMin && !s.cluster
}

// eventRows reads as the rows of events in PostgreSQL's binary format. They are numbered and chained before.
type eventRows struct {
	events []Event
	buffer []byte
	rest   []byte // of buffer
	ended  bool
}

func newEventRows(events []Event) *eventRows {
	return &eventRows{events: events, rest: []byte(CopyHeader)}
}

// Read fills p as far as there are rows.
func (r *eventRows) Read(p []byte) (n int, err error) {
	for n < len(p) {
		if len(r.rest) == 0 && !r.more() {
			return n, io.EOF
		}
		taken := copy(p[n:], r.rest)
		n, r.rest = n+taken, r.rest[taken:]
	}
	return n, nil
}

// more encodes the next row, or what ends the rows; false is returned behind that.
func (r *eventRows) more() bool {
	switch {
	case len(r.events) > 0:
		r.buffer = r.events[0].appendRow(r.buffer[:0])
		r.events = r.events[1:]
	case !r.ended:
		r.buffer, r.ended = append(r.buffer[:0], CopyTrailer...), true
	default:
		return false
	}
	r.rest = r.buffer
	return true
}

// appendRow appends the row of an event, each column as its length and its bytes. None is NULL.
func (e *Event) appendRow(b []byte) []byte {
	b = binary.BigEndian.AppendUint16(b, copiedColumns)
	b = appendColumn32(b, int32(e.Shard))
	b = appendColumn64(b, e.Position)
	b = appendColumn(b, e.Stream)
	b = appendColumn32(b, e.Version)
	b = appendColumn(b, e.Type)
	b = appendColumn64(b, e.At.UnixMicro()-postgresEpochMicros)
	b = appendColumn(b, e.CommandID)
	b = appendColumn(b, e.RunID)
	b = appendColumn(b, e.Actor)
	b = appendColumn(b, e.Payload)
	return appendColumn(b, e.Chain)
}

func appendColumn[T ~string | ~[]byte](b []byte, v T) []byte {
	return append(binary.BigEndian.AppendUint32(b, uint32(len(v))), v...)
}

func appendColumn32(b []byte, v int32) []byte {
	return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(b, 4), uint32(v))
}

func appendColumn64(b []byte, v int64) []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint32(b, 8), uint64(v))
}

// parts are the statements of a write before and behind the rows of events that are copied; without such rows they are
// all in the first.
type parts struct {
	first, then pgx.Batch
	copied      []Event
}

func inParts(steps []step) (*parts, error) {
	p := &parts{}
	b := &p.first
	for _, step := range steps {
		if step.copied != nil {
			p.copied, b = step.copied, &p.then
			continue
		}
		if err := step.queue(b); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// transact sends the parts as one transaction. The fence is in the first, so that nothing is copied for a former owner,
// and the commit at the end of the second. A process that dies between them has written nothing, as one that dies
// before its only message: the server rolls back what has no commit.
func (p *parts) transact(ctx context.Context, conn *pgxpool.Conn) error {
	if p.copied == nil {
		return transact(ctx, conn, &p.first)
	}
	p.first.QueuedQueries = slices.Insert(p.first.QueuedQueries, 0, &pgx.QueuedQuery{SQL: sqlBegin})
	p.then.Queue(sqlCommit)
	err := conn.SendBatch(ctx, &p.first).Close()
	if err == nil {
		err = copyEvents(ctx, conn, p.copied)
	}
	if err == nil {
		err = conn.SendBatch(ctx, &p.then).Close()
	}
	rollBack(ctx, conn, err)
	return err
}

func copyEvents(ctx context.Context, conn *pgxpool.Conn, events []Event) error {
	_, err := conn.Conn().PgConn().CopyFrom(ctx, newEventRows(events), sqlCopyEvents)
	return err
}
