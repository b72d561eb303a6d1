package store

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"tenure/internal/test/database"
)

// indexed are the statements that run all the time, with arguments of the right types.
var indexed = map[string]struct{ sql, args string }{
	"read outcomes":    {sqlReadOutcomes, "1, '{}'"},
	"read subjects":    {sqlReadSubjects, "1, '{}'"},
	"update subjects":  {sqlUpdateSubjects, "1, '{}', '{}', '{}', '{}', '{}', '{}', '{}', 0"},
	"update covered":   {sqlUpdateCovered, "1, '{}', '{}', '{}', '{}', '{}', '{}', '{}', 0, '{}', '{}'"},
	"events":           {sqlEvents, "1, 0, 10"},
	"events within":    {sqlEventsWithin, "1, 0, 10, 1000, '{}', 0"},
	"events of stream": {sqlStreamEvents, "'{1}', 'employee/a', 1, 10"},
	"outcomes":         {sqlOutcomesAfter, "1, 0, 10"},
	"streams begun":    {sqlBegun, "1, '{}'"},
	"one outcome":      {sqlOutcome, "'{1}', '00000000-0000-0000-0000-000000000000'"},
	"due now":          {sqlDueNow, "1, now(), 10"},
	"due for billing":  {sqlBillDue, "1, 739000, 0, '', 10, 1000000"},
	"parked queue":     {sqlParkedQueue, "'{1}', 'employee/a', 10"},
	"one parked":       {sqlParkedMessage, "'t', 1, 1"},
	"parked page":      {sqlParkedPage, "'t', 1, 1, 10"},
	"parked of reason": {sqlParkedOfReason, "'t', 1, 1, 10, 'broken'"},
	"last repairs":     {sqlRepairsLast, "10"},
	"repair shards":    {sqlRepairShards, ""},
	"next repair":      {sqlNextRepair, "1"},
	"forget outcomes":  {sqlForgetOutcomes, "1, 1, 1000, 100, now()"},
	"cycle totals":     {sqlCycleTotals, "'2026-04/', '2026-04/z', 10"},
}

// A plan that was made while a table was empty lives until the table is analysed. If it scanned the table, the first
// night's load would scan it again for every batch, and it grows by a million rows in that time.
func TestStatements_EveryFrequentStatementUsesAnIndexFromTheFirstRowOn(t *testing.T) {
	t.Parallel()
	database.OneServer(t, "nodes plan a statement when it comes, and keep no plan")
	s := newStore(t)
	small := newStore(t)
	c := claimed(t, small, 1)
	require.NoError(t, small.Write(t.Context(), c, (&traffic{}).write(c, 200)))
	damage(t, small, "ANALYZE")
	for name, statement := range indexed {
		for size, s := range map[string]*Store{"empty": s, "small": small} {
			t.Run(name+" on an "+size+" table", func(t *testing.T) {
				t.Parallel()
				plan := planOf(t, s, statement.sql, statement.args)
				require.NotContains(t, plan, "Seq Scan on", plan)
			})
		}
	}
	for _, name := range []string{"events", "outcomes", "due now", "due for billing", "parked page", "parked of reason",
		"last repairs"} {
		plan := planOf(t, small, indexed[name].sql, indexed[name].args)
		require.NotContains(t, plan, "Sort", "%s: the index has the order\n%s", name, plan)
	}
}

// An index of the shard alone, whose rows are filtered by name, is a scan of the shard: no sequential one, and it grows
// like it.
func TestStatements_WhatABatchNamesIsLookedUpOneByOne(t *testing.T) {
	t.Parallel()
	database.OneServer(t, "nodes plan a statement when it comes, and keep no plan")
	for name, key := range map[string]string{
		"read outcomes": "command = ", "read subjects": "stream = ", "streams begun": "stream = ",
		"update subjects": "stream = ", "update covered": "stream = ", "events of stream": "stream = ",
		"one outcome": "command = ",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStore(t)
			requireLookedUp(t, s, name, key)
			c := claimed(t, s, 1)
			require.NoError(t, s.Write(t.Context(), c, (&traffic{}).write(c, 200)))
			requireLookedUp(t, s, name, key)
			damage(t, s, "ANALYZE")
			requireLookedUp(t, s, name, key)
		})
	}
}

// Both looks of each shard are by an index of it, and end at its first row.
func TestStatements_TheWorkOfARunIsLookedUpShardByShard(t *testing.T) {
	t.Parallel()
	database.OneServer(t, "nodes plan a statement when it comes, and keep no plan")
	s := newStore(t)
	looked := func() {
		plan := planOf(t, s, sqlWork, "739000, now()")
		require.Equal(t, 2, strings.Count(plan, "Index Cond: ((shard = h.shard)"), plan)
		require.Equal(t, 2, strings.Count(plan, "Limit"), plan)
	}
	looked()
	c := claimed(t, s, 1)
	require.NoError(t, s.Write(t.Context(), c, (&traffic{}).write(c, 200)))
	looked()
	damage(t, s, "ANALYZE")
	looked()
}

// requireLookedUp has the plan of a statement compare its key in an index, and nowhere else.
func requireLookedUp(t *testing.T, s *Store, name, key string) {
	t.Helper()
	plan := planOf(t, s, indexed[name].sql, indexed[name].args)
	compared := 0
	for line := range strings.Lines(plan) {
		if strings.Contains(line, key) {
			compared++
			require.Contains(t, line, "Index Cond:", "%s\n%s", name, plan)
		}
	}
	require.Equal(t, 1, compared, "%s\n%s", name, plan)
}

// arguments writes them as EXECUTE takes them.
func arguments(args string) string {
	if args == "" {
		return ""
	}
	return "(" + args + ")"
}

// planOf is the generic plan of a statement in a session as Open sets it up.
func planOf(t *testing.T, s *Store, sql, args string) string {
	t.Helper()
	tx, err := s.pool.Begin(t.Context())
	require.NoError(t, err)
	defer func() { _ = tx.Rollback(t.Context()) }()
	_, err = tx.Exec(t.Context(), "PREPARE planned AS "+sql, pgx.QueryExecModeSimpleProtocol)
	require.NoError(t, err)
	defer func() { _, _ = tx.Exec(t.Context(), "DEALLOCATE planned", pgx.QueryExecModeSimpleProtocol) }()
	rows, err := tx.Query(t.Context(), "EXPLAIN EXECUTE planned"+arguments(args), pgx.QueryExecModeSimpleProtocol)
	require.NoError(t, err)
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	return strings.Join(lines, "\n")
}
