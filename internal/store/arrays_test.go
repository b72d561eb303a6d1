package store

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5/pgtype"
	"github.com/stretchr/testify/require"
)

func TestArrays_ArriveAsTheyWere(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for _, texts := range [][]string{{}, {""}, {"a", "", "größer", `with "quotes", commas {and} \ more`}} {
		var back []string
		require.NoError(t, s.pool.QueryRow(t.Context(), "SELECT $1::text[]", texts).Scan(&back))
		require.Equal(t, texts, back)
	}
	for _, list := range []blobs{{}, {{}}, {{0, 1, 255}, {}, bytes.Repeat([]byte("long"), 10_000)}} {
		var back [][]byte
		require.NoError(t, s.pool.QueryRow(t.Context(), "SELECT $1::bytea[]", list).Scan(&back))
		require.Equal(t, [][]byte(list), back)
	}
}

func TestArrays_NoArrayAndNoElementAreNull(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	var none, absent bool
	require.NoError(t, s.pool.QueryRow(t.Context(), "SELECT $1::text[] IS NULL, $2::bytea[] IS NULL", []string(nil),
		blobs(nil)).
		Scan(&none, &absent))
	require.True(t, none && absent)
	var first, second bool
	require.NoError(t, s.pool.QueryRow(t.Context(), "SELECT ($1::bytea[])[1] IS NULL, ($1::bytea[])[2] IS NULL",
		blobs{nil, {7}}).
		Scan(&first, &second))
	require.True(t, first)
	require.False(t, second)
}

// What goes over the wire is byte for byte what pgx would send.
func TestArrays_AreEncodedAsByPgx(t *testing.T) {
	t.Parallel()
	own, theirs := pgtype.NewMap(), pgtype.NewMap()
	quickArrays(own)
	before := []byte("what the statement has before")
	for _, value := range []any{[]string{"a", "bc", ""}, blobs{[]byte("a"), nil, {}}} {
		oid := uint32(pgtype.TextArrayOID)
		if _, ok := value.(blobs); ok {
			oid = pgtype.ByteaArrayOID
		}
		want, err := theirs.Encode(oid, pgtype.BinaryFormatCode, value, bytes.Clone(before))
		require.NoError(t, err)
		got, err := own.Encode(oid, pgtype.BinaryFormatCode, value, bytes.Clone(before))
		require.NoError(t, err)
		require.Equal(t, want, got, "%T", value)
	}
}

func BenchmarkArrays(b *testing.B) {
	list := make(blobs, 500)
	for i := range list {
		list[i] = benchPayload
	}
	for name, m := range map[string]*pgtype.Map{"quick": pgtype.NewMap(), "pgx": pgtype.NewMap()} {
		if name == "quick" {
			quickArrays(m)
		}
		b.Run(fmt.Sprintf("%d blobs, %s", len(list), name), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := m.Encode(pgtype.ByteaArrayOID, pgtype.BinaryFormatCode, list, make([]byte, 0, 256)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
