package rebuild

import (
	"context"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"tenure/events"
	"tenure/internal/test/database"
	"tenure/internal/test/feedtest"
	"tenure/projections"
)

// definitions are those of a projection's live tables, with their rights.
func (c *company) definitions(p projections.Projection) (tables []table, hash string) {
	c.t.Helper()
	require.NoError(c.t, c.Transact(c.t.Context(), pgx.TxOptions{}, func(tx pgx.Tx) (err error) {
		tables, hash, err = shapeOf(c.t.Context(), tx, "public", p.Tables())
		return err
	}))
	return tables, hash
}

func TestRebuild_ARebuiltReadModelIsTheLiveOneWithAllItsDefinitions(t *testing.T) {
	t.Parallel()
	for _, p := range all {
		t.Run(p.Name(), func(t *testing.T) {
			t.Parallel()
			c := newCompany(t)
			c.folded(p)
			rows, before := c.rows(p), ""
			_, before = c.definitions(p)
			report, err := Run(t.Context(), c.Store, p, Options{pieces: pieceMax})
			require.NoError(t, err)
			require.True(t, report.Compared)
			require.True(t, Equal(report.Tables), "%+v", report.Tables)
			require.Len(t, report.Tables, len(p.Tables()))
			require.Equal(t, rows, c.rows(p))
			_, after := c.definitions(p)
			require.Equal(t, before, after, "columns, storage, indexes and constraints")

			again, err := Run(t.Context(), c.Store, p, Options{DropOld: true})
			require.NoError(t, err)
			require.False(t, again.Resumed, "the first one is over")
			require.Equal(t, rows, c.rows(p))
			c.live(p)
			c.hire(employees)
			c.change(0, 2)
			c.caught(p)
			report, err = Verify(t.Context(), c.Store, p, Options{})
			require.NoError(t, err)
			require.True(t, Equal(report.Tables), "it goes on from the new checkpoint: %+v", report.Tables)
		})
	}
}

func TestRebuild_ContinuesWhereItWasKilled(t *testing.T) {
	t.Parallel()
	for _, p := range all {
		t.Run(p.Name(), func(t *testing.T) {
			t.Parallel()
			c := newCompany(t)
			c.folded(p)
			rows := c.rows(p)
			seen := map[string]int{}
			const killsEach, attemptsMax = 2, 40
			for range attemptsMax {
				err := c.killed(p, Options{pieces: pieceMax, Workers: 1}, func(step string) bool {
					seen[step]++
					return seen[step] <= killsEach && step != "swapped"
				})
				if err == nil {
					break
				}
				require.ErrorIs(t, err, context.Canceled)
				require.Equal(t, rows, c.rows(p), "the live tables are untouched, or swapped whole")
			}
			for _, step := range []string{"begin", "index", "compare", "stopped", "renamed", "swapped"} {
				require.Positive(t, seen[step], "%s in %v", step, seen)
			}
			require.Equal(t, rows, c.rows(p))
			report, err := Verify(t.Context(), c.Store, p, Options{})
			require.NoError(t, err)
			require.True(t, Equal(report.Tables))
		})
	}
}

func TestRebuild_UnderTrafficEndsWithWhatTheLogSays(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	c.live(all...)
	stop, stopped := make(chan struct{}), make(chan int)
	go func() {
		n := employees
		for round := 2; ; n, round = n+1, round+1 {
			select {
			case <-stop:
				stopped <- n
				return
			default:
			}
			c.hire(n)
			c.change(n%employees, round)
		}
	}()
	for _, p := range all {
		_, err := Run(t.Context(), c.Store, p, Options{pieces: pieceMax})
		require.NoError(t, err)
		report, err := Verify(t.Context(), c.Store, p, Options{pieces: pieceMax})
		require.NoError(t, err)
		require.True(t, Equal(report.Tables), "while traffic goes on: %+v", report.Tables)
	}
	close(stop)
	n := <-stopped
	c.caught(all...)
	require.Len(t, c.Rows("directory"), n)
	c.verified(all...)
}

func TestRebuild_WhatIsNotInTheLogOutlivesARebuild(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	p := projections.Directory{}
	c.folded(p)
	id := fmt.Sprintf("%024x", 1)
	claim, err := projections.ClaimActivity(t.Context(), c.Store, "topic-id", 0)
	require.NoError(t, err)
	_, err = claim.Take(t.Context(), c.Store, []projections.ActivityMessage{
		{Employee: id, Offset: 1, Value: []byte(`{"calls":[{"_id":"pbx:1","extension":"x-1","state":"CALL_RING"}]}`)}}, nil)
	require.NoError(t, err)
	before := c.Rows("directory")
	_, err = Run(t.Context(), c.Store, p, Options{})
	require.NoError(t, err)
	entries, err := projections.DirectoryOf(t.Context(), c.Store, projections.DirectoryQuery{Customer: "customer-1",
		IDs: []string{id}})
	require.NoError(t, err)
	require.Contains(t, string(entries[0].Activity), "CALL_RING")
	require.Equal(t, before, c.Rows("directory"), "numbers come from the log")
}

func TestRebuild_RightsOnATableStayAndAViewOnItIsRefused(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	p := projections.Lines{}
	c.folded(p)
	c.Exec("GRANT SELECT ON lines TO PUBLIC")
	before, _ := c.definitions(p)
	_, err := Run(t.Context(), c.Store, p, Options{})
	require.NoError(t, err)
	after, _ := c.definitions(p)
	require.Equal(t, before, after)
	require.Contains(t, after[0].grants, "GRANT SELECT ON %s TO PUBLIC")

	c.Exec("CREATE VIEW sales AS SELECT ids FROM lines")
	_, err = Run(t.Context(), c.Store, p, Options{})
	require.ErrorContains(t, err, "sales would go on pointing to the old table")
}

func TestRebuild_TheOldTablesStayUntilTheyAreDropped(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	p := projections.Documents{}
	c.folded(p)
	c.Exec("UPDATE documents SET run = 'damaged' WHERE document_ref = (SELECT min(document_ref) FROM documents)")
	report, err := Run(t.Context(), c.Store, p, Options{})
	require.NoError(t, err)
	require.Equal(t, 1, report.Tables[0].Buckets)
	require.Equal(t, Changed, report.Tables[0].First.What)
	require.Equal(t, "run", report.Tables[0].First.Column)
	c.Exec("DO $$ BEGIN ASSERT (SELECT count(*) = 1 FROM documents_old.documents WHERE run = 'damaged'); END $$",
		"DO $$ BEGIN ASSERT (SELECT count(*) = 0 FROM documents WHERE run = 'damaged'); END $$")
	dropped, err := DropOld(t.Context(), c.Store, p)
	require.NoError(t, err)
	require.True(t, dropped)
	dropped, err = DropOld(t.Context(), c.Store, p)
	require.NoError(t, err)
	require.False(t, dropped)
}

func TestRebuild_AnEventThatThisBuildDoesNotKnowStopsARebuildAndLeavesTheLiveTables(t *testing.T) {
	t.Parallel()
	for _, p := range all {
		t.Run(p.Name(), func(t *testing.T) {
			t.Parallel()
			c := newCompany(t)
			c.folded(p)
			rows := c.rows(p)
			c.journal.AppendRaw(0, feedtest.Employee(0), "thing.promoted.v1", []byte(`{}`))
			_, err := Run(t.Context(), c.Store, p, Options{})
			var unknown *events.UnknownTypeError
			require.ErrorAs(t, err, &unknown)
			require.Equal(t, rows, c.rows(p))
		})
	}
}

func TestRebuild_ABuildOfAnotherShapeIsBegunAgain(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	p := projections.Directory{}
	c.folded(p)
	require.Error(t, c.killed(p, Options{pieces: pieceMax}, func(step string) bool { return step == "piece" }))
	c.Exec("ALTER TABLE directory ADD COLUMN note text NOT NULL DEFAULT 'none'")
	report, err := Run(t.Context(), c.Store, p, Options{})
	require.NoError(t, err)
	require.False(t, report.Resumed)
	require.Len(t, c.Rows("directory"), employees)
}

func TestRebuild_OneBuildOfAProjectionAtATime(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	p := projections.Lines{}
	c.folded(p)
	var second error
	_, err := Run(t.Context(), c.Store, p, Options{Step: func(step string) {
		if step == "begin" {
			_, second = Verify(t.Context(), c.Store, p, Options{})
		}
	}})
	require.NoError(t, err)
	require.ErrorIs(t, second, ErrBusy)
	_, found, err := c.BuildIn(t.Context(), "lines_new")
	require.NoError(t, err)
	require.False(t, found)
}

func TestRebuild_FillsTablesThatNobodyEverWrote(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	for _, p := range all {
		report, err := Run(t.Context(), c.Store, p, Options{})
		require.NoError(t, err)
		require.False(t, report.Compared, "there is nothing to compare with")
		require.NotEmpty(t, c.rows(p))
		version, err := c.ReaderVersion(t.Context(), p.Name())
		require.NoError(t, err)
		require.Equal(t, p.Version(), version)
	}
	c.live(all...)
	c.change(1, 2)
	c.caught(all...)
	c.verified(all...)
}

func TestRebuild_TablesStayTheirOwnersWhoeverRebuilds(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	p := projections.Lines{}
	c.folded(p)
	role := "feed_of_" + c.database()
	c.Exec("CREATE ROLE "+role+" LOGIN", "GRANT SELECT ON events, shards, subjects TO "+role,
		"GRANT ALL ON subscriptions, leases, projection_builds, projection_build_shards TO "+role,
		"GRANT CREATE ON SCHEMA public TO "+role, "GRANT CREATE ON DATABASE "+c.database()+" TO "+role,
		"ALTER TABLE lines OWNER TO "+role)
	if database.Distributed() { // rights on a database are not handed on to its nodes
		c.Exec("SELECT run_command_on_workers('GRANT CREATE ON DATABASE " + c.database() + " TO " + role + "')")
	}
	t.Cleanup(func() {
		pool, err := pgx.Connect(context.Background(), c.DSN)
		if err == nil {
			_, _ = pool.Exec(context.Background(), "DROP OWNED BY "+role+" CASCADE")
			_, _ = pool.Exec(context.Background(), "DROP ROLE "+role)
			_ = pool.Close(context.Background())
		}
	})
	for range 2 { // the second one replaces the old tables of the first
		_, err := Run(t.Context(), c.Store, p, Options{})
		require.NoError(t, err)
		owner, err := ownerOf(t.Context(), c.Store, "public", "lines")
		require.NoError(t, err)
		require.Equal(t, role, owner)
	}
	c.verified(p)
	dropped, err := DropOld(t.Context(), c.Store, p)
	require.NoError(t, err)
	require.True(t, dropped)
}

// database is the name of the test's own.
func (c *company) database() (name string) {
	c.t.Helper()
	require.NoError(c.t, c.withRow("SELECT current_database()", &name))
	return name
}
