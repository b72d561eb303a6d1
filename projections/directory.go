package projections

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"tenure/events"
)

// Directory keeps one row per employee for the APIs: what they search by, and the entry in the PBX directory. It folds
// what the document folds, without what a night bills.
type Directory struct{}

// Name is directory.
func (Directory) Name() string { return "directory" }

// billingTypes are an employee's events that no screen of the directory shows. A night writes one for each employee.
var billingTypes = map[string]bool{
	events.EmployeeInvoiced{}.EventType():   true,
	events.BillingHeld{}.EventType():        true,
	events.BillingReleased{}.EventType():    true,
	events.BillingWorkOrdered{}.EventType(): true,
	events.ReviewSettled{}.EventType():      true,
}

// Wants reports whether it is an employee's event and not one of billing.
func (Directory) Wants(eventType string) bool {
	return strings.HasPrefix(eventType, employeePrefix) && !billingTypes[eventType]
}

// directoryEmployee is what a row is derived from: the document, and when the presence last changed.
type directoryEmployee struct {
	Employee
	Since time.Time `json:"since,omitzero"`
	// touched are the extensions and accounts that events of the page gave, changed or took.
	touched map[holdingKey]touched
}

const sqlDirectoryOfPage = `
SELECT id, document
FROM directory WHERE shard = ANY($1::integer[]) AND id = ANY($2::text[])`

// Write folds a page: it reads the rows of the employees in it, except of those who begin in it, and queues each once.
func (p Directory) Write(ctx context.Context, db Database, page []events.Recorded, b *pgx.Batch) error {
	rows, err := p.load(ctx, db, page)
	if err != nil {
		return err
	}
	var changed []*directoryEmployee
	for i := range page {
		f := &page[i]
		id := f.Stream[len(employeeStream):]
		e := rows[id]
		if e == nil && f.Version > 1 {
			return fmt.Errorf(
				"projections: directory has no row of %s for %s@%d: the read model lost a row, look at tenure projection list "+
					"and tenure audit",
				id,
				f.Stream,
				f.Version,
			)
		}
		if e == nil {
			e = &directoryEmployee{}
			e.ID = id
			rows[id] = e
		}
		if e.Position == 0 {
			changed = append(changed, e)
		}
		e.Shard, e.Position = f.Shard, f.Position
		if err := e.take(f); err != nil {
			return err
		}
	}
	return queueDirectory(b, changed)
}

func (Directory) load(ctx context.Context, db Database, page []events.Recorded) (map[string]*directoryEmployee, error) {
	rows := make(map[string]*directoryEmployee, len(page))
	var ids []string
	for i := range page {
		f := &page[i]
		if !strings.HasPrefix(f.Stream, employeeStream) {
			return nil, errUnexpected("directory", *f)
		}
		id := f.Stream[len(employeeStream):]
		if _, seen := rows[id]; !seen {
			rows[id] = nil
			if f.Version > 1 {
				ids = append(ids, id)
			}
		}
	}
	if len(ids) == 0 {
		return rows, nil
	}
	err := read(ctx, db, sqlDirectoryOfPage, func(found pgx.Rows) error {
		v := found.RawValues() // text and bytea are their own bytes
		e := &directoryEmployee{}
		e.ID = string(v[0])
		rows[e.ID] = e
		return json.Unmarshal(v[1], e)
	}, shardsOf(page), ids)
	if err != nil {
		return nil, fmt.Errorf("projections: read %d rows of the directory: %w", len(ids), err)
	}
	return rows, nil
}

// take folds one event.
func (e *directoryEmployee) take(f *events.Recorded) error {
	if event, ok := f.Event.(events.PresenceChanged); ok {
		e.Since = event.Since
	}
	before := e.holdingOf(f.Event)
	known, err := e.fold(f.Event)
	if err != nil {
		return fmt.Errorf("projections: directory folds %s@%d: %w", f.Stream, f.Version, err)
	}
	if !known {
		return errUnexpected("directory", *f)
	}
	e.touch(f.Event, before)
	return nil
}
