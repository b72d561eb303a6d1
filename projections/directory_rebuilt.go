package projections

import (
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"tenure/events"
)

// Builder begins with nothing.
func (Directory) Builder() Builder { return &directoryBuilder{byID: map[string]*directoryEmployee{}} }

// directoryBuilder folds the streams of employees, in the order in which they begin.
type directoryBuilder struct {
	byID  map[string]*directoryEmployee
	order []*directoryEmployee
}

// Add folds a fact.
func (b *directoryBuilder) Add(f *events.Recorded) error {
	e, err := b.of(f)
	if err != nil {
		return err
	}
	return e.take(f)
}

// of finds what a fact is folded into, and begins it with the first fact of its stream.
func (b *directoryBuilder) of(f *events.Recorded) (*directoryEmployee, error) {
	id, ok := strings.CutPrefix(f.Stream, employeeStream)
	if !ok {
		return nil, errUnexpected("directory", *f)
	}
	if e := b.byID[id]; e != nil {
		return e, nil
	}
	if f.Version > 1 {
		return nil, fmt.Errorf("projections: directory: the log of %s begins at version %d: look at tenure audit",
			f.Stream, f.Version)
	}
	e := &directoryEmployee{Employee: Employee{ID: id}}
	b.byID[id] = e
	b.order = append(b.order, e)
	return e, nil
}

// Rows are those of the employees, and the extensions and accounts that an employee has or had.
func (b *directoryBuilder) Rows() []Rows {
	row := func(i int) ([]any, error) {
		e := b.order[i]
		r, err := e.row()
		return e.columns(&r), err
	}
	var holdings holdingColumns
	for _, e := range b.order {
		if err := holdings.add(e); err != nil {
			row = func(int) ([]any, error) { return nil, err }
		}
	}
	return append([]Rows{{Table: "directory", Columns: directoryColumnNames,
		CopyFromSource: pgx.CopyFromSlice(len(b.order), row)}}, holdings.rows()...)
}

var directoryColumnNames = []string{
	"id",
	"number",
	"customer",
	"reseller",
	"access_level",
	"state",
	"first_name",
	"last_name",
	"full_name",
	"email",
	"status",
	"call_recording",
	"calls_available",
	"phone_numbers",
	"extension",
	"presence_since",
	"address",
	"organization",
	"api_access",
	"shard",
	"position",
	"entry",
	"extensions",
	"document",
	"ip_restriction",
}

// columns are those of directoryColumnNames, as sqlUpsertDirectory writes them.
func (e *directoryEmployee) columns(r *directoryRow) []any {
	return []any{
		e.ID,
		e.Number,
		e.Customer,
		e.Reseller,
		e.AccessLevel,
		e.State,
		orNull(r.first),
		orNull(r.last),
		orNull(r.full),
		orNull(r.email),
		r.status,
		orNull(r.recording),
		r.available,
		storableJSON(r.phones),
		storableJSON(r.extension),
		r.since,
		orNull(r.address),
		orNull(string(r.organization)),
		r.access,
		e.Shard,
		e.Position,
		r.entry,
		r.extensions,
		r.document,
		orNull(r.ips),
	}
}

// orNull is a text as a column takes it; an empty one is none.
func orNull(s string) *string {
	if s = storable(s); s == "" {
		return nil
	}
	return &s
}
