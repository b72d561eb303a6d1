package console_test

import (
	"context"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/internal/runs"
	"tenure/internal/runstate"
)

const (
	// envMany is how many employees the pages are measured with; make bench-console sets a million.
	envMany = "TENURE_CONSOLE_EMPLOYEES"
	// fewEmployees are enough to see that each page is shown: measured is what is above.
	fewEmployees = 500
	// pageMax is how long a page may take at a million employees, the fastest of pageTries: the machine is shared.
	pageMax   = 100 * time.Millisecond
	pageTries = 7
	million   = 1_000_000
)

// multiplied copies what the sample employee has, $1 times, into every table that pages read: an employee with a
// line in a month, ten to a payer, spread over the shards of the sample's family. What the copies have is billed by
// nobody, so that the run under way stays that of the sample.
var multiplied = []string{
	`INSERT INTO subjects (shard, stream, version, state)
SELECT n % 4, 'employee/5f' || lpad(to_hex(n), 22, '0'), s.version, s.state
FROM generate_series(1, $1::bigint) AS n, subjects AS s WHERE s.stream = 'employee/' || $2::text`,
	`INSERT INTO events (shard, pos, stream, version, type, at, command_id, run_id, actor, payload, chain)
SELECT n % 4, -n, 'employee/5f' || lpad(to_hex(n), 22, '0'), 1, 'employee.invoiced.v1', now(), '', $3::text,
       '{}', convert_to('{"run":"' || $3::text || '"}', 'UTF8'), '\x00'
FROM generate_series(1, $1::bigint) AS n WHERE $2::text <> ''`,
	`INSERT INTO directory (id, number, customer, reseller, access_level, state, first_name, last_name, full_name, email,
    status, phone_numbers, extension, shard, position, entry, extensions, document)
SELECT '5f' || lpad(to_hex(n), 22, '0'), 100000 + n, '5c' || lpad(to_hex(1000 + n / 10), 22, '0'), d.reseller,
       d.access_level, d.state, 'Sample', 'employee ' || n, 'Sample employee ' || n, NULL, d.status, d.phone_numbers,
       d.extension, n % 4, 1000000 + n, d.entry, d.extensions, d.document
FROM generate_series(1, $1::bigint) AS n, directory AS d WHERE d.id = $2::text`,
	`INSERT INTO directory_extensions (id, employee, customer, number, name, held)
SELECT '5a' || lpad(to_hex(n), 22, '0'), '5f' || lpad(to_hex(n), 22, '0'), '5c' || lpad(to_hex(1000 + n / 10), 22, '0'),
       (200 + n % 700)::text, 'Sample', true
FROM generate_series(1, $1::bigint) AS n WHERE $2::text <> ''`,
	`INSERT INTO lines (document_ref, shard, position, run, lines, amount, ids)
SELECT '2000-11/CUSTOMER/5c' || lpad(to_hex(1000 + n / 10), 22, '0') || '/DKK', n % 4, -n, $3::text, 1, 79,
       ARRAY[gen_random_uuid()]
FROM generate_series(1, $1::bigint) AS n WHERE $2::text <> ''`,
	`INSERT INTO run_totals (run, shard, document_ref, ledger, bill_to, currency, lines, amount, hash)
SELECT $3::text, n % 4, '2000-11/CUSTOMER/5c' || lpad(to_hex(1000 + n), 22, '0') || '/DKK', 'CUSTOMER',
       '5c' || lpad(to_hex(1000 + n), 22, '0'), 'DKK', 1, 79, 0::bit(128)
FROM generate_series(1, $1::bigint) AS n WHERE $2::text <> ''`,
	`INSERT INTO documents (document_ref, shard, position, ledger, bill_to, currency, type, total, lines, hash, run)
SELECT '2000-11/CUSTOMER/5c' || lpad(to_hex(1000 + n), 22, '0') || '/DKK', 16, 1000000 + n, 'CUSTOMER',
       '5c' || lpad(to_hex(1000 + n), 22, '0'), 'DKK', 'INVOICE', 790, 10, gen_random_uuid(), $3::text
FROM generate_series(1, $1::bigint / 10) AS n WHERE $2::text <> ''`,
	`INSERT INTO run_reasons (run, shard, stream, reason, detail)
SELECT $3::text, n % 4, 'employee/5f' || lpad(to_hex(n), 22, '0'), (ARRAY['NOT_DUE', 'HOLD', 'PARKED'])[1 + n % 3], ''
FROM generate_series(1, $1::bigint) AS n WHERE $2::text <> ''`,
	`INSERT INTO parked (topic, partition, "offset", shard, stream, command_id, reason, detail, key, value, headers, at,
    state, holds, parked_at)
SELECT 'employee.commands', n % 4, 1000000 + n, n % 4, 'employee/5f' || lpad(to_hex(n), 22, '0'), n::text,
       'unknown_type', 'a newer version knows it', '', '{}', '[]', now(), 'parked', false, now()
FROM generate_series(1, $1::bigint / 10) AS n WHERE $2::text <> '' AND $3::text <> ''`,
}

// haltOnceOpened halts the run in the moment in which the first shard opens it.
const haltOnceOpened = `
CREATE FUNCTION halt_once() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO run_halts (scope, reason, at) VALUES ('invoicing', 'the pages are measured', now())
    ON CONFLICT DO NOTHING;
    RETURN NEW;
END $$;
CREATE TRIGGER halt_once AFTER INSERT ON run_shards FOR EACH ROW EXECUTE FUNCTION halt_once()`

// releaseRun lets it end with what it has billed itself: a run that is complete reads its totals from its own event.
const releaseRun = `
DROP TRIGGER halt_once ON run_shards;
DELETE FROM run_totals WHERE document_ref LIKE '2000-11/%';
DELETE FROM run_halts`

// TestConsole_PagesOfManyEmployees opens every page before, during and after a run, with as many employees as are asked
// for. At a million each must be there within pageMax.
func TestConsole_PagesOfManyEmployees(t *testing.T) {
	t.Parallel()
	many := int64(fewEmployees)
	if text := os.Getenv(envMany); text != "" {
		n, err := strconv.ParseInt(text, 10, 64)
		require.NoError(t, err)
		many = n
	}
	s := start(t)
	s.multiply(many)
	pages := []string{
		"/", "/runs", "/runs/nightly/2026-11-01", "/held/nightly/2026-11-01?reason=HOLD", "/employees", "/employees/" +
			employee,
		"/employees?q=100777", "/parked", "/parked?reason=unknown_type", "/flow", "/documents",
		"/documents?payer=5c0000000000000000000400", "/switches", "/replays", "/cluster", "/proofs",
	}
	v := s.signedIn()
	s.measure(v, "before", many, pages)
	db := s.connect()
	_, err := db.Exec(t.Context(), haltOnceOpened)
	require.NoError(t, err)
	planned, err := runstate.Read(t.Context(), s.node.Store, "nightly/2026-11-01")
	require.NoError(t, err)
	_, _ = v.act("/runs/nightly/2026-11-01", "approve", map[string][]string{"digest": {planned.Planned.Digest},
		"reason": {"the pages are measured"}})
	s.until("the run has begun and is halted", func() bool { return s.stateOfRun() == runstate.StateHalted })
	s.measure(v, "during", many, pages)
	_, err = db.Exec(t.Context(), releaseRun)
	require.NoError(t, err)
	s.until("the run is complete", func() bool { return s.stateOfRun() == runstate.StateCompleted })
	s.measure(v, "after", many, pages)
}

func (s *system) stateOfRun() string {
	p, err := runs.ProgressOf(s.t.Context(), s.node.Store, "nightly/2026-11-01")
	if err != nil {
		return ""
	}
	return p.State
}

// multiply fills the tables.
func (s *system) multiply(many int64) {
	s.t.Helper()
	db := s.connect()
	for _, sql := range multiplied {
		args := []any{many, employee}
		if strings.Contains(sql, "$3") {
			args = append(args, "nightly/2026-11-01")
		}
		began := time.Now()
		_, err := db.Exec(s.t.Context(), sql, args...)
		require.NoError(s.t, err, sql)
		table, _, _ := strings.Cut(strings.TrimPrefix(sql, "INSERT INTO "), " ")
		s.t.Logf("%s filled in %s", table, time.Since(began).Round(time.Millisecond))
	}
	_, err := db.Exec(s.t.Context(), "VACUUM ANALYZE")
	require.NoError(s.t, err)
}

// connect opens a connection as the owner of the tables.
func (s *system) connect() *pgx.Conn {
	s.t.Helper()
	db, err := pgx.Connect(s.t.Context(), s.node.DSN)
	require.NoError(s.t, err)
	s.t.Cleanup(func() { require.NoError(s.t, db.Close(context.Background())) })
	return db
}

// measure opens each page some times.
func (s *system) measure(v *visitor, when string, many int64, pages []string) {
	s.t.Helper()
	for _, path := range pages {
		best := time.Hour
		for range pageTries {
			began := time.Now()
			code, page := v.get(path)
			require.Equal(s.t, http.StatusOK, code, "%s %s: %s", when, path, page)
			best = min(best, time.Since(began))
			assert.Less(s.t, len(page), 150_000, "%s %s", when, path)
		}
		s.t.Logf("%-7s %-45s %s", when, path, best.Round(100*time.Microsecond))
		if many >= million {
			assert.Less(s.t, best, pageMax, "%s %s", when, path)
		}
	}
}
