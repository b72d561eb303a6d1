package store

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// parkedRows are a queue of two, and one message that is in none.
func parkedRows(t *testing.T) (*Store, *Claim) {
	t.Helper()
	s := newStore(t)
	c := claimed(t, s, 1)
	w := plain(c, 1, "employee/a")
	w.Subjects[0].Parked = true
	for i, reason := range []string{"broken", "queued", "not_json"} {
		p := Parked{Topic: "t", Offset: int64(9 - i), Shard: 1, Stream: "employee/a", CommandID: reason, Reason: reason,
			Holds: i < 2, At: noon}
		w.Parked = append(w.Parked, p)
	}
	require.NoError(t, s.Write(t.Context(), c, w))
	return s, c
}

func TestRepairs_AQueueKeepsTheOrderOfParkingWhateverTheOffsetsSay(t *testing.T) {
	t.Parallel()
	s, c := parkedRows(t)
	queue, err := s.ParkedQueue(t.Context(), "employee/a", 10)
	require.NoError(t, err)
	require.Len(t, queue, 2)
	require.Equal(t, []string{"broken", "queued"}, []string{queue[0].Reason, queue[1].Reason})
	require.WithinDuration(t, time.Now(), queue[0].ParkedAt, time.Minute)

	queue[0].EditedValue, queue[0].Detail = []byte("{}"), "edited"
	require.NoError(t, s.Write(t.Context(), c, Write{CatalogVersion: -1, Parked: queue[:1]}))
	again, ok, err := s.ParkedMessage(t.Context(), "t", 0, 9)
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, queue[0], again, "it keeps its place")
}

func TestRepairs_WhatIsParkedIsSummedUpByReasonAndFilteredByAge(t *testing.T) {
	t.Parallel()
	s, _ := parkedRows(t)
	damage(t, s, "UPDATE parked SET parked_at = now() - INTERVAL '3 days' WHERE reason = 'broken'")
	reasons, err := s.ParkedReasons(t.Context(), ParkedFilter{})
	require.NoError(t, err)
	require.Len(t, reasons, 3)
	require.Equal(t, ParkedReason{Reason: "broken", Messages: 1, Subjects: 1, Oldest: reasons[0].Oldest}, reasons[0])
	require.Zero(t, reasons[1].Subjects, "a malformed message holds nobody up")
	old, err := s.ParkedList(t.Context(), ParkedFilter{OlderThan: 48 * time.Hour})
	require.NoError(t, err)
	require.Len(t, old, 1)
	none, err := s.ParkedList(t.Context(), ParkedFilter{Reason: "conflict"})
	require.NoError(t, err)
	require.Empty(t, none)
}

func TestRepairs_ARetryIsAskedOnceForEachQueueAndEachLoneMessage(t *testing.T) {
	t.Parallel()
	s, c := parkedRows(t)
	ids, err := s.AskRetries(t.Context(), ParkedFilter{}, "operator", "mended")
	require.NoError(t, err)
	require.Len(t, ids, 2)
	twice, err := s.AskRetries(t.Context(), ParkedFilter{}, "operator", "mended")
	require.NoError(t, err)
	require.Empty(t, twice, "what is asked for already is left alone")
	asked, err := s.RepairsByID(t.Context(), ids)
	require.NoError(t, err)
	require.Equal(t, []string{"employee/a", ""}, []string{asked[0].Stream, asked[1].Stream})
	require.Equal(t, []string{"", "t"}, []string{asked[0].Topic, asked[1].Topic})

	shards, err := s.RepairShards(t.Context())
	require.NoError(t, err)
	require.Equal(t, map[ShardID]bool{1: true}, shards)
	next, ok, err := s.NextRepair(t.Context(), 1)
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, asked[0], next)
	step := &RepairStep{ID: next.ID, Action: RepairRetry, State: RepairDone, Settled: 2}
	require.NoError(t, s.Write(t.Context(), c, Write{CatalogVersion: -1, Repair: step}))
	err = s.Write(t.Context(), c, Write{CatalogVersion: -1, Repair: step})
	var conflict *ConflictError
	require.ErrorAs(t, err, &conflict)
	require.Equal(t, "repairs_open", conflict.Constraint, "a closed repair refuses the whole write")
	of, err := s.RepairsOf(t.Context(), Parked{Topic: "t", Offset: 7, Stream: "employee/a"})
	require.NoError(t, err)
	require.Len(t, of, 2)
	require.ErrorContains(t, s.AskRepair(t.Context(), Repair{ID: uuid.New(), Action: "sing"}), "repairs_action")
}

func TestRepairs_AStateIsRewrittenWhateverIsStored(t *testing.T) {
	t.Parallel()
	s, c := parkedRows(t)
	row := Subject{Stream: "employee/a", Version: 1, State: []byte(`{"v":2}`), NextDue: noon, BillDue: 739_000,
		Added: []Range{april(1, 5)}}
	damage(t, s, "UPDATE subjects SET version = 7, coverage = '{[1,2)}'")
	for range 2 {
		require.NoError(t, s.Write(t.Context(), c, Write{CatalogVersion: -1, Rewritten: []Subject{row}}))
		damage(t, s, "DELETE FROM subjects")
	}
	require.NoError(t, s.Write(t.Context(), c, Write{CatalogVersion: -1, Rewritten: []Subject{row}}))
	got, _, err := s.Subject(t.Context(), "employee/a")
	require.NoError(t, err)
	row.Added, row.Shard, row.Stored = nil, 1, true
	require.Equal(t, row, got)
	row.Removed = []Range{april(1, 5)}
	require.ErrorContains(t, s.Write(t.Context(), c, Write{CatalogVersion: -1, Rewritten: []Subject{row}}),
		"takes back days")
}

func TestRepairs_OutcomesAreForgottenByRealTimeOncePublishedAndNotWhileParked(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	c := claimed(t, s, 1)
	for v := range int32(6) {
		require.NoError(t, s.Write(t.Context(), c, plain(c, v+1, "employee/a")))
	}
	parked := Parked{Topic: "t", Stream: "employee/a", CommandID: "c2", Reason: "broken", Holds: true, At: noon}
	require.NoError(t, s.Write(t.Context(), c, Write{CatalogVersion: -1, Parked: []Parked{parked}}))
	left := func() (seqs []int64) {
		page, err := s.OutcomesAfter(t.Context(), 1, 0, 100)
		require.NoError(t, err)
		for _, o := range page {
			seqs = append(seqs, o.Sequence)
		}
		return seqs
	}
	forget := func(want, limit int) {
		n, err := s.ForgetOutcomes(t.Context(), c, 30*24*time.Hour, limit)
		require.NoError(t, err)
		require.Equal(t, want, n)
	}
	forget(0, 10)
	damage(t, s, "UPDATE outcomes SET recorded = now() - INTERVAL '31 days' WHERE seq <> 5")
	forget(0, 10) // nobody has published them
	leases, err := s.Lease(t.Context(), OutcomesReader, []ShardID{1}, "a", time.Minute)
	require.NoError(t, err)
	require.NoError(t, s.AdvanceNow(t.Context(), &leases[0], Place{Position: 3}))
	forget(1, 1)
	require.Equal(t, []int64{2, 3, 4, 5, 6}, left(), "a few at a time")
	forget(2, 10)
	require.Equal(t, []int64{2, 4, 5, 6}, left(), "the parked command's stays, and what is not published")
	require.NoError(t, s.AdvanceNow(t.Context(), &leases[0], Place{Position: 6}))
	forget(1, 10)
	require.Equal(t, []int64{2, 5, 6}, left(), "up to the first that is young")
	parked.State = StateRetried
	require.NoError(t, s.Write(t.Context(), c, Write{CatalogVersion: -1, Parked: []Parked{parked}}))
	forget(0, 10)
	require.Equal(t, []int64{5, 6}, left(), "what waited goes too")
	require.NoError(t, s.Write(t.Context(), c, plain(c, 7, "employee/a")), "the shard goes on")

	former := *c
	claimed(t, s, 1)
	_, err = s.ForgetOutcomes(t.Context(), &former, 0, 10)
	require.ErrorIs(t, err, ErrFenced)
}

func TestRepairs_WhatTheDatabaseCannotHoldIsARefusalAndNoFaultOfTheInfrastructure(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	c := claimed(t, s, 1)
	for want, stream := range map[string]string{
		"sqlstate_22021": "employee/a\x00b", "sqlstate_54000": "employee/" + noise(12_000),
	} {
		w := plain(c, 1, "employee/x")
		w.Events[0].Stream, w.Subjects, w.Outcomes = stream, nil, nil
		err := s.Write(t.Context(), c, w)
		var conflict *ConflictError
		require.ErrorAs(t, err, &conflict)
		require.Equal(t, want, conflict.Constraint)
		require.False(t, IsTransient(err))
	}
}

// noise is a text that does not compress.
func noise(n int) string {
	var b strings.Builder
	for b.Len() < n {
		b.WriteString(strings.ReplaceAll(uuid.NewString(), "-", ""))
	}
	return b.String()
}

func TestRepairs_WhatWasParkedFromATopicThatWasRecreatedKeepsItsPlace(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	c := claimed(t, s, 1)
	name := topicOf(1).Name
	old := Parked{Topic: name, Partition: 1, Offset: 5, Stream: "employee/a", CommandID: "old", Reason: "not_json",
		Value: []byte("old"), At: noon}
	require.NoError(t, s.Write(t.Context(), c, Write{CatalogVersion: -1, Parked: []Parked{old}}))
	require.NoError(t, s.AskRepair(t.Context(), Repair{ID: uuid.New(), Shard: 1, Action: RepairRetry, Topic: name,
		Partition: 1, Offset: 5}))
	topic := topicOf(1)
	require.NoError(t, s.Rebase(t.Context(), 1, topic, 0, "the same topic from its beginning"))
	_, same, err := s.ParkedMessage(t.Context(), name, 1, 5)
	require.NoError(t, err)
	require.True(t, same, "the same messages come again")

	topic.ID = "made-again"
	require.NoError(t, s.Rebase(t.Context(), 1, topic, 0, "the topic was made again"))
	again, err := s.Claim(t.Context(), 1, topic)
	require.NoError(t, err)
	fresh := old
	fresh.CommandID, fresh.Value = "new", []byte("new")
	require.NoError(t, s.Write(t.Context(), &again, Write{CatalogVersion: -1, Parked: []Parked{fresh}}))
	list, err := s.ParkedList(t.Context(), ParkedFilter{})
	require.NoError(t, err)
	require.Len(t, list, 2)
	require.Equal(t, []string{"new", "old"}, []string{string(list[0].Value), string(list[1].Value)})
	require.Equal(t, []string{name, name}, []string{list[0].TopicName(), list[1].TopicName()})
	next, ok, err := s.NextRepair(t.Context(), 1)
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, list[1].Topic, next.Topic, "what was asked for is about the old one")
	require.Error(t, s.Rebase(t.Context(), 99, topic, 0, "there is none"))
}
