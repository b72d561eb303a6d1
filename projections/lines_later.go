package projections

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

const (
	// laterEmployeesMax bounds the employees whose later events are read, and laterEventsMax those events.
	laterEmployeesMax = 50
	laterEventsMax    = 500
)

// Each employee's events behind its last one of the document, by the key of the log.
const sqlLinesBehind = `
SELECT i.shard, i.position, i.payload
FROM unnest($1::integer[], $2::text[], $3::bigint[]) AS d (shard, stream, position)
CROSS JOIN LATERAL (
    SELECT e.shard, e.position, e.payload FROM invoiced AS e
    WHERE e.shard = d.shard AND e.stream = d.stream AND e.position > d.position
) AS i
ORDER BY i.shard, i.position LIMIT $4::bigint`

// Corrections reads the lines, in other documents, that correct lines of a document, oldest first. It reads those of
// the first 50 employees, and 500 events: more reports that there may be others.
func Corrections(ctx context.Context, db Database, of []Line) (found []Line, more bool, err error) {
	last := map[string]LinePlace{}
	corrected := map[[16]byte]bool{}
	var order []string
	for i := range of {
		l := &of[i]
		corrected[l.ID] = true
		if _, known := last[l.Employee]; !known {
			order = append(order, l.Employee)
		}
		if l.Position > last[l.Employee].Position {
			last[l.Employee] = l.LinePlace
		}
	}
	if more = len(order) > laterEmployeesMax; more {
		order = order[:laterEmployeesMax]
	}
	shards, streams, positions := make([]int32, len(order)), make([]string, len(order)), make([]int64, len(order))
	for i, employee := range order {
		place := last[employee]
		shards[i], streams[i], positions[i] = place.Shard, employeeStream+employee, place.Position
	}
	events := 0
	err = read(ctx, db, sqlLinesBehind, func(rows pgx.Rows) error {
		events++
		all, err := linesAt(rows)
		for i := range all {
			if l := &all[i]; corrected[l.CorrectsLine] {
				found = append(found, *l)
			}
		}
		return err
	}, shards, streams, positions, int64(laterEventsMax))
	if err != nil {
		return nil, false, fmt.Errorf("projections: corrections: %w", err)
	}
	return found, more || events == laterEventsMax, nil
}
