package main

import (
	"context"

	"tenure/internal/catalog"
	"tenure/internal/table"
	"tenure/projections"
)

// includedIn are the units that user products include on the days which a page of lines charges; none unless they are
// asked for.
func (v *shownInvoice) includedIn(ctx context.Context, page []projections.Line) ([]projections.FreeRow, error) {
	if !v.included {
		return nil, nil
	}
	latest, err := catalog.New(v.store, nil).Latest(ctx)
	if err != nil {
		return nil, err
	}
	log, now, err := v.p.readPolicy(ctx, v.store)
	if err != nil {
		return nil, err
	}
	policy := log.At(now)
	return projections.FreeRows(ctx, v.store, page, latest.Catalog, &policy)
}

// addFree adds free rows to a table of lines.
func addFree(t *table.Table, rows []projections.FreeRow) {
	for i := range rows {
		r := &rows[i]
		t.Add(r.Employee, r.Source, r.From.String(), r.ToInclusive.String(), "FREE", r.Amount, r.Quantity.StringFixed(0)+
			" × "+r.Product+" included by the product of the user")
	}
}
