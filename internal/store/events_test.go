package store

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestEventsArePagedByPositionAndByVersion(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	c := claimed(t, s, 1)
	for version := int32(1); version <= 3; version++ {
		require.NoError(t, s.Write(t.Context(), c, plain(c, version, "employee/a", "employee/b")))
	}
	page, err := s.Events(t.Context(), 1, 2, 3)
	require.NoError(t, err)
	require.Len(t, page, 3)
	require.EqualValues(t, 3, page[0].Position)
	require.EqualValues(t, 5, page[2].Position)
	end, err := s.Events(t.Context(), 1, 6, 3)
	require.NoError(t, err)
	require.Empty(t, end)

	stream, err := s.StreamEvents(t.Context(), "employee/b", 2)
	require.NoError(t, err)
	require.Len(t, stream, 2)
	require.EqualValues(t, 2, stream[0].Version)
	require.EqualValues(t, 3, stream[1].Version)
	require.NoError(t, s.VerifyChain(t.Context(), 1))
	require.NoError(t, s.VerifyChain(t.Context(), 9), "nothing was ever written there")

	heads, err := s.Heads(t.Context())
	require.NoError(t, err)
	require.Len(t, heads, 1)
	require.Equal(t, Head{Shard: 1, Topic: "topic-0", Partition: 1, Partitions: 16, Epoch: 1, NextOffset: 6, Head: 6, OutcomesHead: 6,
		DecidedAt: noon, Chain: c.Chain}, heads[1])
}

func TestOutcomesAreReadInOrderAndByCommand(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	c := claimed(t, s, 1)
	w := plain(c, 1, "employee/a", "employee/b", "employee/c")
	w.Outcomes[1].Final = false
	require.NoError(t, s.Write(t.Context(), c, w))
	after, err := s.OutcomesAfter(t.Context(), 1, 1, 10)
	require.NoError(t, err)
	require.Equal(t, w.Outcomes[1:], after)
	found, ok, err := s.Outcome(t.Context(), "employee/a", "c1")
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, w.Outcomes[0], found)
	_, ok, err = s.Outcome(t.Context(), "employee/b", "c1")
	require.NoError(t, err)
	require.False(t, ok, "not final yet")
}

func TestEveryChangeOfAStoredEventBreaksTheChain(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]string{
		"a bit of the payload": "payload = set_bit(payload, 5, 1 - get_bit(payload, 5))",
		"a bit of the actor":   "actor = set_bit(actor, 5, 1 - get_bit(actor, 5))",
		"the type":             "type = 'employee.created.v1'",
		"the instant":          "at = at + interval '1 microsecond'",
		"the command":          "command_id = 'other'",
		"the run":              "run_id = 'other'",
		"the stream":           "stream = 'employee/x'",
		"the version":          "version = 9",
		"a bit of the hash":    "chain = set_bit(chain, 5, 1 - get_bit(chain, 5))",
		"the position":         "pos = 99",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStore(t)
			c := claimed(t, s, 1)
			require.NoError(t, s.Write(t.Context(), c, plain(c, 1, "a", "b", "c")))
			damage(t, s, "UPDATE events SET "+change+" WHERE pos = 2")
			var broken *ChainError
			require.ErrorAs(t, s.VerifyChain(t.Context(), 1), &broken)
			require.Equal(t, []int64{1, 2}, []int64{int64(broken.Shard), broken.Position})
		})
	}
}

func TestATailThatWasCutOffBreaksTheChain(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	c := claimed(t, s, 1)
	require.NoError(t, s.Write(t.Context(), c, plain(c, 1, "a", "b")))
	damage(t, s, "DELETE FROM events WHERE pos = 2", "UPDATE shards SET head = 1")
	var broken *ChainError
	require.ErrorAs(t, s.VerifyChain(t.Context(), 1), &broken)
	require.EqualValues(t, 1, broken.Position)
}

func TestNoTwoEventsHaveTheSameEncoding(t *testing.T) {
	t.Parallel()
	c := newChainer()
	base := Event{Shard: 1, Position: 1, Stream: "ab", Version: 1, Type: "cd", At: noon, CommandID: "ef", RunID: "gh", Actor: []byte("ij"), Payload: []byte("kl")}
	for name, change := range map[string]func(*Event){
		"a letter moves to the next field": func(e *Event) { e.Stream, e.Type = "abc", "d" },
		"a field moves to the next one":    func(e *Event) { e.CommandID, e.RunID = "", "efgh" },
		"another shard":                    func(e *Event) { e.Shard = 2 },
	} {
		other := base
		change(&other)
		require.False(t, bytes.Equal(c.next(nil, &base), c.next(nil, &other)), name)
	}
	finer := base
	finer.At = noon.Add(999 * time.Nanosecond)
	require.Equal(t, c.next(nil, &base), c.next(nil, &finer), "the database stores microseconds")
}

// Logs that exist must verify for ever: the encoding behind these two may not change.
func TestHashesOfAKnownEventAndCommandStayAsTheyAre(t *testing.T) {
	t.Parallel()
	e := event("employee/a", 1)
	e.Shard, e.Position = 3, 7
	require.Equal(t, "2c6c8863a9ac711d3418804cb11e803791e5561d471c36e03ac83cd146bb6fd6", hex.EncodeToString(newChainer().next([]byte{1}, &e)))
	require.Equal(t, "48504615-d8f1-8864-8de9-2d27c52db2a3", CommandKey("employee/a", "c1").String())
}

func TestCommandKeysDifferWhereStreamOrCommandDo(t *testing.T) {
	t.Parallel()
	seen := make(map[string]string)
	for _, pair := range [][2]string{{"a", "bc"}, {"ab", "c"}, {"abc", ""}, {"", "abc"}, {"a", "b"}} {
		key := CommandKey(pair[0], pair[1])
		require.Equal(t, key, CommandKey(pair[0], pair[1]))
		require.Empty(t, seen[key.String()])
		seen[key.String()] = fmt.Sprint(pair)
	}
}

func TestAShardIsNumberedByFamilyAndPartition(t *testing.T) {
	t.Parallel()
	require.EqualValues(t, 7, ShardOf(FamilyEmployee, 7))
	require.EqualValues(t, 2055, ShardOf(FamilyBilling, 7))
	require.Equal(t, FamilyBilling, ShardOf(FamilyBilling, 7).Family())
	require.EqualValues(t, 7, ShardOf(FamilyBilling, 7).Partition())
	require.Equal(t, CatalogShard, ShardOf(FamilyCatalog, 0))
}
