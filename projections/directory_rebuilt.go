package projections

import (
	"github.com/jackc/pgx/v5"

	"tenure/events"
)

// Builder begins with nothing.
func (p Directory) Builder() Builder {
	begin := func(id string) *directoryEmployee { return &directoryEmployee{Employee: Employee{ID: id}} }
	return &directoryBuilder{histories: histories[directoryEmployee]{name: p.Name(), begin: begin}}
}

type directoryBuilder struct {
	histories[directoryEmployee]
}

// Add folds a fact.
func (b *directoryBuilder) Add(f *events.Recorded) error {
	e, err := b.of(f)
	if err != nil {
		return err
	}
	e.Shard, e.Position = f.Shard, f.Position
	return e.take(f)
}

// Rows are the entries, and the extensions and accounts that an employee has or had.
func (b *directoryBuilder) Rows() []Rows {
	entry := func(i int) ([]any, error) {
		e := b.order[i]
		r, err := e.row()
		return e.columns(&r), err
	}
	var extensions, accounts [][]any
	for _, e := range b.order {
		x, a, err := e.holdingRows()
		if err != nil {
			entry = func(int) ([]any, error) { return nil, err }
		}
		extensions, accounts = append(extensions, x...), append(accounts, a...)
	}
	return []Rows{
		{Table: "directory", Columns: directoryColumnNames, CopyFromSource: pgx.CopyFromSlice(len(b.order), entry)},
		{Table: extensionsTable, Columns: extensionColumns, CopyFromSource: pgx.CopyFromRows(extensions)},
		{Table: accountsTable, Columns: accountColumns, CopyFromSource: pgx.CopyFromRows(accounts)},
	}
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
