package rebuild

import (
	"context"
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/internal/feed"
	"tenure/internal/store"
	"tenure/internal/test/feedtest"
	"tenure/projections"
)

// oneLine chooses a single row.
const oneLine = `(shard, document_ref, position) IN (
	SELECT shard, document_ref, position FROM lines ORDER BY shard, document_ref, position LIMIT 1)`

func TestVerify_FindsWhatAnotherPartyDidToTheRows(t *testing.T) {
	t.Parallel()
	const first = "(SELECT min(id) FROM directory)"
	for _, row := range []struct {
		name, damage string
		p            projections.Projection
		table, what  string
		column       string
	}{
		{"a row that was changed", "UPDATE directory SET reseller = 'other' WHERE id = " + first,
			projections.Directory{},
			"directory", Changed, "reseller"},
		{"one byte of a document", "UPDATE directory SET document = set_byte(document, 3, 88) WHERE id = " + first,
			projections.Directory{},
			"directory", Changed, "document"},
		{"a row that was lost", "DELETE FROM directory WHERE id = " + first, projections.Directory{},
			"directory", Lost, ""},
		{"a row too many", "INSERT INTO directory (id, number, customer, reseller, access_level, state, " +
			"status, phone_numbers, extension, shard, position, entry, extensions, document) SELECT 'stranger', -1, " +
			"customer, reseller, access_level, state, status, phone_numbers, extension, shard, position, entry, " +
			"extensions, document FROM directory LIMIT 1",
			projections.Directory{}, "directory", Extra, ""},
		{"a line of another amount", "UPDATE lines SET amount = amount + 1 WHERE " + oneLine, projections.Lines{},
			"lines", Changed, "amount"},
		{"an amount with other decimals", "UPDATE lines SET amount = amount::numeric(20, 4) WHERE " + oneLine,
			projections.Lines{}, "lines", Changed, "amount"},
		{"a document without its number", "UPDATE documents SET invoice_number = 'x' WHERE document_ref = (SELECT " +
			"min(document_ref) FROM documents WHERE invoice_number <> '')",
			projections.Documents{}, "documents", Changed, "invoice_number"},
		{"an extension in the second table", "DELETE FROM directory_extensions WHERE id = 'x-1'", projections.Directory{},
			"directory_extensions", Lost, ""},
		{"a name that is none", "UPDATE directory SET first_name = NULL WHERE id = (SELECT min(id) FROM directory)",
			projections.Directory{},
			"directory", Changed, "first_name"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			c := newCompany(t)
			c.folded(row.p)
			sound, err := Verify(t.Context(), c.Store, row.p, Options{pieces: pieceMax})
			require.NoError(t, err)
			require.True(t, Equal(sound.Tables), "%+v", sound.Tables)
			c.Exec(row.damage)
			report, err := Verify(t.Context(), c.Store, row.p, Options{pieces: pieceMax})
			require.NoError(t, err)
			require.False(t, Equal(report.Tables))
			for _, table := range report.Tables {
				if table.Table != row.table {
					require.Zero(t, table.Buckets)
					continue
				}
				require.Equal(t, 1, table.Buckets)
				require.Equal(t, row.what, table.First.What)
				require.Equal(t, row.column, table.First.Column)
				require.NotEmpty(t, table.First.Key)
			}
			left, err := DropOld(t.Context(), c.Store, row.p)
			require.NoError(t, err)
			require.False(t, left)
			_, found, err := c.BuildIn(t.Context(), row.p.Name()+suffixVerify)
			require.NoError(t, err)
			require.False(t, found, "a verification leaves nothing behind")
		})
	}
}

func TestVerify_AVerificationThatWasKilledIsBegunAgain(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	p := projections.Directory{}
	c.folded(p)
	ctx, cancel := context.WithCancel(t.Context())
	_, err := Verify(ctx, c.Store, p, Options{pieces: pieceMax, Step: func(step string) {
		if step == "piece written" {
			cancel()
		}
	}})
	require.ErrorIs(t, err, context.Canceled)
	c.verified(p)
}

func TestVerify_AManySidedDifferenceNamesOneRow(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	p := projections.Directory{}
	c.folded(p)
	c.Exec("UPDATE directory SET state = 'OTHER'")
	report, err := Verify(t.Context(), c.Store, p, Options{})
	require.NoError(t, err)
	require.Greater(t, report.Tables[0].Buckets, bucketsLooked)
	require.Equal(t, Changed, report.Tables[0].First.What)
	require.Equal(t, "state", report.Tables[0].First.Column)
	require.EqualValues(t, employees, report.Tables[0].LiveRows)
	require.EqualValues(t, employees, report.Tables[0].FreshRows)
}

func quiet() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

func TestVerify_ANewerBuildRebuildsWhileTheOldRowsServeAndThenTheOlderOneWritesNoMore(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	older := projections.Directory{}
	stopOlder := c.live(older)
	c.caught(older)
	old := c.Rows("directory")

	next := newer{Folder: older, version: older.Version() + 1, state: "RESTATED"}
	swapping := make(chan struct{})
	go func() {
		Upkeep(t.Context(), c.Store, []projections.Projection{next}, Options{Step: func(step string) {
			if step == "compare" { // the old rows are served until the swap
				if e, found, err := projections.EmployeeByID(context.Background(), c.Store,
					"000000000000000000000001"); err != nil || !found || e.ID == "" {
					t.Errorf("%v %v", found, err)
				}
			}
		}}, quiet())
		close(swapping)
	}()
	<-swapping
	require.NotEqual(t, old, c.Rows("directory"))
	version, err := c.ReaderVersion(t.Context(), older.Name())
	require.NoError(t, err)
	require.Equal(t, next.Version(), version)

	c.live(next) // beside the older one, which gives its seat up
	c.change(1, 2)
	c.caught(next)
	c.awaitSeats(older.Name(), 1)
	c.hire(employees)
	c.caught(next)
	leases, err := c.LeaseAs(t.Context(), older.Name(), older.Version(), []store.ShardID{0, 1, 2},
		"an older one", time.Hour)
	require.NoError(t, err)
	require.Empty(t, leases)
	stopOlder()

	Upkeep(t.Context(), c.Store, []projections.Projection{older, next}, Options{Step: func(step string) {
		t.Errorf("nothing is to be done, but %s", step)
	}}, quiet())
}

// awaitSeats waits until so many processes share the shards of a reader.
func (c *company) awaitSeats(name string, n int) {
	c.t.Helper()
	require.Eventually(c.t, func() bool {
		taken := 0
		require.NoError(c.t, c.withRow("SELECT count(*) FROM leases WHERE name = '"+name+"/members' AND lease_until > now()",
			&taken))
		return taken == n
	}, patience, 10*time.Millisecond)
}

func TestVerify_AFreshDatabaseBeginsWithTheNewVersion(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	next := newer{Folder: projections.Directory{}, version: 7}
	Upkeep(t.Context(), c.Store, []projections.Projection{next},
		Options{Step: func(step string) { t.Errorf("no build: %s", step) }}, quiet())
	c.folded(next)
	version, err := c.ReaderVersion(t.Context(), next.Name())
	require.NoError(t, err)
	require.EqualValues(t, 7, version)
}

func TestVerify_UpkeepEndsWithItsContext(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	c.folded(projections.Directory{})
	ctx, cancel := context.WithCancel(t.Context())
	Upkeep(ctx, c.Store, []projections.Projection{newer{Folder: projections.Directory{}, version: 99}},
		Options{Step: func(string) { cancel() }}, quiet())
	version, err := c.ReaderVersion(t.Context(), "directory")
	require.NoError(t, err)
	require.Equal(t, projections.Directory{}.Version(), version)
}

func TestVerify_AReaderReportsItsVersionItsDelayAndWhenItWasHeard(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	p := projections.Lines{}
	c.folded(p)
	require.NoError(t, c.SetClock(t.Context(), feedtest.Noon.Add(90*time.Second)))
	c.change(3, 1)
	all, err := feed.ProgressOf(t.Context(), c.Store)
	require.NoError(t, err)
	delays := map[store.ShardID]time.Duration{}
	for _, one := range all {
		require.EqualValues(t, 1, one.Version)
		require.NotZero(t, one.Heard)
		delays[one.Shard] = one.Delay
	}
	require.Equal(t, 90*time.Second, delays[0], "the first event that was not taken is of noon")
	require.Zero(t, delays[1])
}

func TestVerify_ProgressReportsRateAndTimeLeft(t *testing.T) {
	t.Parallel()
	m := newMeter(nil)
	m.begin(1_000, 200)
	m.phase("load")
	m.add(300)
	p := m.at(m.began.Add(3 * time.Second))
	require.Equal(t, Progress{Phase: "load", Done: 500, All: 1_000, Rate: 100, Left: 5 * time.Second}, p)
	m.add(500)
	require.Zero(t, m.at(m.began.Add(4*time.Second)).Left)
	m.stop()
}

func TestVerify_ProgressIsReported(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	c.folded(projections.Lines{})
	heard := make(chan Progress, 64)
	_, err := Run(t.Context(), c.Store, projections.Lines{}, Options{
		Say: func(p Progress) { heard <- p },
		Step: func(step string) {
			if step == "compare" {
				<-heard
			}
		}})
	require.NoError(t, err)
}
