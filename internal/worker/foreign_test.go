package worker_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"tenure/domain"
	"tenure/events"
	"tenure/internal/bus"
	"tenure/internal/store"
	"tenure/internal/test/environment"
)

func TestWorker_ARunThatNoSchedulerOpenedHoldsUpNeitherCommandsNorTheNight(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "2026-10-30T12:00:00Z")
	s.startWorker()
	s.company()
	for n := range 8 {
		s.send(hire(n))
	}
	for n := range 8 {
		require.Equal(t, domain.StatusApplied, s.outcome(hire(n)).Status)
	}
	foreign := order("run.open_shard.v1", "nightly/2026-10-01/0", "foreign", object{
		"run": "nightly/2026-10-01", "shard": 0, "businessDate": "2026-10-30", "policy": "ours"})
	foreign.Actor = events.Actor{System: "scheduler"}
	foreign.Key = bus.KeyFor("nightly/2026-10-01/0/", 0, environment.Partitions)
	s.send(foreign)
	require.Equal(t, domain.StatusApplied, s.outcome(foreign).Status)
	s.night()
	require.Len(t, s.lines(), 8*2*2, "by the night: two sources in two ledgers")
	for n := range 8 {
		row, _, err := s.store.Subject(context.Background(), "employee/"+employeeID(n))
		require.NoError(t, err)
		require.False(t, row.Parked)
	}
}

func TestWorker_NoticesThatItsDatabaseLostAPartOfTheCatalogue(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "2026-10-30T12:00:00Z")
	s.startWorker()
	s.company()
	s.send(hire(1))
	require.Equal(t, domain.StatusApplied, s.outcome(hire(1)).Status, "now the catalogue is in memory")
	kept, err := s.store.Events(t.Context(), store.CatalogShard, 3, 1)
	require.NoError(t, err)
	b := &pgx.Batch{} // as a replica that had not received the last commit would
	b.Queue("DELETE FROM events WHERE shard = $1::integer AND pos = 5", int32(store.CatalogShard))
	b.Queue("DELETE FROM subjects WHERE stream = $1::text", "product/"+light)
	b.Queue("UPDATE shards SET head = 4, chain = (SELECT chain FROM events WHERE shard = $1::integer AND pos = 4) "+
		"WHERE shard = $1::integer", int32(store.CatalogShard))
	b.Queue("UPDATE catalog_head SET head = 4, chain = $1::bytea", kept[0].Chain)
	require.NoError(t, s.store.InTx(context.Background(), b))
	s.send(hire(2))
	require.Equal(t, domain.StatusRejected, s.outcome(hire(2)).Status, "the addon's product is not there any more")
}
