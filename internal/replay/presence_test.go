package replay

import (
	"fmt"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"tenure/contract"
	"tenure/internal/bus"
	"tenure/internal/store"
)

// at is a message that stands at a position of shard 1.
func at(position int64, part string) bus.Message {
	id := uuid.NewSHA1(uuid.Nil, fmt.Appendf(nil, "%d/%s", position, part))
	return bus.Message{Topic: "t", Key: []byte("k"), Headers: bus.Envelope{
		ID: id.String(), Type: "employee.created.v1", Position: bus.FormatPosition(1, position),
	}.Headers()}
}

func TestPresence_KnowsEachPosition(t *testing.T) {
	t.Parallel()
	p := newPresence([]store.Span{{Shard: 1, First: 10, Last: 200}})
	seen := []int64{10, 73, 74, 137, 138, 200, 9, 201, 1_000_000}
	for _, position := range seen {
		require.NoError(t, p.note(at(position, "")))
	}
	p.sort()
	for position := int64(10); position <= 200; position++ {
		want := position == 10 || position == 73 || position == 74 || position == 137 || position == 138 || position == 200
		require.Equal(t, want, p.has(1, position, at(position, "")), position)
	}
	require.True(t, p.has(1, 9, at(9, "")), "what is not asked for is not missing")
	require.True(t, p.has(1, 201, at(201, "")))
	require.True(t, p.has(2, 10, at(10, "")))
	require.EqualValues(t, len(seen), p.messages)
	require.Zero(t, p.foreign)
}

func TestPresence_TellsMessagesOfAPositionApart(t *testing.T) {
	t.Parallel()
	p := newPresence([]store.Span{{Shard: 1, First: 1, Last: 9}})
	require.NoError(t, p.note(at(3, "first")))
	require.NoError(t, p.note(at(3, "second")))
	require.NoError(t, p.note(at(3, "first")))
	p.sort()
	require.Len(t, p.prints, 2, "a repetition is one")
	require.True(t, p.has(1, 3, at(3, "first")))
	require.True(t, p.has(1, 3, at(3, "second")))
	require.False(t, p.has(1, 3, at(3, "third")))
	require.False(t, p.has(1, 4, at(4, "first")))
	other := at(3, "first")
	other.Headers = append(other.Headers, bus.Header{Key: "ce_time", Value: []byte("2026-10-30T12:00:00Z")})
	require.False(t, p.has(1, 3, other), "the same outcome of another history")
}

func TestPresence_WhatIsNotOfTheLogIsCountedAsForeign(t *testing.T) {
	t.Parallel()
	p := newPresence([]store.Span{{Shard: 1, First: 1, Last: 9}})
	unnamed, nowhere := at(3, ""), at(4, "")
	unnamed.Headers = bus.Envelope{ID: "not a uuid", Position: "1:3"}.Headers()
	nowhere.Headers = bus.Envelope{ID: uuid.Nil.String()}.Headers()
	for _, m := range []bus.Message{unnamed, nowhere, {Topic: "t"}} {
		require.NoError(t, p.note(m))
	}
	require.Equal(t, []int64{3, 3}, []int64{p.messages, p.foreign})
	require.False(t, p.has(1, 3, at(3, "")))
}

func TestPresence_APositionAboveTheLogIsAheadOfIt(t *testing.T) {
	t.Parallel()
	p := newPresence([]store.Span{{Shard: 1, First: 1, Last: 9}})
	require.NoError(t, p.note(at(12, "")), "outside of what is asked for, and seen all the same")
	ends := func(end int64) func(store.ShardID) int64 { return func(store.ShardID) int64 { return end } }
	require.NoError(t, p.check(ends(12)))
	require.ErrorIs(t, p.check(ends(11)), ErrAhead)
}

func TestPresence_OutcomesAreFilledByTheirTimeToo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.hire(1, 6)
	w.Exec("UPDATE outcomes SET at = (at AT TIME ZONE 'UTC' + seq * interval '1 hour') AT TIME ZONE 'UTC'")
	w.relay()
	w.recreate(contract.EmployeeOutcomes)
	o := missing("late", contract.EmployeeOutcomes)
	o.Filter.From, o.Filter.To = bounds(t, []string{"2026-04-01T16:00:00Z"}), bounds(t, []string{"2026-04-01T18:00:00Z"})
	w.replayed(o, 4)
	require.ElementsMatch(t, []string{"0:4", "0:5", "1:4", "1:5"},
		header(w.read(contract.EmployeeOutcomes), "ce_position"))
	o = missing("stream", contract.EmployeeOutcomes)
	o.Filter.Streams = []string{"employee/000000000000000000000001"}
	w.replayed(o, 2)
	w.replayed(missing("rest", contract.EmployeeOutcomes), 6)
}

func TestPresence_OutcomesThatAreForgottenAreSteppedOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.hire(1, 6)
	w.relay()
	w.recreate(contract.EmployeeOutcomes)
	w.Exec("DELETE FROM outcomes WHERE seq <= 4 OR shard = 0")
	row := w.replay(missing("forgotten", contract.EmployeeOutcomes))
	for _, shard := range row.Shards {
		require.Equal(t, shard.Last, shard.Position)
	}
	require.ElementsMatch(t, []string{"1:5", "1:6"}, header(w.read(contract.EmployeeOutcomes), "ce_position"))
}
