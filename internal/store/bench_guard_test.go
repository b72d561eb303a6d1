package store

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
)

// BenchmarkGuard is what it costs that the database refuses a day billed twice, for 1 000 lines a transaction. The
// difference of the first two is our guard; the third is an exclusion constraint's table alone, which would come on top
// of the first; the last is a table with a unique index, which refuses a second line from the same day only, not an
// overlap.
func BenchmarkGuard(b *testing.B) {
	b.Run("none", func(b *testing.B) { (&traffic{}).each(b, 1_000) })
	b.Run("multirange", func(b *testing.B) { (&traffic{lines: 1}).each(b, 1_000) })
	b.Run("exclusion", func(b *testing.B) {
		linesTable(b, "EXCLUDE USING gist (stream WITH =, slot WITH =, days WITH &&)")
	})
	b.Run("unique", func(b *testing.B) { linesTable(b, "UNIQUE (stream, slot, first)") })
}

const sqlBenchLines = `
INSERT INTO covered (stream, slot, first, days)
SELECT u.stream, 1, u.first, int4range(u.first, u.first + 30)
FROM unnest($1::text[], $2::integer[]) AS u(stream, first)`

// linesTable inserts one covered month for each employee, again and again, into a table with the constraint.
func linesTable(b *testing.B, constraint string) {
	s := newStore(b)
	if _, err := s.pool.Exec(b.Context(), "CREATE EXTENSION IF NOT EXISTS btree_gist"); err != nil {
		b.Skip("btree_gist is not installed")
	}
	_, err := s.pool.Exec(b.Context(),
		`CREATE TABLE covered (stream text COLLATE "C", slot integer, first integer, days int4range, `+constraint+`)`)
	require.NoError(b, err)
	r := &traffic{}
	insert := func() {
		streams, firsts := make([]string, 1_000), make([]int32, 1_000)
		for i := range streams {
			stream, version := r.next()
			streams[i], firsts[i] = stream, version*30
			r.n++
		}
		if _, err := s.pool.Exec(context.Background(), sqlBenchLines, streams, firsts); err != nil {
			b.Fatal(err)
		}
	}
	for r.n < population {
		insert()
	}
	b.ResetTimer()
	for b.Loop() {
		insert()
	}
	report(b, 1_000, "lines/s")
}
