package projections

import (
	"fmt"
	"math/big"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"tenure/billing"
	"tenure/events"
)

var lineColumnNames = []string{
	"line_id", "shard", "position", "ordinal", "run", "document_ref", "ledger", "bill_to", "employee", "source", "kind",
	"from_day", "to_day", "amount", "currency", "line",
}

// Rows are the lines of a page: a line is written once and for all.
func (p Lines) Rows(page []events.Recorded) ([]Rows, error) {
	r, err := p.rows(page)
	if err != nil {
		return nil, err
	}
	values := make([]any, len(lineColumnNames)) // each row is encoded before the next is asked for
	row := func(i int) ([]any, error) {
		amount, err := numeric(r.amount[i])
		copy(values, []any{
			r.id[i], r.shard[i], r.position[i], r.ordinal[i], r.run[i], r.document[i], r.ledger[i], r.billTo[i], r.employee[i], r.source[i],
			r.kind[i], dayValue(r.from[i]), dayValue(r.to[i]), amount, r.currency[i], r.line[i],
		})
		return values, err
	}
	return []Rows{{Table: "lines", Columns: lineColumnNames, CopyFromSource: pgx.CopyFromSlice(len(r.id), row)}}, nil
}

// dayValue is the day of a dayNumber as COPY takes it; 0 is none.
func dayValue(n int32) pgtype.Date {
	return pgtype.Date{Time: billing.Date(n).Time(), Valid: n != 0}
}

// numeric is an amount as COPY takes it, with as many decimals as it is written with.
func numeric(text string) (n pgtype.Numeric, err error) {
	whole, decimals, _ := strings.Cut(text, ".")
	coefficient, ok := new(big.Int).SetString(whole+decimals, 10)
	if !ok {
		return n, fmt.Errorf("projections: %q is not an amount", text)
	}
	return pgtype.Numeric{Int: coefficient, Exp: -int32(len(decimals)), Valid: true}, nil
}
