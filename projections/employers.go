package projections

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Employer is the customer and the reseller of an employee. A move changes the customer, never the reseller.
type Employer struct {
	Customer, Reseller string
}

const sqlEmployers = `
SELECT id, customer, reseller
FROM directory WHERE id = ANY($1::text[])`

// EmployersOf reads whose employees some are, deleted ones among them. One that is not there has no entry.
func EmployersOf(ctx context.Context, db Database, ids []string) (map[string]Employer, error) {
	found := make(map[string]Employer, len(ids))
	if len(ids) == 0 {
		return found, nil
	}
	err := read(ctx, db, sqlEmployers, func(rows pgx.Rows) error {
		var id string
		var e Employer
		if err := rows.Scan(&id, &e.Customer, &e.Reseller); err != nil {
			return err
		}
		found[id] = e
		return nil
	}, ids)
	if err != nil {
		return nil, fmt.Errorf("projections: employers of %d employees: %w", len(ids), err)
	}
	return found, nil
}
