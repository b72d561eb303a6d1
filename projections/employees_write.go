package projections

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"tenure/events"
)

// Employees keeps the document of each employee.
type Employees struct{}

// Name is employees.
func (Employees) Name() string { return "employees" }

// employeePrefix begins every type of an event of an employee, and employeeStream every stream.
const (
	employeePrefix = "employee."
	employeeStream = "employee/"
)

// Wants reports whether it is an employee's event that changes the document. What a run bills changes billed days only,
// which are kept beside it: a night would write every document.
func (Employees) Wants(eventType string) bool {
	return strings.HasPrefix(eventType, employeePrefix) && eventType != typeInvoiced
}

const sqlEmployeesOfPage = `
SELECT id, document
FROM employee_documents WHERE shard = ANY($1::integer[]) AND id = ANY($2::text[])`

const sqlUpsertEmployees = `
INSERT INTO employee_documents (id, number, customer, reseller, state, shard, position, document)
SELECT u.id, u.number, u.customer, u.reseller, u.state, u.shard, u.position, u.document
FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::integer[], $7::bigint[], $8::bytea[])
  AS u(id, number, customer, reseller, state, shard, position, document)
ON CONFLICT (id, shard) DO UPDATE
SET number = excluded.number, customer = excluded.customer, reseller = excluded.reseller, state = excluded.state,
    position = excluded.position, document = excluded.document`

// Write folds a page: it reads the documents of the employees in it, except of those who begin in it, and queues each
// document once, however many events changed it.
func (p Employees) Write(ctx context.Context, db Database, page []events.Recorded, b *pgx.Batch) error {
	documents, err := p.load(ctx, db, page)
	if err != nil {
		return err
	}
	changed := make([]*Employee, 0, len(documents))
	for i := range page {
		f := &page[i]
		id := f.Stream[len(employeeStream):]
		e := documents[id]
		if e == nil && f.Version > 1 {
			return fmt.Errorf(
				"projections: employees has no document of %s for %s@%d: the read model lost a row, look at tenure projection "+
					"list and tenure audit",
				id,
				f.Stream,
				f.Version,
			)
		}
		if e == nil {
			e = &Employee{ID: id}
			documents[id] = e
		}
		if e.Position == 0 {
			changed = append(changed, e)
		}
		if err := e.take(f); err != nil {
			return err
		}
	}
	return queueEmployees(b, changed)
}

// take folds one event.
func (e *Employee) take(f *events.Recorded) error {
	known, err := e.fold(f.Event)
	if err != nil {
		return fmt.Errorf("projections: employees folds %s@%d: %w", f.Stream, f.Version, err)
	}
	if !known {
		return errUnexpected("employees", *f)
	}
	e.Shard, e.Position = f.Shard, f.Position
	return nil
}

// bytes is the document as it is kept.
func (e *Employee) bytes() ([]byte, error) {
	raw, err := json.Marshal(e)
	if err != nil {
		return nil, fmt.Errorf("projections: document of %s: %w", e.ID, err)
	}
	return raw, nil
}

// load reads the documents that a page changes. Their position stays 0 until an event is folded in.
func (Employees) load(ctx context.Context, db Database, page []events.Recorded) (map[string]*Employee, error) {
	documents := make(map[string]*Employee, len(page))
	var ids []string
	for i := range page {
		f := &page[i]
		if !strings.HasPrefix(f.Stream, employeeStream) {
			return nil, errUnexpected("employees", *f)
		}
		id := f.Stream[len(employeeStream):]
		if _, seen := documents[id]; !seen {
			documents[id] = nil
			if f.Version > 1 {
				ids = append(ids, id)
			}
		}
	}
	if len(ids) == 0 {
		return documents, nil
	}
	err := read(ctx, db, sqlEmployeesOfPage, func(rows pgx.Rows) error {
		v := rows.RawValues() // text and bytea are their own bytes
		e := &Employee{ID: string(v[0])}
		documents[e.ID] = e
		return json.Unmarshal(v[1], e)
	}, shardsOf(page), ids)
	if err != nil {
		return nil, fmt.Errorf("projections: read %d employees: %w", len(ids), err)
	}
	return documents, nil
}

func queueEmployees(b *pgx.Batch, changed []*Employee) error {
	n := len(changed)
	id, customer, reseller, state := make([]string, n), make([]string, n), make([]string, n), make([]string, n)
	number, position := make([]int64, n), make([]int64, n)
	shard := make([]int32, n)
	document := make(blobs, n)
	for i, e := range changed {
		id[i], number[i], customer[i], reseller[i], state[i] = e.ID, e.Number, e.Customer, e.Reseller, e.State
		shard[i], position[i] = e.Shard, e.Position
		raw, err := e.bytes()
		if err != nil {
			return err
		}
		document[i] = raw
	}
	b.Queue(sqlUpsertEmployees, id, number, customer, reseller, state, shard, position, document)
	return nil
}
