package store

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// BenchmarkWriteUnderALongSnapshot compares small writes while a snapshot is open, as that of a dump, with those
// without one.
func BenchmarkWriteUnderALongSnapshot(b *testing.B) {
	for _, held := range []bool{false, true} {
		name := "without"
		if held {
			name = "with"
		}
		b.Run(name, func(b *testing.B) {
			s := newStore(b)
			c := claimed(b, s, 1)
			conn, err := pgx.Connect(b.Context(), s.pool.Config().ConnString())
			require.NoError(b, err)
			defer func() { _ = conn.Close(context.Background()) }()
			if held {
				_, err = conn.Exec(b.Context(), "BEGIN ISOLATION LEVEL REPEATABLE READ")
				require.NoError(b, err)
				_, err = conn.Exec(b.Context(), "SELECT count(*) FROM shards")
				require.NoError(b, err)
			}
			for b.Loop() {
				require.NoError(b, s.Write(b.Context(), c, Write{NextOffset: c.NextOffset + 1, CatalogVersion: 0}))
			}
			began := time.Now()
			for range 20 {
				_, _, err := s.Ends(b.Context(), []ShardID{1})
				require.NoError(b, err)
			}
			b.ReportMetric(float64(time.Since(began).Microseconds())/20, "µs/ends")
		})
	}
}
