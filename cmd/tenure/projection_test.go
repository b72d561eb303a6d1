package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/internal/feed"
	"tenure/internal/rebuild"
	"tenure/projections"
)

func TestProjection_AReaderIsSummedUpOverItsShards(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 1, 6, 0, 0, 0, time.UTC)
	list := readersOf([]feed.Progress{
		{Subscriber: "directory", Position: 10, Head: 15, Lag: 5, Leased: true, Version: 2, Delay: 3 * time.Second,
			Owner: "a", Heard: now.Add(-time.Second)},
		{Subscriber: "directory", Shard: 1, Position: 20, Head: 20, Version: 2, Heard: now.Add(-time.Minute)},
		{Subscriber: "lines", Position: 7, Head: 7, Leased: true, Version: 1},
	}, now)
	require.Equal(t, []readerView{
		{Reader: "directory", Version: 2, Shards: 2, Leased: 1, Taken: 30, Behind: 5, Delay: 3, Heard: 60,
			Each: []checkpointView{
				{Position: 10, Head: 15, Behind: 5, Delay: 3, Leased: true, Owner: "a", Heard: 1},
				{Shard: 1, Position: 20, Head: 20, Heard: 60},
			}},
		{Reader: "lines", Version: 1, Shards: 1, Leased: 1, Taken: 7, Heard: -1, Each: []checkpointView{
			{Position: 7, Head: 7, Leased: true, Heard: -1}}},
	}, list)
	require.NotNil(t, readersOf(nil, now), "nobody is an empty list in JSON, not null")
	require.Equal(t, "60.0 s ago", ago(list[0].Heard))
	require.Equal(t, "never", ago(list[1].Heard))
}

func TestProjection_ADifferenceIsReportedWithoutValues(t *testing.T) {
	t.Parallel()
	require.Equal(t, "-", firstDifference(nil))
	require.Equal(t, "lost a/b", firstDifference(&rebuild.Difference{What: rebuild.Lost, Key: "a/b"}))
	require.Equal(t, "changed a state", firstDifference(&rebuild.Difference{What: rebuild.Changed, Key: "a",
		Column: "state"}))
}

func TestProjection_ReadModelsAreListedWithVersionsAndTheirCheckpoints(t *testing.T) {
	t.Parallel()
	var readers []readerView
	asJSON(t, exitDone, &readers, "projection", "list")
	byName := map[string]readerView{}
	for _, r := range readers {
		byName[r.Reader] = r
	}
	for _, p := range projections.All() {
		r := byName[p.Name()]
		require.Equal(t, p.Version(), r.Version, p.Name())
		require.Len(t, r.Each, r.Shards)
		require.Zero(t, r.Behind)
		require.Zero(t, r.Delay)
		require.GreaterOrEqual(t, r.Heard, 0.0)
	}
	shards := on(t, exitDone, "projection", "list", "--shards").out
	require.Contains(t, shards, "OWNER")
}

// It rebuilds on the system that other tests read at the same time.
func TestProjection_AReadModelIsRebuiltVerifiedAndItsOldTablesAreDropped(t *testing.T) {
	t.Parallel()
	on(t, exitUsage, "projection", "rebuild", "nothing", "--yes")
	require.Contains(t, on(t, exitDone, "projection", "rebuild", "lines", "--dry-run").out, "lines")
	require.Contains(t, on(t, exitUsage, "projection", "rebuild", "lines").err, "use --yes")
	for _, p := range projections.All() {
		got := on(t, exitDone, "projection", "rebuild", p.Name(), "--yes")
		require.Contains(t, got.err, p.Name()+" is rebuilt at version")
		require.Contains(t, got.out, "0 of 256")
		var report rebuild.Report
		asJSON(t, exitDone, &report, "projection", "verify", p.Name())
		require.True(t, rebuild.Equal(report.Tables))
		require.True(t, report.Compared)
		on(t, exitDone, "projection", "drop-old", p.Name())
		on(t, exitNothing, "projection", "drop-old", p.Name())
	}
}
