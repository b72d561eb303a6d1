package projections

import (
	"context"
	"fmt"

	"tenure/events"
)

// EmployeeFrom folds a history, or its beginning, into the document as it stood then. The error says that the history
// does not begin with the creation or holds an event that is not an employee's.
func EmployeeFrom(id string, history []events.Recorded) (Employee, error) {
	e := Employee{ID: id}
	for i := range history {
		if err := e.take(&history[i]); err != nil {
			return e, err
		}
	}
	return e, nil
}

// The bytes are in a document only where the deletion is stalled: in a text they would be escaped. Whoever reads
// them decodes the document all the same, since a property may hold an object of anybody's.
const sqlStalledDeletions = `
SELECT id, shard, position, document, '{}'::text
FROM directory
WHERE state <> 'DELETED' AND position('"stalled":true'::bytea IN document) > 0
ORDER BY id LIMIT $1::bigint`

// StalledDeletions reads employees whose deletion waits for confirmations that were asked for as often as we ask, by
// id. It reads all documents: an operator asks for it, and seldom.
func StalledDeletions(ctx context.Context, db Database, limit int) ([]Employee, error) {
	var found []Employee
	if err := read(ctx, db, sqlStalledDeletions, collectEmployees(&found), within(limit)); err != nil {
		return nil, fmt.Errorf("projections: stalled deletions: %w", err)
	}
	stalled := found[:0]
	for i := range found {
		if d := found[i].Deletion; d != nil && d.Stalled {
			stalled = append(stalled, found[i])
		}
	}
	return stalled, nil
}
