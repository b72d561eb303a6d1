package feed

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/internal/store"
	"tenure/internal/test/feedtest"
	"tenure/projections"
)

func TestProgress_AReaderHasCaughtUpWhenItIsAtTheEndOfEveryShard(t *testing.T) {
	t.Parallel()
	heads := map[store.ShardID]store.Head{1: {Head: 10, OutcomesHead: 4}, 2: {Head: 0}, 3: {Head: 5, OutcomesHead: 2}}
	at := func(name string, shard store.ShardID, position int64) Progress {
		return Progress{Subscriber: name, Shard: shard, Position: position}
	}
	for _, row := range []struct {
		name  string
		read  []Progress
		asked []string
		want  bool
	}{
		{"at both ends", []Progress{at("lines", 1, 10), at("lines", 3, 5)}, []string{"lines"}, true},
		{"an empty shard needs no reader", []Progress{at("lines", 1, 12), at("lines", 3, 9)}, []string{"lines"}, true},
		{"one event behind in one of them", []Progress{at("lines", 1, 10), at("lines", 3, 4)}, []string{"lines"}, false},
		{"a shard that was never read", []Progress{at("lines", 1, 10)}, []string{"lines"}, false},
		{"another reader is not asked about", []Progress{at("lines", 1, 10), at("lines", 3, 5), at("directory", 1, 0)},
			[]string{"lines"}, true},
		{"both must be there", []Progress{at("lines", 1, 10), at("lines", 3, 5), at("directory", 1, 10)},
			[]string{"lines", "directory"}, false},
		{"outcomes have their own end", []Progress{at(OutcomesName, 1, 4), at(OutcomesName, 3, 2)}, []string{OutcomesName},
			true},
		{"which may be behind too", []Progress{at(OutcomesName, 1, 3), at(OutcomesName, 3, 2)}, []string{OutcomesName},
			false},
		{"nobody is asked about", nil, nil, true},
	} {
		w := catchingUp{heads: heads, subscribers: row.asked, last: row.read}
		assert.Equal(t, row.want, len(w.behind()) == 0, row.name)
	}
}

func TestProgress_ReportsAnOperatorWhoIsHowFarBehind(t *testing.T) {
	t.Parallel()
	db := feedtest.NewDatabase(t)
	j := feedtest.NewJournal(t, db.Store)
	j.Append(3, feedtest.Of(feedtest.Employee(1), feedtest.Created(1), feedtest.Invoiced(1, "2026-03"))...)
	none, err := ProgressOf(t.Context(), db.Store)
	require.NoError(t, err)
	assert.Empty(t, none, "one that never ran is not among them")

	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	running, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() {
		ended <- Run(running, Config{Store: db.Store,
			Subscribers: []Subscriber{Project(NewReader(db.Store), projections.Lines{})}})
	}()
	require.NoError(t, Caught(ctx, db.Store, nil, "lines"))
	now := only(t, db, "lines")
	assert.Equal(t, []int64{2, 2, 0}, []int64{now.Position, now.Head, now.Lag},
		"events that it does not want are taken too")
	assert.True(t, now.Leased)
	assert.NotEmpty(t, now.Owner)

	stop()
	require.NoError(t, <-ended)
	j.Append(3, feedtest.Of(feedtest.Employee(1), feedtest.Invoiced(1, "2026-04"))...)
	later := only(t, db, "lines")
	assert.Equal(t, []int64{2, 3, 1}, []int64{later.Position, later.Head, later.Lag})
	assert.False(t, later.Leased, "nobody reads now")
	impatient, end := context.WithCancel(ctx)
	end()
	require.ErrorContains(t, Caught(impatient, db.Store, nil, "lines"), "feed: catch up with lines: ")
	heads := map[store.ShardID]store.Head{3: {Head: 2}}
	require.NoError(t, Caught(ctx, db.Store, heads, "lines"), "what came after the moment of asking is not waited for")
}

// only is the progress of a reader in the one shard that has anything.
func only(t *testing.T, db *feedtest.Database, name string) Progress {
	t.Helper()
	all, err := ProgressOf(t.Context(), db.Store)
	require.NoError(t, err)
	for _, p := range all {
		if p.Subscriber == name && p.Shard == 3 {
			return p
		}
	}
	t.Fatalf("%s is not among %v", name, all)
	return Progress{}
}
