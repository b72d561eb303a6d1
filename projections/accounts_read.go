package projections

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"

	"tenure/events"
)

// CustomerAccount is a mobile account of a customer.
type CustomerAccount struct {
	events.MvnoAccount
	Employee string // that has it; empty: it lives on without one
}

// AccountQuery asks for a page of a customer's mobile accounts, by id.
type AccountQuery struct {
	Customer           string
	Text               string // a part of the number or the name, in any case; empty: any
	RatePlan, Network  string // empty: any
	OnPBX, WithoutUser bool   // only those of a PBX; only those that no employee has
	Offset, Limit      int
}

// An account may have rows of several employees; the one that holds it counts, wherever that employee is.
var sqlAccountsOf = `
WITH known AS (
    SELECT DISTINCT ON (x.id) x.id, CASE WHEN x.held THEN x.employee ELSE '' END AS employee, x.document
    FROM directory_accounts AS x
    WHERE x.customer = $1::text
      AND (x.held OR NOT EXISTS (SELECT 1 FROM directory_accounts AS o WHERE o.id = x.id AND o.held))
      AND ($2::text = '' OR strpos(` + folded("x.called", "$9", "$10") + `, $2::text) > 0)
      AND ($3::text = '' OR x.rate_plan = $3::text)
      AND ($4::text = '' OR x.network = $4::text)
      AND (NOT $5::boolean OR x.pbx > 0)
    ORDER BY x.id, x.held DESC, x.employee
)
SELECT c.total, k.employee, k.document
FROM (SELECT count(*) AS total FROM known WHERE NOT $6::boolean OR employee = '') AS c
LEFT JOIN (
    SELECT * FROM known WHERE NOT $6::boolean OR employee = ''
    ORDER BY id OFFSET $7::bigint LIMIT $8::bigint
) AS k ON true
ORDER BY k.id`

// AccountsOf reads a page of a customer's accounts, and how many there are in all.
func AccountsOf(ctx context.Context, db Database, q AccountQuery) (page []CustomerAccount, total int64, err error) {
	err = read(ctx, db, sqlAccountsOf, func(rows pgx.Rows) error {
		var employee *string // NULL: the page is empty
		var raw []byte
		if err := rows.Scan(&total, &employee, &raw); err != nil || employee == nil {
			return err
		}
		page = append(page, CustomerAccount{Employee: *employee})
		return json.Unmarshal(raw, &page[len(page)-1].MvnoAccount)
	}, q.Customer, Fold(q.Text), q.RatePlan, q.Network, q.OnPBX, q.WithoutUser, int64(q.Offset), int64(q.Limit),
		upperLetters, lowerLetters)
	if err != nil {
		return nil, 0, fmt.Errorf("projections: accounts of %s: %w", q.Customer, err)
	}
	return page, total, nil
}
