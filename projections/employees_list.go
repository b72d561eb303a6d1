package projections

import (
	"context"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5"
)

// EmployeesWithin asks for a page of employees by id: of a customer, of a reseller's customers and of companies beside
// them, or of all.
type EmployeesWithin struct {
	Customer, Reseller string   // empty: any
	Companies          []string // beside the reseller's customers
	IncludeDeleted     bool
	Text               string // a part of the name or of the login name, in any case; empty: any
	Offset             int
	Limit              int // 0: the most there may be, 10 000
}

// The three reaches have their own statements, so that each has the plan of its index.
const (
	sqlWithinCustomer = `
WHERE customer = $1::text AND ($2::text = '' OR reseller = $2::text) AND (state <> 'DELETED' OR $3::boolean)
  AND cardinality($4::text[]) = 0`

	sqlWithinReseller = `
WHERE $1::text = '' AND (reseller = $2::text OR customer = ANY($4::text[])) AND (state <> 'DELETED' OR $3::boolean)`

	sqlWithinAll = `
WHERE $1::text = '' AND $2::text = '' AND (state <> 'DELETED' OR $3::boolean) AND cardinality($4::text[]) = 0`

	sqlWithinCount = `
SELECT count(*)
FROM directory`

	sqlWithinPage = `
SELECT e.id, e.shard, e.position, e.document, COALESCE(b.coverage, '{}')::text
FROM (SELECT id, shard, position, document FROM directory%s ORDER BY %s OFFSET %s::bigint LIMIT %s::bigint) AS e
LEFT JOIN billed_days AS b ON b.shard = e.shard AND b.stream = '` + employeeStream + `' || e.id
ORDER BY e.id`
)

// sqlWithinText narrows a reach to a text.
var sqlWithinText = `
  AND strpos(` + folded("concat_ws(' ', first_name, last_name, email)", "$6", "$7") + `, $5::text) > 0`

// EmployeesIn reads a page of employees and how many there are in all, as of one instant.
func EmployeesIn(ctx context.Context, db Database, q EmployeesWithin) (page []Employee, total int64, err error) {
	reach, order := sqlWithinAll, "id"
	switch {
	case q.Customer != "":
		reach, order = sqlWithinCustomer, orderByID
	case q.Reseller != "":
		reach, order = sqlWithinReseller, orderByID
	}
	if q.Companies == nil {
		q.Companies = []string{}
	}
	args := []any{q.Customer, q.Reseller, q.IncludeDeleted, q.Companies}
	if q.Text != "" {
		reach += sqlWithinText
		args = append(args, Fold(q.Text), upperLetters, lowerLetters)
	}
	next := func(n int) string { return "$" + strconv.Itoa(len(args)+n) }
	b := &pgx.Batch{}
	queueRead(b, sqlWithinCount+reach, func(rows pgx.Rows) error { return rows.Scan(&total) }, args...)
	queueRead(b, fmt.Sprintf(sqlWithinPage, reach, order, next(1), next(2)), collectEmployees(&page),
		append(args[:len(args):len(args)], int64(max(q.Offset, 0)), within(q.Limit))...)
	if err := db.InTx(ctx, b); err != nil {
		return nil, 0, fmt.Errorf("projections: employees: %w", err)
	}
	return page, total, nil
}
