package store

import (
	"context"
	"fmt"
	"net/url"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"tenure/internal/test/database"
)

// refused is PostgreSQL's answer to who may not.
const refused = "42501"

// granted is a migrated database whose parts connect as roles of the test's own, which belong to the server.
type granted struct {
	owner *Store
	dsn   string
	Grantees
}

func grant(t *testing.T) *granted {
	t.Helper()
	g := &granted{dsn: database.Migrated(t)}
	g.owner = openStore(t, Config{DSN: g.dsn})
	name := fmt.Sprintf("r%d", time.Now().UnixNano())
	g.Grantees = Grantees{Worker: name + "_worker", Feed: name + "_feed", Scheduler: name + "_scheduler", API: name +
		"_api", Console: name + "_console", Operator: name + "_operator"}
	for _, role := range g.roles() {
		damage(t, g.owner, "CREATE ROLE "+role+" LOGIN PASSWORD 'sample'")
	}
	_, err := Grant(t.Context(), g.dsn, g.Grantees, false)
	require.NoError(t, err)
	return g
}

// address is the database's with the name of a role.
func (g *granted) address(t *testing.T, role string) string {
	t.Helper()
	at, err := url.Parse(g.dsn)
	require.NoError(t, err)
	at.User = url.UserPassword(role, "sample")
	return at.String()
}

func (g *granted) as(t *testing.T, role string) *Store {
	t.Helper()
	return openStore(t, Config{DSN: g.address(t, role)})
}

func TestGrants_AWorkerAddsEventsAndCanChangeNone(t *testing.T) {
	t.Parallel()
	g := grant(t)
	s := g.as(t, g.Worker)
	c := claimed(t, s, 1)
	w := plain(c, 1, "employee/a")
	w.Parked = []Parked{{Topic: "employee.commands", Offset: 9, Reason: "broken", At: noon}}
	w.OpenRuns = []RunShard{{Run: "nightly/2026-04-01", Shard: 1, BusinessDate: 1, Manifest: []byte("{}"), State: "open"}}
	require.NoError(t, s.Write(t.Context(), c, w))
	require.NoError(t, s.Write(t.Context(), c, plain(c, 2, "employee/a")))
}

func TestGrants_NobodyButTheOwnerChangesOrRemovesEvents(t *testing.T) {
	t.Parallel()
	g := grant(t)
	c := claimed(t, g.owner, 1)
	require.NoError(t, g.owner.Write(t.Context(), c, plain(c, 1, "employee/a")))
	for _, role := range g.roles() {
		s := g.as(t, role)
		require.EqualValues(t, 1, count(t, s, "SELECT count(*) FROM events"), role)
		for _, sql := range []string{
			"UPDATE events SET payload = ''", "DELETE FROM events", "TRUNCATE events", "DROP TABLE events",
			"ALTER TABLE events ADD COLUMN more text", "ALTER TABLE events OWNER TO CURRENT_USER",
			"UPDATE shards SET chain = '' WHERE false AND head > 0 OR 1 = 2",
		} {
			_, err := s.pool.Exec(t.Context(), sql, pgx.QueryExecModeExec)
			if role == g.Worker && sql[:13] == "UPDATE shards" {
				require.NoError(t, err, "the fence is the worker's")
				continue
			}
			var pg *pgconn.PgError
			require.ErrorAs(t, err, &pg, "%s: %s", role, sql)
			require.Equal(t, refused, pg.Code, "%s: %s", role, sql)
		}
	}
	for _, role := range []string{g.Feed, g.Scheduler, g.API} {
		_, err := g.as(t, role).Claim(t.Context(), 2, topicOf(2))
		require.ErrorContains(t, err, "permission denied", role)
	}
}

func TestGrants_EachPartHasWhatItNeedsAndNoMore(t *testing.T) {
	t.Parallel()
	g := grant(t)
	for role, rows := range map[string]map[string]bool{
		g.Worker: {"SELECT 1 FROM tokens": false, "SELECT 1 FROM lines": true, "INSERT INTO lines DEFAULT VALUES": false,
			"SELECT 1 FROM logins": true},
		g.Feed: {
			"SELECT value FROM parked": false, "SELECT reason FROM parked": true, "SELECT 1 FROM tokens": false,
			"SELECT 1 FROM logins": false,
			"DELETE FROM lines":    true, "CREATE SCHEMA building": true, "CREATE TABLE public.swapped AS SELECT 1 AS n": true,
		},
		g.Scheduler: {"SELECT reason, detail FROM parked WHERE stream = '' AND command_id = ''": true,
			"SELECT value FROM parked": false, "SELECT 1 FROM run_shards": true, "UPDATE run_shards SET state = 'done'": false,
			"SELECT 1 FROM logins": false},
		g.API: {"SELECT 1 FROM tokens": true, "SELECT 1 FROM lines": true, "DELETE FROM lines": false,
			"SELECT 1 FROM logins": false, "SELECT 1 FROM subjects": false},
		g.Console: {
			"SELECT 1 FROM events": true, "SELECT value FROM parked": true, "SELECT 1 FROM tokens": true,
			"DELETE FROM tokens":              false,
			"UPDATE parked SET state = state": false, "INSERT INTO events DEFAULT VALUES": false,
			"UPDATE run_halts SET reason = ''": false,
		},
		g.Operator: {
			"SELECT value FROM parked": true, "UPDATE parked SET state = state": false, "UPDATE parked SET topic = topic": true,
			"UPDATE shards SET next_offset = next_offset": true, "UPDATE shards SET head = head": false,
			"INSERT INTO events DEFAULT VALUES": false, "DELETE FROM lines": false, "DELETE FROM audits": true,
			"SELECT 1 FROM command_keys": false, "DELETE FROM run_halts": false,
			"INSERT INTO callgear_calls DEFAULT VALUES": false,
		},
	} {
		s := g.as(t, role)
		for sql, allowed := range rows {
			_, err := s.pool.Exec(t.Context(), sql, pgx.QueryExecModeExec)
			require.Equal(t, allowed, err == nil, "%s: %s: %v", role, sql, err)
		}
		_, err := s.Observe(t.Context())
		require.NoError(t, err, "%s: every process shows how far the readers are", role)
	}
	require.EqualValues(t, 1, count(t, g.as(t, g.API), "SELECT n FROM swapped"),
		"what a rebuild makes is read by the APIs")
}

func TestGrants_GrantingAgainChangesNothingAndTakesBackWhatIsTooMuch(t *testing.T) {
	t.Parallel()
	g := grant(t)
	damage(t, g.owner, "GRANT ALL ON tokens, subjects, documents TO "+g.Worker)
	planned, err := Grant(t.Context(), g.dsn, g.Grantees, true)
	require.NoError(t, err)
	require.EqualValues(t, 0, count(t, g.as(t, g.Worker), "SELECT count(*) FROM tokens"), "a plan changes nothing")
	done, err := Grant(t.Context(), g.dsn, g.Grantees, false)
	require.NoError(t, err)
	require.Equal(t, planned, done)
	_, err = g.as(t, g.Worker).pool.Exec(t.Context(), "SELECT 1 FROM tokens")
	require.ErrorContains(t, err, "permission denied")
	_, err = g.as(t, g.Feed).pool.Exec(t.Context(), "DELETE FROM lines")
	require.NoError(t, err, "an owner keeps its tables")
	require.NoError(t, Migrate(t.Context(), g.dsn))
}

func TestGrants_ARoleThatCannotBeHeldBackIsRefused(t *testing.T) {
	t.Parallel()
	dsn := database.Migrated(t)
	var missing *roleError
	_, err := Grant(t.Context(), dsn, Grantees{Worker: "nobody's"}, false)
	require.ErrorAs(t, err, &missing)
	require.Contains(t, err.Error(), `CREATE ROLE "nobody's" LOGIN NOSUPERUSER`)
	_, err = Grant(t.Context(), dsn, Grantees{Feed: "tenure"}, false)
	require.ErrorAs(t, err, &missing, "a superuser has all rights whatever is granted")
	_, err = Grant(t.Context(), "postgres://nobody@127.0.0.1:1/none", Grantees{}, false)
	require.ErrorContains(t, err, "store: grant: ")
}

// TestGrants_EveryTableHasItsRights fails for a new table until the map of rights says whose it is.
func TestGrants_EveryTableHasItsRights(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	rows, err := s.pool.Query(context.Background(),
		`SELECT c.relname::text FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
		WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p', 'v') AND c.relname <> 'goose_db_version'
		AND NOT EXISTS (SELECT 1 FROM pg_depend AS d WHERE d.objid = c.oid AND d.deptype = 'e') -- an extension's`)
	require.NoError(t, err)
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	require.NotEmpty(t, tables)
	for _, table := range tables {
		require.Contains(t, rights, table, "internal/store/grants.go does not say whose it is")
	}
}
