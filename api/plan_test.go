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

// explain gives the plan of a statement as the session of the APIs makes it, but with sequential scans allowed.
func explain(t *testing.T, in *store.Store, sql string, args ...any) string {
	t.Helper()
	var plan strings.Builder
	b := &pgx.Batch{}
	b.Queue("SELECT set_config('enable_seqscan', 'on', true)")
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

func TestPlan_DocumentedFiltersUseAnIndex(t *testing.T) {
	t.Parallel()
	filled, err := hireMany(t.Context(), planned)
	require.NoError(t, err)
	defer filled.Close()
	for _, filter := range []string{
		`{"field":"id","operator":"=","value":1000}`, `{"field":"id","operator":"in","value":[1000,1001]}`,
		`{"field":"id","operator":"<","value":1010}`,
		`{"field":"first_name","operator":"=","value":"Sample 7"}`,
		`{"field":"first_name","operator":"in","value":["Sample 7","Sample 8"]}`,
		`{"field":"last_name","operator":"=","value":"Employee00007"}`,
		`{"field":"last_name","operator":">=","value":"Employee04999"}`,
		`{"field":"last_name","operator":"like","value":"Employee0000%"}`,
		`{"field":"last_name","operator":"like","value":"Employee00007"}`,
		`{"field":"full_name","operator":"=","value":"Employee00007 Sample 28"}`,
		`{"field":"full_name","operator":"like","value":"Employee00007%"}`,
		`{"field":"email","operator":"=","value":"e7@sample.example"}`, `{"field":"email","operator":"=","value":null}`,
		`{"field":"email","operator":"in","value":["e7@sample.example"]}`,
		`{"field":"status","operator":"=","value":"do_not_disturb"}`,
		`{"field":"status","operator":"in","value":["unknown"]}`,
		`{"condition":"and","filters":[{"field":"last_name","operator":"=","value":"Employee00007"},{"field":"status","operator":"=","value":"available"}]}`,
		`{"condition":"or","filters":[{"field":"last_name","operator":"=","value":"Employee00007"},{"field":"email","operator":"=","value":"e7@sample.example"}]}`,
	} {
		where, wrong := readFilter([]byte(filter))
		require.Nil(t, wrong)
		page, count, args := projections.Search{Customer: manyCustomer, Where: where}.SQL()
		field := string(columnOf(where))
		for _, plan := range []string{explain(t, filled, count, args...),
			explain(t, filled, page, append(args, int64(0), int64(100))...)} {
			require.NotContains(t, plan, "Seq Scan", "%s\n%s", filter, plan)
			cond := ""
			for line := range strings.Lines(plan) {
				if strings.Contains(line, "Index Cond") {
					cond += line
				}
			}
			require.Contains(t, cond, field, "the index bounds the column itself: %s\n%s", filter, plan)
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
