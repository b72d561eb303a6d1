package worker_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/contract"
	"tenure/domain"
	"tenure/events"
	"tenure/internal/bus"
	"tenure/internal/store"
	"tenure/internal/test/environment"
	"tenure/internal/test/kafkatest"
)

// nightByRecords is night with the time of records.
func (s *system) nightByRecords() {
	s.t.Helper()
	cfg := s.bus
	cfg.Tune = kafkatest.Stamped(s.clock.Now)
	stamping, err := bus.NewPublisher(cfg)
	require.NoError(s.t, err)
	defer func() { _ = stamping.Close() }()
	d := s.driver()
	d.Publisher = stamping
	s.eventually("runs are complete", func() bool {
		status, err := d.Ensure(context.Background())
		require.NoError(s.t, err)
		return status.Complete()
	})
}

// commanded are the events of employees that commands led to: types, times and bytes.
func (s *system) commanded(t *testing.T) (all map[string][]string) {
	t.Helper()
	all = map[string][]string{}
	for p := range int32(environment.Partitions) {
		page, err := s.store.Events(t.Context(), store.ShardOf(store.FamilyEmployee, p), 0, 10_000)
		require.NoError(t, err)
		for _, e := range page {
			kind, _ := domain.SplitStream(e.Stream)
			if kind == domain.KindEmployee && e.Type != (events.EmployeeInvoiced{}).EventType() {
				all[e.Stream] = append(all[e.Stream], fmt.Sprintf("%s %s %s", e.Type, e.At.UTC(), e.Payload))
			}
		}
	}
	return all
}

// A backup of before a night is restored in the afternoon after it, where time is that of machines. Kafka still holds
// the night and what was ordered since, from a minute after it on: every command is taken again as of its time, with
// the same events, and the same lines stand in the same documents.
func TestRestore_ByTheTimeOfRecordsComesToTheSameLines(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "2026-10-31T12:00:00Z")
	stop := s.startByRecords()
	s.company()
	const staff = 12
	for n := range staff {
		s.sendAt(hire(n))
	}
	for n := range staff {
		s.outcome(hire(n))
	}
	s.nightByRecords() // of 31 October
	stop()
	backup := s.backup()

	stop = s.startByRecords()
	s.clock.set("2026-11-01T06:00:00Z")
	s.nightByRecords() // closes the documents of the month
	for n := range staff {
		s.clock.set(fmt.Sprintf("2026-11-01T06:%02d:00Z", n+1)) // commands come all the time
		o := order("employee.add_addon.v1", employeeID(n), fmt.Sprintf("more-%d", n), object{
			"_id": fmt.Sprintf("5d1%021d", n), "product": light, "units": 1})
		s.sendAt(o)
		require.Equal(t, domain.StatusApplied, s.outcome(o).Status)
	}
	s.clock.set("2026-11-02T06:00:00Z")
	s.nightByRecords() // bills what was ordered
	s.audited()
	before, lines := s.commanded(t), s.lines()
	stop()

	s.dsn, s.store = backup, environment.Store(t, backup)
	s.clock.set("2026-11-02T14:00:00Z")
	s.startByRecords()
	s.eventually("everything is taken again", func() bool {
		heads, err := s.store.Heads(context.Background())
		require.NoError(t, err)
		for p, end := range s.ends(contract.EmployeeCommands) {
			if heads[store.ShardOf(store.FamilyEmployee, int32(p))].NextOffset < end {
				return false
			}
		}
		return true
	})
	s.nightByRecords()
	require.Equal(t, before, s.commanded(t))
	require.ElementsMatch(t, identities(lines), identities(s.lines()))
	s.audited()
}

// identities are the ids of lines with what they bill.
func identities(lines []billing.Line) (all []string) {
	for _, l := range lines {
		all = append(all, fmt.Sprint(l.ID, l.Ledger, l.Employee, l.BillTo, l.Source, l.Period, l.Amount, l.DocumentRef))
	}
	return all
}

// ends are the offsets behind the last messages of a topic's partitions.
func (s *system) ends(topic string) (all []int64) {
	s.t.Helper()
	reader, err := bus.NewTopicReader(s.bus)
	require.NoError(s.t, err)
	defer reader.Close()
	states, err := reader.TopicStates(context.Background(), []string{topic})
	require.NoError(s.t, err)
	for _, p := range states[0].Partitions {
		all = append(all, p.Newest)
	}
	return all
}
