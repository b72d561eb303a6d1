package worker_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"tenure/domain"
	"tenure/events"
	"tenure/internal/command"
	"tenure/internal/store"
	"tenure/internal/test/environment"
)

// Enough that a shard's tick takes several chunks, and commands that fit into a few batches.
const (
	tickingStaff    = 12_000
	tickingCommands = 2_000
)

func TestTick_CommandsOfOthersKeepFlowingDuringATick(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "2026-05-12T13:59:00Z")
	stop := s.startWorker()
	s.company()
	s.sendMany(tickingStaff, goingHome)
	s.eventually("all are hired", func() bool { return s.answered() >= tickingStaff })
	before := s.heads()
	stop()

	s.clock.set("2026-05-12T14:00:00Z")
	s.sendMany(tickingCommands, func(n int) command.Command { return hire(tickingStaff + n) })
	s.startWorker()
	s.eventually("all have gone home and all are hired", func() bool {
		return s.answered() >= tickingStaff+tickingCommands && s.nobodyDue()
	})
	for shard, head := range before {
		ticks, commands := s.chunksAfter(shard, head)
		require.GreaterOrEqual(t, ticks, 4, "the tick of shard %d takes several chunks", shard)
		require.Less(t, commands, ticks, "the commands of shard %d are taken among the chunks and not after the last", shard)
	}
	s.audited()
}

// chunksAfter tells how many chunks the tick of a shard had after a position, and how many of them came before the last
// of the commands that waited with it.
func (s *system) chunksAfter(shard store.ShardID, after int64) (ticks, beforeLastCommand int) {
	s.t.Helper()
	page, err := s.store.Events(context.Background(), shard, after, 10_000)
	require.NoError(s.t, err)
	changes := 0
	const chunk = 500
	for _, e := range page {
		if e.CommandID != "" {
			beforeLastCommand = changes / chunk
			continue
		}
		require.Equal(s.t, events.PresenceChanged{}.EventType(), e.Type)
		changes++
	}
	return changes / chunk, beforeLastCommand
}

// heads are the positions of the employees' shards.
func (s *system) heads() map[store.ShardID]int64 {
	s.t.Helper()
	known, err := s.store.Heads(context.Background())
	require.NoError(s.t, err)
	heads := map[store.ShardID]int64{}
	for shard, head := range known {
		if shard.Family() == store.FamilyEmployee {
			heads[shard] = head.Head
		}
	}
	return heads
}

// nobodyDue reports whether time has done all it has to do by now.
func (s *system) nobodyDue() bool {
	s.t.Helper()
	for p := range int32(environment.Partitions) {
		due, err := s.store.DueNow(context.Background(), store.ShardOf(store.FamilyEmployee, p), s.clock.Now(), 1)
		require.NoError(s.t, err)
		if len(due) > 0 {
			return false
		}
	}
	return true
}

func TestTick_AClockThatJumpsForwardsByMonthsDoesEverythingOnTheWayInItsOrder(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "2026-10-30T12:00:00Z")
	s.startWorker()
	s.company()
	change := order("employee.schedule_product_change.v1", employeeID(1), "change", object{"newProduct": pbxPlus})
	leave := order("employee.schedule_deletion.v1", employeeID(1), "leave", object{"deleteDate": "2027-02-01"})
	s.send(hire(1), change, leave)
	require.Equal(t, domain.StatusApplied, s.outcome(leave).Status)
	require.NoError(t, s.store.SetClock(t.Context(), s.clock.Now())) // a simulated one may be ahead of the database
	s.clock.set("2027-03-05T12:00:00Z")
	s.eventually("time has acted", func() bool { return s.nobodyDue() && len(s.history(employeeID(1))) > 5 })
	require.Equal(t, []string{"employee.product_assigned.v1", "employee.deletion_started.v1", "employee.deleted.v1"},
		s.types(employeeID(1))[5:])
	s.audited()
}

func TestTick_AClockThatGoesBackNeverTakesADecisionBack(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "2026-10-30T12:00:00Z")
	s.startWorker()
	s.company()
	s.send(hire(1), order("employee.schedule_product_change.v1", employeeID(1), "change", object{"newProduct": pbxPlus}))
	s.eventually("the change is scheduled", func() bool { return len(s.history(employeeID(1))) == 4 })
	s.clock.set("2026-11-05T12:00:00Z")
	s.eventually("November has come", func() bool { return len(s.history(employeeID(1))) == 5 })

	s.clock.set("2026-10-30T12:00:00Z")
	away := order("employee.set_presence.v1", employeeID(1), "away",
		object{"state": "BUSY", "expire": "2026-11-05T12:30:00Z"})
	past := order("employee.set_presence.v1", employeeID(1), "past",
		object{"state": "BUSY", "expire": "2026-10-31T12:00:00Z"})
	s.send(past, away)
	require.Equal(t, domain.StatusRejected, s.outcome(past).Status, "for this shard it is November")
	require.Equal(t, domain.StatusApplied, s.outcome(away).Status)
	history := s.history(employeeID(1))
	for i, e := range history[1:] {
		require.False(t, e.At.Before(history[i].At), "event %d is older than the one before", e.Version)
	}

	s.clock.set("2026-11-05T12:31:00Z")
	s.eventually("its presence has expired", func() bool { return len(s.history(employeeID(1))) == 7 })
	s.audited()
}

func TestTick_WhatIsDueAfterTheClockWasPutBackIsDoneOnItsMinute(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "2026-10-30T12:00:00Z")
	s.startWorker()
	s.company()
	s.send(hire(1))
	require.Equal(t, domain.StatusApplied, s.outcome(hire(1)).Status)
	require.NoError(t, s.store.SetClock(t.Context(), s.clock.Now())) // a simulated one may be ahead of the database
	s.clock.set("2027-10-30T12:00:00Z")                              // nothing is due by then: nobody drives a night here
	seen := s.clock.looks.Load() + 10*environment.Partitions
	s.eventually("all shards have looked at the time", func() bool { return s.clock.looks.Load() > seen })
	s.clock.set("2026-10-30T13:00:00Z")
	soon := order("employee.set_presence.v1", employeeID(1), "soon",
		object{"state": "BUSY", "expire": "2026-10-30T13:30:00Z"})
	s.send(soon)
	require.Equal(t, domain.StatusApplied, s.outcome(soon).Status)
	s.clock.set("2026-10-30T13:31:00Z")
	s.eventually("its presence has expired", func() bool { return len(s.history(employeeID(1))) == 5 })
}

func TestTick_NightsMissedOverAMonthStartAreDoneInDateOrderBySeveralSchedulers(t *testing.T) {
	t.Parallel()
	one, several := missedNights(t), missedNights(t)
	one.night()
	done := make(chan error, 3)
	for range 3 {
		d := several.driver()
		go func() {
			for {
				status, err := d.Ensure(context.Background())
				if err != nil || status.Complete() {
					done <- err
					return
				}
			}
		}()
	}
	for range 3 {
		require.NoError(t, <-done)
	}
	require.Equal(t, billed(one.lines()), billed(several.lines()))
	several.night()
	opened := map[store.ShardID][]string{}
	for _, date := range []string{"2026-10-30", "2026-10-31", "2026-11-01", "2026-11-02"} {
		for _, shard := range several.started("nightly/" + date).Shards {
			opened[store.ShardID(shard)] = append(opened[store.ShardID(shard)], "nightly/"+date)
		}
	}
	require.NotEmpty(t, opened)
	for shard := range several.heads() {
		require.Equal(t, opened[shard], several.nights(shard), "in date order, and each once")
	}
	several.audited()
}

// missedNights is a system that ran the night of 30 October with three people, and was down until 2 November.
func missedNights(t *testing.T) *system {
	t.Helper()
	s := newSystem(t, "2026-10-30T12:00:00Z")
	s.startWorker()
	s.company()
	s.send(hire(1), hire(2), hire(3))
	for n := 1; n <= 3; n++ {
		require.Equal(t, domain.StatusApplied, s.outcome(hire(n)).Status)
	}
	s.night()
	change := order("employee.schedule_product_change.v1", employeeID(1), "change", object{"newProduct": pbxPlus})
	leave := order("employee.schedule_deletion.v1", employeeID(2), "leave", object{"deleteDate": "2026-11-01"})
	s.send(change, leave)
	require.Equal(t, domain.StatusApplied, s.outcome(change).Status)
	require.Equal(t, domain.StatusApplied, s.outcome(leave).Status)
	s.clock.set("2026-11-02T00:30:00Z")
	return s
}

// nights lists the runs that a shard opened, in its order.
func (s *system) nights(shard store.ShardID) (all []string) {
	s.t.Helper()
	page, err := s.store.Events(context.Background(), shard, 0, 10_000)
	require.NoError(s.t, err)
	for _, e := range page {
		if e.Type == (events.RunShardOpened{}).EventType() {
			all = append(all, strings.TrimSuffix(strings.TrimPrefix(e.Stream, "runshard/"), fmt.Sprintf("/%d", shard)))
		}
	}
	return all
}

// types lists what happened to an employee.
func (s *system) types(id string) (all []string) {
	s.t.Helper()
	for _, e := range s.history(id) {
		all = append(all, e.Type)
	}
	return all
}

func TestTick_ASubjectOnWhichTimeFailsIsParkedAlone(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "2026-05-12T13:59:00Z")
	stop := s.startWorker()
	s.company()
	s.sendMany(20, goingHome)
	s.eventually("all are hired", func() bool { return s.answered() >= 20 })
	stop()
	s.spoil(employeeID(7))
	s.clock.set("2026-05-12T14:00:00Z")
	s.startWorker()
	s.eventually("the others have gone home", s.nobodyDue)
	for n := range 20 {
		row, _, err := s.store.Subject(context.Background(), "employee/"+employeeID(n))
		require.NoError(t, err)
		require.Equal(t, n == 7, row.Parked, fmt.Sprintf("employee %d", n))
	}
}

// spoil makes a state unreadable, as a fault of the disk or of an older version would.
func (s *system) spoil(id string) {
	s.t.Helper()
	b := &pgx.Batch{}
	b.Queue("UPDATE subjects SET state = '{\"n\":' WHERE stream = $1::text", "employee/"+id)
	require.NoError(s.t, s.store.InTx(context.Background(), b))
}

func TestTick_WhatACommandMakesDueAtOnceIsDoneOnAClockThatIsHeld(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "2026-10-30T21:00:00Z")
	s.startWorker()
	s.company()
	s.send(hire(1), order("employee.schedule_deletion.v1", employeeID(1), "leave", object{"deleteDate": "2026-10-30"}))
	s.eventually("it is deleted, since 20:00 has passed", func() bool { return len(s.history(employeeID(1))) == 6 })
}

func TestTick_AClockThatMovesBySecondsDoesWhatIsDueOnItsSecond(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "2026-10-30T12:00:10Z")
	s.startWorker()
	s.company()
	s.send(hire(1), order("employee.set_presence.v1", employeeID(1), "soon",
		object{"state": "BUSY", "expire": "2026-10-30T12:00:20Z"}))
	s.eventually("it is set", func() bool { return len(s.history(employeeID(1))) == 4 })
	s.clock.set("2026-10-30T12:00:20Z")
	s.eventually("it has expired", func() bool { return len(s.history(employeeID(1))) == 5 })
}
