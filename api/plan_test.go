package api

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"tenure/internal/store"
	"tenure/projections"
)

// planned is how many employees the planner sees: enough that a scan of all costs more than an index.
const planned = 20_000

// explain gives the plan of a statement as the session of the APIs makes it, or with sequential scans allowed.
func explain(t *testing.T, in *store.Store, scans, sql string, args ...any) string {
	t.Helper()
	var plan strings.Builder
	b := &pgx.Batch{}
	b.Queue("SELECT set_config('enable_seqscan', $1::text, true)", scans)
	b.Queue("EXPLAIN "+sql, args...).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			var line string
			if err := rows.Scan(&line); err != nil {
				return err
			}
			plan.WriteString(line + "\n")
		}
		return rows.Err()
	})
	require.NoError(t, in.InTx(t.Context(), b))
	return plan.String()
}

// conditionsOf are the conditions by which the plans of a filter, of its page and of its count, go through an index.
func conditionsOf(t *testing.T, in *store.Store, scans, filter string) (plans, conditions []string, field string) {
	t.Helper()
	where, wrong := readFilter([]byte(filter))
	require.Nil(t, wrong)
	page, count, args := projections.Search{Customer: manyCustomer, Where: where}.SQL()
	plans = []string{explain(t, in, scans, count, args...),
		explain(t, in, scans, page, append(args, int64(0), int64(100))...)}
	for _, plan := range plans {
		require.NotContains(t, plan, "Seq Scan", "%s\n%s", filter, plan)
		condition := ""
		for line := range strings.Lines(plan) {
			if strings.Contains(line, "Index Cond") {
				condition += line
			}
		}
		conditions = append(conditions, condition)
	}
	return plans, conditions, string(columnOf(where))
}

// What is named exactly is found over all customers; everything else among the rows of the customer, which the count of
// a page without a filter reads too.
func TestPlan_DocumentedFiltersUseAnIndex(t *testing.T) {
	t.Parallel()
	filled, err := hireMany(t.Context(), planned)
	require.NoError(t, err)
	defer filled.Close()
	for _, filter := range []string{
		`{"field":"id","operator":"=","value":1000}`, `{"field":"id","operator":"in","value":[1000,1001]}`,
		`{"field":"id","operator":"<","value":1010}`,
		`{"field":"last_name","operator":"=","value":"Employee00007"}`,
		`{"field":"last_name","operator":"like","value":"Employee0000%"}`,
		`{"field":"last_name","operator":"like","value":"Employee00007"}`,
		`{"field":"full_name","operator":"=","value":"Employee00007 Sample 28"}`,
		`{"field":"full_name","operator":"like","value":"Employee00007%"}`,
		`{"field":"email","operator":"=","value":"e7@sample.example"}`,
		`{"field":"email","operator":"in","value":["e7@sample.example"]}`,
		`{"condition":"and","filters":[{"field":"last_name","operator":"=","value":"Employee00007"},{"field":"status","operator":"=","value":"available"}]}`,
		`{"condition":"or","filters":[{"field":"last_name","operator":"=","value":"Employee00007"},{"field":"email","operator":"=","value":"e7@sample.example"}]}`,
	} {
		plans, conditions, field := conditionsOf(t, filled, "on", filter)
		if field == string(projections.ColumnLastName) {
			field = string(projections.ColumnFullName) // which begins with it
		}
		for i, condition := range conditions {
			require.Contains(t, condition, field, "the index bounds the column itself: %s\n%s", filter, plans[i])
		}
	}
	for _, filter := range []string{
		`{"field":"first_name","operator":"=","value":"Sample 7"}`,
		`{"field":"last_name","operator":"in","value":["Employee00007","Employee00008"]}`,
		`{"field":"email","operator":"=","value":null}`,
		`{"field":"status","operator":"in","value":["unknown"]}`,
	} {
		plans, conditions, _ := conditionsOf(t, filled, "off", filter)
		for i, condition := range conditions {
			require.Contains(t, condition, "customer", "%s\n%s", filter, plans[i])
		}
	}
}

// columnOf is the first column that a filter compares.
func columnOf(c projections.Condition) projections.Column {
	for _, list := range [][]projections.Condition{c.All, c.Any} {
		for _, below := range list {
			return columnOf(below)
		}
	}
	return c.Column
}
