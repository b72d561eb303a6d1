package store

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

func reserved(t testing.TB, s *Store, c *Claim, wanted ...Login) map[string]string {
	t.Helper()
	holders, err := s.ReserveLogins(t.Context(), c, wanted)
	require.NoError(t, err)
	return holders
}

func TestLogin_NameIsWhoseItWasFirst(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	one, two := claimed(t, s, 1), claimed(t, s, 2)
	require.Equal(t, map[string]string{"a@example.com": "employee/a", "b@example.com": "employee/b"},
		reserved(t, s, one, Login{"b@example.com", "employee/b"}, Login{"a@example.com", "employee/a"}))
	require.Equal(t, map[string]string{"a@example.com": "employee/a", "c@example.com": "employee/c"},
		reserved(t, s, two, Login{"a@example.com", "employee/c"}, Login{"c@example.com", "employee/c"}),
		"another shard's employee is told who has it")
	require.Equal(t, map[string]string{"a@example.com": "employee/a"},
		reserved(t, s, one, Login{"a@example.com", "employee/a"}), "who has it finds it again")
	require.Equal(t, map[string]string{"d@example.com": "employee/y"},
		reserved(t, s, one, Login{"d@example.com", "employee/y"}, Login{"d@example.com", "employee/x"}),
		"of two in a call the first gets it")
}

func TestLogins_AWriteFreesLoginNamesOfTheirStreams(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	c := claimed(t, s, 1)
	reserved(t, s, c, Login{"a@example.com", "employee/a"}, Login{"b@example.com", "employee/b"})
	w := plain(c, 1, "employee/a")
	w.Freed = []Login{{"a@example.com", "employee/a"}, {"b@example.com", "employee/a"}, {"x@example.com", "employee/a"}}
	require.NoError(t, s.Write(t.Context(), c, w))
	_, held, err := s.LoginHolder(t.Context(), "a@example.com")
	require.NoError(t, err)
	require.False(t, held)
	stream, held, err := s.LoginHolder(t.Context(), "b@example.com")
	require.NoError(t, err)
	require.True(t, held, "what is another's stays")
	require.Equal(t, "employee/b", stream)

	zombie := *c
	claimed(t, s, 1)
	w = plain(&zombie, 2, "employee/a")
	w.Freed = []Login{{"b@example.com", "employee/b"}}
	require.ErrorIs(t, s.Write(t.Context(), &zombie, w), ErrFenced)
	_, held, err = s.LoginHolder(t.Context(), "b@example.com")
	require.NoError(t, err)
	require.True(t, held, "a write that is refused frees nothing")
}

func TestLogins_WhoLostTheShardReservesNothing(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	zombie := claimed(t, s, 1)
	claimed(t, s, 1)
	_, err := s.ReserveLogins(t.Context(), zombie, []Login{{"a@example.com", "employee/a"}})
	require.ErrorIs(t, err, ErrFenced)
	_, held, err := s.LoginHolder(t.Context(), "a@example.com")
	require.NoError(t, err)
	require.False(t, held)
}

func TestLogins_ShardsThatWantTheSameNamesAtOnceAgreeOnWhoHasThem(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	const shards, names = 4, 50
	told := make([]map[string]string, shards)
	var wait sync.WaitGroup
	for n := range shards {
		c := claimed(t, s, ShardID(n+1))
		var wanted []Login
		for i := range names {
			at := (i*(n+1) + n) % names // each in an order separate
			wanted = append(wanted, Login{fmt.Sprintf("%02d@example.com", at), fmt.Sprintf("employee/%d", n)})
		}
		wait.Go(func() {
			holders, err := s.ReserveLogins(context.Background(), c, wanted)
			require.NoError(t, err)
			told[n] = holders
		})
	}
	wait.Wait()
	require.Equal(t, int64(names), count(t, s, "SELECT count(*) FROM logins"))
	for n := range shards {
		for name, stream := range told[n] {
			holder, _, err := s.LoginHolder(t.Context(), name)
			require.NoError(t, err)
			require.Equal(t, holder, stream, name)
		}
	}
}
