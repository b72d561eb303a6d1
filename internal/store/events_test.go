package store

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestEvents_ArePagedByPositionAndByVersion(t *testing.T) {
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

	heads, err := s.Heads(t.Context())
	require.NoError(t, err)
	require.Len(t, heads, 1)
	require.Equal(t, Head{Shard: 1, Topic: "topic-0", TopicID: "topic-id", Partition: 1, Epoch: 1, NextOffset: 6, Head: 6,
		OutcomesHead: 6, DecidedAt: noon, Chain: c.Chain, OutcomeChain: c.OutcomeChain}, heads[1])
}

func TestEvents_OutcomesAreReadInOrderAndByCommand(t *testing.T) {
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

func TestEvents_NoTwoEventsHaveTheSameEncoding(t *testing.T) {
	t.Parallel()
	c := NewChainer()
	base := Event{Shard: 1, Position: 1, Stream: "ab", Version: 1, Type: "cd", At: noon, CommandID: "ef", RunID: "gh",
		Actor: []byte("ij"), Payload: []byte("kl")}
	for name, change := range map[string]func(*Event){
		"a letter moves to the next field": func(e *Event) { e.Stream, e.Type = "abc", "d" },
		"a field moves to the next one":    func(e *Event) { e.CommandID, e.RunID = "", "efgh" },
		"another shard":                    func(e *Event) { e.Shard = 2 },
	} {
		other := base
		change(&other)
		require.False(t, bytes.Equal(c.Next(nil, &base), c.Next(nil, &other)), name)
	}
	finer := base
	finer.At = noon.Add(999 * time.Nanosecond)
	require.Equal(t, c.Next(nil, &base), c.Next(nil, &finer), "the database stores microseconds")
}

// Logs that exist must verify indefinitely: the encoding behind these two may not change.
func TestEvents_HashesOfAKnownEventAndCommandStayAsTheyAre(t *testing.T) {
	t.Parallel()
	e := event("employee/a", 1)
	e.Shard, e.Position = 3, 7
	require.Equal(t, "2c6c8863a9ac711d3418804cb11e803791e5561d471c36e03ac83cd146bb6fd6",
		hex.EncodeToString(NewChainer().Next([]byte{1}, &e)))
	require.Equal(t, "48504615-d8f1-8864-8de9-2d27c52db2a3", CommandKey("employee/a", "c1").String())
}

func TestEvents_CommandKeysDifferWhereStreamOrCommandDo(t *testing.T) {
	t.Parallel()
	seen := make(map[string]string)
	for _, pair := range [][2]string{{"a", "bc"}, {"ab", "c"}, {"abc", ""}, {"", "abc"}, {"a", "b"}} {
		key := CommandKey(pair[0], pair[1])
		require.Equal(t, key, CommandKey(pair[0], pair[1]))
		require.Empty(t, seen[key.String()])
		seen[key.String()] = fmt.Sprint(pair)
	}
}

func TestEvents_AShardIsNumberedByFamilyAndPartition(t *testing.T) {
	t.Parallel()
	require.EqualValues(t, 7, ShardOf(FamilyEmployee, 7))
	require.EqualValues(t, 2055, ShardOf(FamilyBilling, 7))
	require.Equal(t, FamilyBilling, ShardOf(FamilyBilling, 7).Family())
	require.EqualValues(t, 7, ShardOf(FamilyBilling, 7).Partition())
	require.Equal(t, CatalogShard, ShardOf(FamilyCatalog, 0))
}

func TestHasEventsBeside_ReportsWhatIsBehindAPlaceAndOfAnotherKind(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	has := func(shard ShardID, position int64) bool {
		heads, err := s.Heads(t.Context())
		require.NoError(t, err)
		found, err := s.HasEventsBeside(t.Context(), map[ShardID]int64{shard: position}, heads, "run.")
		require.NoError(t, err)
		return found
	}
	require.False(t, has(1, 0), "an empty log")
	e, step := event("employee/a", 1), event("run_shard/nightly", 1)
	step.Type = "run.shard_completed.v1"
	require.NoError(t, s.Write(t.Context(), claimed(t, s, 1), Write{CatalogVersion: -1, Events: []Event{e, step}}))
	require.True(t, has(1, 0))
	require.False(t, has(1, 1), "only a step of a run is behind it")
	require.False(t, has(1, 2))
}

func TestEventsBehind_EndWhereTheBytesAreFull(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	c := claimed(t, s, 1)
	require.NoError(t, s.Write(t.Context(), c, plain(c, 1, "employee/a", "employee/b", "employee/c", "employee/d")))
	all, err := s.Events(t.Context(), 1, 0, 10)
	require.NoError(t, err)
	require.Len(t, all, 4)
	size := int64(len(all[0].Payload))
	require.Positive(t, size)
	for _, c := range []struct {
		bytes int64
		read  int
	}{{1, 1}, {size, 1}, {size + 1, 2}, {3 * size, 3}} {
		page, err := s.EventsBehind(t.Context(), 1, all[0].Place(), 10, c.bytes, nil)
		require.NoError(t, err)
		require.Len(t, page, c.read, "%d bytes: the event before the page does not count", c.bytes)
		require.Equal(t, all[1].Payload, page[0].Payload)
	}
}

// A page that holds everything behind a place is read in one way, and one that steps over events in another.
func TestEventsBehind_AreTheSameWhateverIsSteppedOver(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	c := claimed(t, s, 1)
	w := plain(c, 1, "employee/a", "employee/b", "employee/c", "employee/d", "employee/e")
	w.Events[2].Type = "employee.other.v1"
	require.NoError(t, s.Write(t.Context(), c, w))
	all, err := s.Events(t.Context(), 1, 0, 10)
	require.NoError(t, err)
	place := all[0].Place()
	whole, err := s.EventsBehind(t.Context(), 1, place, 10, 1<<20, []string{"a type that nothing has"})
	require.NoError(t, err)
	require.Equal(t, all[1:], whole)
	parted, err := s.EventsBehind(t.Context(), 1, place, 10, 1<<20, []string{"employee.other.v1"})
	require.NoError(t, err)
	require.Equal(t, append(all[1:2:2], all[3:]...), parted)

	damage(t, s, "DELETE FROM events WHERE shard = 1 AND pos = 3")
	for _, skipped := range [][]string{nil, {"employee.other.v1"}, {all[1].Type}} {
		page, gap, err := s.eventsWithin(t.Context(),
			eventPage{shard: 1, after: 1, limit: 10, bytes: 1 << 20, skipped: skipped})
		require.NoError(t, err)
		require.Equal(t, &GapError{Position: 3, Next: 4}, gap, "%v", skipped)
		require.NotEmpty(t, page)
	}
}
