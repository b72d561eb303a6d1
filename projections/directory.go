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

// Directory keeps one row per employee for the APIs, the console and operators: the document, and made of it in columns
// what is searched and sorted by, what a token needs, and the entry in the PBX directory.
type Directory struct{}

// Name is directory.
func (Directory) Name() string { return "directory" }

// employeePrefix begins every type of an event of an employee, and employeeStream every stream.
const (
	employeePrefix = "employee."
	employeeStream = "employee/"
)

// Wants reports whether it is an employee's event that changes the document. What a run bills changes billed days only,
// which are kept beside it: a night would write every document.
func (Directory) Wants(eventType string) bool {
	return strings.HasPrefix(eventType, employeePrefix) && eventType != typeInvoiced
}

// directoryEmployee is what a row is made of: the document, and when the presence last changed.
type directoryEmployee struct {
	Employee
	Since time.Time `json:"since,omitzero"`
	// touched are the extensions and accounts that events of the page gave, changed or took.
	touched map[holdingKey]touched
	// changes is what events of the page may have changed of the row beside the document.
	changes changes
}

// changes are columns of a row, each beside those before it.
type changes int

const (
	changesDocument changes = iota // and nothing else
	changesHoldings                // what is made of extensions and accounts
	changesSearched                // everything
)

// Rows are looked up by whole keys. With the shards and the ids as two lists each id would be looked up in each shard.
const sqlDirectoryOfPage = `
SELECT d.id, d.document
FROM unnest($2::text[], $3::integer[]) AS u(id, shard)
JOIN directory AS d ON d.id = u.id AND d.shard = u.shard
WHERE d.shard = ANY($1::integer[])`

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
		if err := e.take(f); err != nil {
			return err
		}
	}
	return queueDirectory(b, changed)
}

// load reads the rows that a page changes. Their position stays 0 until an event is folded in.
func (Directory) load(ctx context.Context, db Database, page []events.Recorded) (map[string]*directoryEmployee, error) {
	rows := make(map[string]*directoryEmployee, len(page))
	var ids []string
	var shards []int32
	for i := range page {
		f := &page[i]
		if !strings.HasPrefix(f.Stream, employeeStream) {
			return nil, errUnexpected("directory", *f)
		}
		id := f.Stream[len(employeeStream):]
		if _, seen := rows[id]; !seen {
			rows[id] = nil
			if f.Version > 1 {
				ids, shards = append(ids, id), append(shards, f.Shard)
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
	}, shardsOf(page), ids, shards)
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
	if err := e.Employee.take(f); err != nil {
		return err
	}
	e.touch(f.Event, before)
	e.changes = max(e.changes, changesOf(f.Event))
	return nil
}

// changesOf is what an event changes of the row.
func changesOf(event events.Event) changes {
	switch event.(type) {
	case events.ProductAssigned, events.ProductChangeScheduled, events.ProductChangeCancelled,
		events.ProductChangeDropped, events.AddonAdded, events.AddonUpdated, events.AddonTerminated,
		events.BillingCustomerChanged, events.DeletionScheduled, events.DeletionCancelled, events.DeletionStarted,
		events.DeletionRefused, events.DeletionStalled, events.BillingHeld, events.BillingReleased,
		events.BillingWorkOrdered, events.ReviewSettled, events.HoldingRated, events.AutoPresenceSet:
		return changesDocument
	case events.ExtensionAssigned, events.ExtensionUnassigned, events.ExtensionDeleted,
		events.ExtensionDeletionRequested, events.MvnoAccountAttached, events.MvnoAccountDetached,
		events.MvnoAccountDeleted, events.MvnoAccountRestored, events.MvnoDeletionRequested,
		events.RatePlanChangeScheduled, events.RatePlanChangeCancelled, events.RatePlanChanged,
		events.RatePlanChangeDropped:
		return changesHoldings
	}
	return changesSearched
}
