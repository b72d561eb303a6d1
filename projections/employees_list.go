package projections

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// EmployeesWithin asks for a page of employees by id: of a customer, of a reseller's customers, of both, or of all.
type EmployeesWithin struct {
	Customer, Reseller string // empty: any
	IncludeDeleted     bool
	Offset             int
	Limit              int // 0: the most there may be, 10 000
}

// The three reaches have statements of their own, so that each has the plan of its index.
const (
	sqlWithinCustomer = ` WHERE customer = $1::text AND ($2::text = '' OR reseller = $2::text) AND (state <> 'DELETED' OR $3::boolean)`
	sqlWithinReseller = ` WHERE $1::text = '' AND reseller = $2::text AND (state <> 'DELETED' OR $3::boolean)`
	sqlWithinAll      = ` WHERE $1::text = '' AND $2::text = '' AND (state <> 'DELETED' OR $3::boolean)`

	sqlWithinCount = `
SELECT count(*)
FROM directory`

	sqlWithinPage = `
SELECT e.id, e.shard, e.position, e.document
FROM (SELECT id FROM directory%s ORDER BY id OFFSET $4::bigint LIMIT $5::bigint) AS d
JOIN employee_documents AS e ON e.id = d.id
ORDER BY e.id`
)

// EmployeesIn reads a page of employees and how many there are in all, as of one instant.
func EmployeesIn(ctx context.Context, db Database, q EmployeesWithin) (page []Employee, total int64, err error) {
	reach := sqlWithinAll
	switch {
	case q.Customer != "":
		reach = sqlWithinCustomer
	case q.Reseller != "":
		reach = sqlWithinReseller
	}
	b := &pgx.Batch{}
	queueRead(
		b,
		sqlWithinCount+reach,
		func(rows pgx.Rows) error { return rows.Scan(&total) },
		q.Customer,
		q.Reseller,
		q.IncludeDeleted,
	)
	queueRead(b, fmt.Sprintf(sqlWithinPage, reach), collectEmployees(&page), q.Customer, q.Reseller, q.IncludeDeleted,
		int64(max(q.Offset, 0)), within(q.Limit))
	if err := db.InTx(ctx, b); err != nil {
		return nil, 0, fmt.Errorf("projections: employees: %w", err)
	}
	return page, total, nil
}
