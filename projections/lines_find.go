package projections

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// The id of a line is a hash, and an operator looks one up now and then. An index of all ids took as much of the
// database's log in a night as the events, at random places of what grows with every line that was ever made. So the
// rows are searched run by run, the newest first: those of a run are next to each other.
const (
	// Every run is less than this text.
	behindRuns = "\U0010FFFF"

	sqlRunBefore = `SELECT max(run) FROM lines WHERE run < $1::text`

	sqlLineInRun = `SELECT shard, position FROM lines WHERE run = $1::text AND $2::uuid = ANY(ids) LIMIT 1`

	sqlInvoicedAt = `
SELECT i.shard, i.position, i.payload
FROM invoiced AS i WHERE i.shard = $1::integer AND i.position = $2::bigint`
)

// LineByID reads a line; false when there is none. It reads the rows of each run that it has to go back, and those that
// no run made come last.
func LineByID(ctx context.Context, db Database, id uuid.UUID) (found Line, ok bool, err error) {
	place, ok, err := placeOfLine(ctx, db, id)
	if !ok {
		return Line{}, false, err
	}
	err = read(ctx, db, sqlInvoicedAt, func(rows pgx.Rows) error {
		all, err := linesAt(rows)
		for _, l := range all {
			if l.ID == id {
				found = l
			}
		}
		return err
	}, place.Shard, place.Position)
	if err != nil {
		return Line{}, false, fmt.Errorf("projections: line %s: %w", id, err)
	}
	return found, found.ID == id, nil
}

// placeOfLine is the place of the event that has a line.
func placeOfLine(ctx context.Context, db Database, id uuid.UUID) (place LinePlace, ok bool, err error) {
	for run, more := behindRuns, true; more && !ok && err == nil; {
		if run, more, err = runBefore(ctx, db, run); more {
			err = read(ctx, db, sqlLineInRun, func(rows pgx.Rows) error {
				ok = true
				return rows.Scan(&place.Shard, &place.Position)
			}, run, [16]byte(id))
		}
	}
	if err != nil {
		return LinePlace{}, false, fmt.Errorf("projections: line %s: %w", id, err)
	}
	return place, ok, nil
}

// runBefore is the last run that has lines before another one; the empty one is of those that no run made.
func runBefore(ctx context.Context, db Database, run string) (before string, ok bool, err error) {
	err = read(ctx, db, sqlRunBefore, func(rows pgx.Rows) error {
		var found *string
		err := rows.Scan(&found)
		if found != nil {
			before, ok = *found, true
		}
		return err
	}, run)
	return before, ok && err == nil, err
}

// Events of an employee in which an id is written, by the key of the log: of the line itself, and of its corrections.
const sqlInvoicedNaming = `
SELECT i.shard, i.position, i.payload
FROM unnest($1::integer[], $2::text[], $3::text[]) AS d (shard, stream, line)
CROSS JOIN LATERAL (
    SELECT e.shard, e.position, e.payload FROM invoiced AS e
    WHERE e.shard = d.shard AND e.stream = d.stream AND position(convert_to(d.line, 'UTF8') IN e.payload) > 0
) AS i`

// CorrectedDocuments gives the references of the documents of the lines that some lines correct, each once, in their
// order. A line and its corrections are in the same stream.
func CorrectedDocuments(ctx context.Context, db Database, of []Line) ([]string, error) {
	refs := map[string]bool{}
	for page := range slices.Chunk(of, invoicedMax) {
		if err := correctedBy(ctx, db, page, refs); err != nil {
			return nil, fmt.Errorf("projections: documents of %d lines: %w", len(page), err)
		}
	}
	return slices.Sorted(maps.Keys(refs)), nil
}

// correctedBy adds the documents of the lines that a page corrects.
func correctedBy(ctx context.Context, db Database, page []Line, refs map[string]bool) error {
	wanted := map[uuid.UUID]bool{}
	var shards []int32
	var streams, ids []string
	for i := range page {
		if l := &page[i]; l.CorrectsLine != uuid.Nil {
			wanted[l.CorrectsLine] = true
			shards, streams = append(shards, l.Shard), append(streams, employeeStream+l.Employee)
			ids = append(ids, l.CorrectsLine.String())
		}
	}
	if len(ids) == 0 {
		return nil
	}
	return read(ctx, db, sqlInvoicedNaming, func(rows pgx.Rows) error {
		all, err := linesAt(rows)
		for i := range all {
			if wanted[all[i].ID] {
				refs[all[i].DocumentRef] = true
			}
		}
		return err
	}, shards, streams, ids)
}
