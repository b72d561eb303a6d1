package keyring

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/internal/store"
)

// source is a table of keys that counts its reads.
type source struct {
	keys  []store.SigningKey
	err   error
	reads int
}

func (s *source) VerifyingKeys(context.Context) ([]store.SigningKey, error) {
	s.reads++
	return s.keys, s.err
}

func TestRing_Find(t *testing.T) {
	t.Parallel()
	s := &source{keys: []store.SigningKey{{ID: "a", Name: "first"}}}
	r, err := New(t.Context(), s, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	find := func(id string, age time.Duration) bool {
		r.read = time.Now().Add(-age)
		grant, ok := r.Find(id)
		require.True(t, !ok || grant.ID == id)
		return ok
	}
	require.True(t, find("a", 0), "a known key costs no read")
	require.Equal(t, 1, s.reads)
	for range 3 * unknownBurst {
		require.False(t, find("b", 0), "unknown ones that come at once cost a few reads, and then none")
	}
	require.Equal(t, 1+unknownBurst, s.reads)
	r.burst = 0
	s.keys = append(s.keys, store.SigningKey{ID: "c"})
	require.True(t, find("c", 0), "a key that was just made is known to its first command")
	s.keys = append(s.keys, store.SigningKey{ID: "b"})
	require.True(t, find("b", unknownPause+time.Millisecond), "a new key is found when it is used")
	s.keys = s.keys[1:]
	require.True(t, find("a", time.Second), "a revoked one counts for a moment")
	require.False(t, find("a", staleMax+time.Millisecond), "and then no longer")
	s.err = errors.New("the database is away")
	require.True(t, find("b", staleMax+time.Millisecond), "keys of before count while the database is away")
}

func TestNew_FailsWithoutKeys(t *testing.T) {
	t.Parallel()
	_, err := New(t.Context(), &source{err: errors.New("away")}, slog.New(slog.DiscardHandler))
	require.Error(t, err)
}
