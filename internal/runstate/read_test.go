package runstate

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"tenure/internal/test/environment"
)

func TestRead_ARunParkedBeforeItBeganIsAnError(t *testing.T) {
	t.Parallel()
	s := environment.Store(t, environment.Simulated(t))
	last, err := Last(t.Context(), s)
	require.NoError(t, err)
	require.Nil(t, last, "before the first run there is none")
	b := &pgx.Batch{}
	b.Queue("INSERT INTO shards (shard, topic, partition, topic_id, partitions) VALUES (2048, 't', 0, '', 1)")
	b.Queue("INSERT INTO subjects (shard, stream, version, parked, state) VALUES (2048, 'run/nightly/2026-11-01', 0, " +
		"true, '{}')")
	require.NoError(t, s.InTx(context.Background(), b))
	_, err = Last(t.Context(), s)
	require.ErrorContains(t, err, "nightly/2026-11-01 is parked before it began")
}
