package projections_test

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/internal/feed"
	"tenure/internal/store"
	"tenure/internal/test/feedtest"
	"tenure/projections"
)

// patience bounds each wait of a test; nothing waits for it to pass.
const patience = 5 * time.Minute

func TestMain(m *testing.M) { os.Exit(feedtest.Main(m)) }

// project runs one projection until it has folded the whole log, and stops it.
func project(t *testing.T, db *feedtest.Database, p projections.Projection) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	done := make(chan error, 1)
	running, stop := context.WithCancel(ctx)
	go func() {
		done <- feed.Run(running,
			feed.Config{Store: db.Store, Subscribers: []feed.Subscriber{feed.Project(feed.NewReader(db.Store), p)}})
	}()
	err := feed.Caught(ctx, db.Store, nil, p.Name())
	stop()
	require.NoError(t, <-done)
	require.NoError(t, err)
}

// again proves that a projection gives the same rows when it reads the same log twice, and when its table is built
// again.
func again(t *testing.T, db *feedtest.Database, p projections.Projection, table string) {
	t.Helper()
	rows := db.Rows(table)
	require.NotEmpty(t, rows)
	project(t, db, p)
	require.Equal(t, rows, db.Rows(table), "the checkpoint keeps facts from being folded twice")
	db.Exec("TRUNCATE "+table, "UPDATE subscriptions SET position = 0, chain = '\\x' WHERE name = '"+p.Name()+"'")
	project(t, db, p)
	require.Equal(t, rows, db.Rows(table), "built again")
}

// facts are appended in pages of every size, so that a subject's events fall into one page as well as into several.
func appendInPages(j *feedtest.Journal, shard store.ShardID, facts []feedtest.Entry) {
	for size := 1; len(facts) > 0; size++ {
		n := min(size, len(facts))
		j.Append(shard, facts[:n]...)
		facts = facts[n:]
	}
}
