package worker_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/domain"
	"tenure/events"
	"tenure/internal/store"
)

func TestRetry_ARetriedEmployeeGetsItsCommandsInTheirOrderWhileOthersContinue(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"error", "panic", "loop"} {
		t.Run("poison by "+how, func(t *testing.T) {
			t.Parallel()
			s := newSystem(t, "2026-10-30T12:00:00Z")
			p := newPoison(t)
			s.startPoisoned(p)
			s.company()
			s.send(hire(1), hire(2))
			s.outcome(hire(1))
			p.put("b", how)
			s.send(title(1, "a"), title(1, "b"), title(1, "c"), title(2, "other"), title(1, "d"))
			require.Equal(t, domain.StatusApplied, s.outcome(title(2, "other")).Status, "everybody else flows")
			s.awaitQueue(1, 3)
			require.Equal(t, []string{"b broken", "c queued", "d queued"}, s.waits(1))

			p.cure("b")
			s.send(title(1, "e")) // arrives while it is retried: behind the others, or after them
			repairs := s.retried(store.ParkedFilter{Stream: stream(1)})
			require.Len(t, repairs, 1)
			require.Equal(t, store.RepairDone, repairs[0].State, repairs[0].Detail)
			require.Equal(t, domain.StatusApplied, s.outcome(title(1, "e")).Status)
			require.Equal(t, []string{"hire-1", "a", "b", "c", "d", "e"}, s.ordered(1))
			require.Equal(t, map[string]int{"hire-1": 1, "a": 1, "b": 1, "c": 1, "d": 1, "e": 1}, s.finals(1))
			require.Empty(t, s.waits(1))
			fact := s.noted(stream(1))[0].(events.ParkedRetried)
			require.Equal(t, []string{"operator", "the fault is mended"}, []string{fact.By, fact.Reason})
			require.Empty(t, fact.Failed)
			s.audited()
		})
	}
}

func TestRetry_AMessageThatFailsAgainStaysParkedWithItsNewErrorAndThoseBehindItQueued(t *testing.T) {
	t.Parallel()
	s, p := newPoisoned(t)
	p.put("a", "error")
	p.put("c", "panic")
	s.send(title(1, "a"), title(1, "b"), title(1, "c"), title(1, "d"))
	s.awaitQueue(1, 4)
	again := s.retried(store.ParkedFilter{Stream: stream(1)})[0]
	require.Equal(t, store.RepairFailed, again.State)
	require.Equal(t, []string{"a broken", "b queued", "c queued", "d queued"}, s.waits(1), "nothing has changed")

	p.cure("a")
	half := s.retried(store.ParkedFilter{Reason: "broken"})[0]
	require.Equal(t, store.RepairFailed, half.State)
	require.Contains(t, half.Detail, "panic: a fault of ours")
	require.EqualValues(t, 2, half.Settled)
	require.Equal(t, []string{"c broken", "d queued"}, s.waits(1))
	require.Equal(t, []string{"hire-1", "a", "b"}, s.ordered(1))
	p.cure("c")
	s.retried(store.ParkedFilter{})
	require.Equal(t, []string{"hire-1", "a", "b", "c", "d"}, s.ordered(1))
	require.Len(t, s.noted(stream(1)), 3, "each retry is in the log, those that failed too")
	require.Empty(t, s.retried(store.ParkedFilter{}), "there is nothing left to ask for")
	s.audited()
}

func TestRetry_ALongQueueIsRetriedInSeveralTransactionsUnderLiveTraffic(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "2026-10-30T12:00:00Z")
	p := newPoison(t)
	s.startPoisoned(p)
	s.company()
	p.put("hire-1", "error")
	want := []string{"hire-1"}
	s.send(hire(1)) // it does not even exist yet
	for i := range 250 {
		want = append(want, fmt.Sprintf("t%03d", i))
		s.send(title(1, want[len(want)-1]))
	}
	s.awaitQueue(1, 251)
	p.cure("hire-1")
	ids, err := s.store.AskRetries(t.Context(), store.ParkedFilter{}, "operator", "live")
	require.NoError(t, err)
	for i := range 20 {
		want = append(want, fmt.Sprintf("live%02d", i))
		s.send(title(1, want[len(want)-1]), hire(100+i))
	}
	require.Equal(t, store.RepairDone, s.closed(ids...)[0].State)
	s.outcome(title(1, want[len(want)-1]))
	require.Equal(t, want, s.ordered(1))
	s.audited()
}

func TestRetry_ACommandThatWasParkedInTimeIsAcceptedHoweverLongItWaited(t *testing.T) {
	t.Parallel()
	s, p := newPoisoned(t)
	p.put("a", "error")
	intime, late := title(1, "in-time"), title(1, "late")
	intime.At, late.At = time.Now().Add(-80*24*time.Hour), time.Now().Add(-80*24*time.Hour)
	s.send(title(1, "a"), intime, late)
	s.awaitQueue(1, 3)
	s.sql("UPDATE parked SET parked_at = now() - INTERVAL '60 days' WHERE command_id = 'in-time'")
	p.cure("a")
	s.retried(store.ParkedFilter{})
	require.Equal(t, domain.StatusApplied, s.outcome(intime).Status)
	require.Equal(t, "410 The command is older than 30 days: whether it took effect is no longer known", s.word(late))
	s.audited()
}

func TestRetry_AnEmployeeOnWhomARunFailedIsListedFreedAndBilledByTheNextRun(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "2026-10-30T12:00:00Z")
	s.startWorker()
	s.company()
	s.send(hire(1), hire(2))
	s.outcome(hire(1))
	s.outcome(hire(2))
	row, _, err := s.store.Subject(t.Context(), stream(1))
	require.NoError(t, err)
	s.spoil(employeeID(1))
	s.night()
	require.Equal(t, []string{"failed"}, s.waits(1), "a row stands for it")
	require.Contains(t, s.one(store.ParkedFilter{}).Detail, "the run of 2026-10-30 failed on it: worker: state of "+stream(
		1))
	s.audited()

	again := s.retried(store.ParkedFilter{Stream: stream(1)})[0]
	require.Equal(t, store.RepairFailed, again.State, "its state is still unreadable")
	require.Contains(t, again.Detail, "state of "+stream(1))
	s.sql("UPDATE subjects SET state = $2::bytea WHERE stream = $1::text", stream(1), row.State)
	require.Equal(t, store.RepairDone, s.retried(store.ParkedFilter{Stream: stream(1)})[0].State)
	before := len(s.lines())
	s.clock.set("2026-10-31T00:30:00Z")
	s.night()
	require.Len(t, s.lines(), before+4, "product and addon in two ledgers")
	s.audited()
}

func TestRetry_ASubjectOnWhichTimeFailedIsFreedByARetry(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "2026-05-12T13:59:00Z")
	stop := s.startWorker()
	s.company()
	s.send(goingHome(1))
	s.outcome(goingHome(1))
	stop()
	row, _, err := s.store.Subject(t.Context(), stream(1))
	require.NoError(t, err)
	s.spoil(employeeID(1))
	s.clock.set("2026-05-12T14:00:00Z")
	s.startWorker()
	s.awaitQueue(1, 1)
	s.sql("UPDATE subjects SET state = $2::bytea WHERE stream = $1::text", stream(1), row.State)
	before := len(s.history(employeeID(1)))
	s.retried(store.ParkedFilter{})
	require.Greater(t, len(s.history(employeeID(1))), before, "what time owed it was done with the retry")
	s.audited()
}

func TestRetry_AStateIsRewrittenFromItsEvents(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "2026-10-30T12:00:00Z")
	s.startWorker()
	s.company()
	s.send(hire(1), hire(2), hire(3))
	for n := 1; n <= 3; n++ {
		s.outcome(hire(n))
	}
	s.night()
	was := map[int]store.Subject{}
	for n := 1; n <= 3; n++ {
		row, _, err := s.store.Subject(t.Context(), stream(n))
		require.NoError(t, err)
		was[n] = row
	}
	s.sql("DELETE FROM subjects WHERE stream = $1::text", stream(1))
	s.sql("UPDATE subjects SET state = '{}', bill_due = NULL, coverage = '{}' WHERE stream = $1::text", stream(2))
	for n, detail := range map[int]string{1: "there was no state", 2: "the state was another one",
		3: "the state was what its events say"} {
		history := s.history(employeeID(n))
		done := s.repaired(store.Repair{Shard: history[0].Shard, Action: store.RepairState, Stream: stream(n)})
		require.Equal(t, []string{store.RepairDone, detail}, []string{done.State, done.Detail})
		row, _, err := s.store.Subject(t.Context(), stream(n))
		require.NoError(t, err)
		require.Equal(t, was[n], row, detail)
		fact := s.noted(stream(n))[0].(events.StateRewritten)
		require.Equal(t, row.Version, fact.Version)
	}
	nobody := s.repaired(store.Repair{Shard: 0, Action: store.RepairState, Stream: domain.Stream(domain.KindEmployee,
		"nobody")})
	require.Equal(t, store.RepairFailed, nobody.State)
	before := len(s.lines())
	s.night()
	require.Len(t, s.lines(), before, "what was billed is covered again")
	s.audited()
}
