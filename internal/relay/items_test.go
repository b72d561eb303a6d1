package relay

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/events"
	"tenure/internal/catalog"
	"tenure/internal/store"
	"tenure/internal/test/feedtest"
)

// named gives the catalogue a product under a name, as its next version.
func named(j *feedtest.Journal, name string) {
	j.Append(store.CatalogShard, feedtest.Of("product/p1", events.ProductPut{Type: "AD_HOC", Recurrence: "NONE",
		Name: name, UnitType: "HOURS"})...)
}

// opened lets a run have pinned a version.
func opened(db *feedtest.Database, run string, version int64) {
	db.Exec(`INSERT INTO shards (shard, topic, partition, topic_id, partitions) VALUES (1, 't', 1, '', 0)
		ON CONFLICT DO NOTHING`)
	db.Exec(fmt.Sprintf(`INSERT INTO run_shards (run, shard, business_date, manifest, state)
		VALUES ('%s', 1, DATE '2026-06-01', '{"catalogVersion":%d}', 'open')`, run, version))
}

func TestItems_ALineShowsItsProductAsItsRunKnewIt(t *testing.T) {
	t.Parallel()
	db := feedtest.NewDatabase(t)
	j := feedtest.NewJournal(t, db.Store)
	f := NewItems(db.Store, catalog.New(db.Store, nil))
	l := billing.Line{Product: "p1", Recurrence: billing.None, Units: billing.One, Amount: billing.One,
		Period: billing.Period{From: 1, To: 2}}
	shows := func(run, want string) {
		t.Helper()
		got, err := f.Line(t.Context(), []byte("> "), run, &l, []byte(`{"lineId":"1"}`))
		require.NoError(t, err, run)
		require.Equal(t, `> {"lineId":"1","bookingDate":"0001-01-01","quantity":"1",`+want+`}`, string(got), run)
	}
	for n := range 6 {
		named(j, fmt.Sprintf("name %d", n))
		opened(db, fmt.Sprintf("nightly/%d", n), int64(n)+1)
	}
	for range 2 { // from the log, then as far as it fits from memory
		for _, n := range []int{0, 5, 2, 4, 3, 1} {
			shows(fmt.Sprintf("nightly/%d", n), fmt.Sprintf(`"unitCode":"HUR","productName":"name %d"`, n))
		}
	}
	shows("nightly/unknown", `"unitCode":"C62"`)
	shows("", `"unitCode":"C62"`)
	for n := range itemRunsMax {
		shows(fmt.Sprintf("unknown/%d", n), `"unitCode":"C62"`)
	}
	require.LessOrEqual(t, len(f.versions), itemRunsMax)
}

func TestItems_ARunThatTheDatabaseContradictsIsAnError(t *testing.T) {
	t.Parallel()
	db := feedtest.NewDatabase(t)
	f := NewItems(db.Store, catalog.New(db.Store, nil))
	opened(db, "nightly/1", 7)
	l := billing.Line{}
	_, err := f.Line(t.Context(), nil, "nightly/1", &l, []byte(`{}`))
	require.ErrorContains(t, err, "the log ends at 0 before version 7: tenure audit")
	db.Exec(`UPDATE run_shards SET manifest = 'x'`)
	_, err = f.Line(t.Context(), nil, "nightly/1", &l, []byte(`{}`))
	require.ErrorContains(t, err, "the log ends", "the version is remembered for a moment")
	_, err = NewItems(db.Store, catalog.New(db.Store, nil)).Line(t.Context(), nil, "nightly/1", &l, []byte(`{}`))
	require.ErrorContains(t, err, "manifest of nightly/1")
}

// TestItems_FollowsARunThatStartedAgain has the database lose a run and its catalogue under a living process.
func TestItems_FollowsARunThatStartedAgain(t *testing.T) {
	t.Parallel()
	db := feedtest.NewDatabase(t)
	j := feedtest.NewJournal(t, db.Store)
	f := NewItems(db.Store, catalog.New(db.Store, nil))
	pin := func(version int64, chain string) {
		db.Exec(`DELETE FROM run_shards`)
		db.Exec(`INSERT INTO shards (shard, topic, partition, topic_id, partitions) VALUES (1, 't', 1, '', 0)
		ON CONFLICT DO NOTHING`)
		db.Exec(fmt.Sprintf(`INSERT INTO run_shards (run, shard, business_date, manifest, state) VALUES
			('nightly/1', 1, DATE '2026-06-01', '{"catalogVersion":%d,"catalogChain":"%s"}', 'open')`, version, chain))
	}
	l := billing.Line{Product: "p1", Recurrence: billing.None, Units: billing.One, Amount: billing.One,
		Period: billing.Period{From: 1, To: 2}}
	named(j, "first")
	named(j, "second")
	head, err := db.Store.CatalogHead(t.Context())
	require.NoError(t, err)
	pin(head.Position, fmt.Sprintf("%x", head.Chain))
	shown := func() string {
		got, err := f.Line(t.Context(), nil, "nightly/1", &l, []byte(`{"lineId":"1"}`))
		require.NoError(t, err)
		return string(got)
	}
	require.Contains(t, shown(), `"productName":"second"`)
	pin(1, "")
	f.mu.Lock()
	for run, version := range f.versions { // a moment later
		version.read = version.read.Add(-pinnedFor)
		f.versions[run] = version
	}
	f.mu.Unlock()
	require.Contains(t, shown(), `"productName":"first"`)
	pin(2, "00")
	f.versions = map[string]pinnedVersion{}
	_, err = f.Line(t.Context(), nil, "nightly/1", &l, []byte(`{"lineId":"1"}`))
	require.ErrorIs(t, err, store.ErrLostHistory, "a version by its number alone would fit")
}
