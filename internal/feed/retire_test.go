package feed

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/internal/store"
	"tenure/internal/test/feedtest"
	"tenure/internal/test/running"
	"tenure/projections"
)

// TestRetire_AFormerReaderIsForgottenOnceNoOlderProcessReads leaves the readers that continue alone.
func TestRetire_AFormerReaderIsForgottenOnceNoOlderProcessReads(t *testing.T) {
	t.Parallel()
	db := feedtest.NewDatabase(t)
	feedtest.NewJournal(t, db.Store).Append(1, feedtest.Of(feedtest.Employee(1), feedtest.Created(1))...)
	live(t, Config{Store: db.Store, Subscribers: []Subscriber{Project(NewReader(db.Store), projections.Directory{})}})
	caught(t, db, "directory")
	former := projections.Former()[0]
	held, err := db.Lease(t.Context(), former, []store.ShardID{1}, "older", time.Hour)
	require.NoError(t, err)
	_, err = db.Lease(t.Context(), former+memberSuffix, []store.ShardID{0}, "older", time.Hour)
	require.NoError(t, err)
	gone, err := db.ForgetReaders(t.Context(), former, former+memberSuffix)
	require.NoError(t, err)
	require.False(t, gone, "an older process reads")
	require.Equal(t, []string{"directory", former}, subscribersOf(t, db))

	require.NoError(t, db.Release(t.Context(), held[0]))
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	Retire(ctx, db.Store, projections.Former(), running.Log())
	require.NoError(t, ctx.Err())
	require.Equal(t, []string{"directory"}, subscribersOf(t, db))
}

// subscribersOf are the names that have checkpoints.
func subscribersOf(t *testing.T, db *feedtest.Database) (names []string) {
	t.Helper()
	all, err := ProgressOf(t.Context(), db.Store)
	require.NoError(t, err)
	for _, p := range all {
		if n := len(names); n == 0 || names[n-1] != p.Subscriber {
			names = append(names, p.Subscriber)
		}
	}
	return names
}
