package worker_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/contract"
	"tenure/domain"
	"tenure/events"
	"tenure/internal/bus"
	"tenure/internal/store"
)

func TestWorker_ACommandTakesEffectOnceHoweverOftenItArrives(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "2026-10-30T12:00:00Z")
	s.startWorker()
	s.company()
	s.send(hire(1), hire(1))
	first := s.outcome(hire(1))
	require.Equal(t, domain.StatusApplied, first.Status)

	other := hire(1)
	other.Data = object{"customer": customer, "name": "Sample employee 99"}
	s.send(hire(1), other)
	s.eventually("all four are taken", func() bool { return s.answers(employeeID(1)) == 4 })
	require.Equal(t, first, s.outcome(hire(1)))
	require.Equal(t, []string{"applied", "applied again", "applied again", "rejected 409"}, s.told(employeeID(1)))
	require.Len(t, s.history(employeeID(1)), 3, "created, product, addon: once")
	s.audited()
}

func TestWorker_AMonthEndBillsEachLineOnceAndClosesDocuments(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "2026-10-30T12:00:00Z")
	s.startWorker()
	s.company()
	for n := range 20 {
		s.send(hire(n))
	}
	s.outcome(hire(19))
	s.night()
	change := order("employee.schedule_product_change.v1", employeeID(3), "change-3", object{"newProduct": pbxPlus})
	s.send(change)
	require.Equal(t, domain.StatusApplied, s.outcome(change).Status)
	s.clock.set("2026-11-01T00:30:00Z")
	s.night()

	lines := s.lines()
	require.Len(t, lines, 20*2*2*2, "two months of two sources in two ledgers")
	seen := map[string]bool{}
	for _, l := range lines {
		require.False(t, seen[l.ID.String()], "line id %s twice", l.ID)
		seen[l.ID.String()] = true
	}
	november, ok := find(lines, func(l billing.Line) bool {
		return l.Employee == employeeID(3) && l.Source == billing.ProductSource && l.Ledger == billing.Customer &&
			l.Period.From == billing.MustDate("2026-11-01")
	})
	require.True(t, ok)
	require.Equal(t, "79", november.Amount.String(), "the product changed at midnight")
	documents := s.documents()
	require.Len(t, documents, 2, "customer and reseller")
	for _, d := range documents {
		require.Equal(t, int64(80), d.Lines)
	}
	completed := s.completed("nightly/2026-11-01")
	require.Equal(t, int64(20), completed.Billed)
	require.Equal(t, int64(2), completed.Documents)
	s.audited()
	before := len(lines)
	s.night()
	require.Len(t, s.lines(), before, "the same night again bills nothing")
}

func TestWorker_AMalformedMessageIsParkedAndStopsNobody(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "2026-10-30T12:00:00Z")
	s.startWorker()
	s.company()
	envelope := bus.Envelope{ID: "x", Type: "employee.create.v1", Source: "test", Subject: employeeID(1)}
	key := []byte(employeeID(1))
	require.NoError(t, s.pub.Publish(context.Background(), []bus.Message{
		{Topic: contract.EmployeeCommands, Key: key, Value: []byte(`{"data":`), Headers: envelope.Headers()},
		{Topic: contract.EmployeeCommands, Key: key, Value: []byte(`no headers`)},
		{Topic: contract.EmployeeCommands, Key: key, Value: nil, Headers: envelope.Headers()},
	}))
	s.send(hire(1))
	require.Equal(t, domain.StatusApplied, s.outcome(hire(1)).Status)
	parked, err := s.store.ParkedList(context.Background(), store.ParkedFilter{})
	require.NoError(t, err)
	require.Len(t, parked, 3)
	require.Equal(t, "no headers", string(parked[1].Value))
	s.audited()
}

func TestWorker_ACommandWithItsKeySpeltOtherwiseReachesItsShardOnce(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "2026-10-30T12:00:00Z")
	s.startWorker()
	s.company()
	o := hire(10)
	o.Subject = "52F4FD7734697B290000000A"
	s.send(o)
	require.Equal(t, domain.StatusApplied, s.outcome(hire(10)).Status)
	require.Len(t, s.history(employeeID(10)), 3)
	s.audited()
}

// answers counts what was answered to commands of an employee.
func (s *system) answers(id string) int { return len(s.told(id)) }

// told lists the answers to commands of an employee in words.
func (s *system) told(id string) []string {
	var words []string
	shards, err := s.employeeShards(context.Background())
	require.NoError(s.t, err)
	for _, shard := range shards {
		page, err := s.store.OutcomesAfter(context.Background(), store.ShardID(shard), 0, 1000)
		require.NoError(s.t, err)
		for _, o := range page {
			if o.Stream == domain.Stream(domain.KindEmployee, id) {
				words = append(words, inWords(s.t, o))
			}
		}
	}
	return words
}

func (s *system) history(id string) []store.Event {
	s.t.Helper()
	found, err := s.store.StreamEvents(context.Background(), domain.Stream(domain.KindEmployee, id), 1)
	require.NoError(s.t, err)
	return found
}

func find[T any](list []T, is func(T) bool) (found T, ok bool) {
	for _, item := range list {
		if is(item) {
			return item, true
		}
	}
	return found, false
}

// documents reads the issued documents from the log.
func (s *system) documents() []events.DocumentIssued {
	s.t.Helper()
	var all []events.DocumentIssued
	for _, e := range s.billingEvents() {
		if d, ok := e.(events.DocumentIssued); ok {
			all = append(all, d)
		}
	}
	return all
}

// completed reads the end of a run from the log.
func (s *system) completed(run string) events.RunCompleted {
	s.t.Helper()
	found, ok := find(s.billingEvents(), func(e events.Event) bool {
		c, ok := e.(events.RunCompleted)
		return ok && c.Run == run
	})
	require.True(s.t, ok, "%s is not complete", run)
	return found.(events.RunCompleted)
}

func (s *system) billingEvents() []events.Event {
	s.t.Helper()
	var all []events.Event
	for p := range int32(4) {
		page, err := s.store.Events(context.Background(), store.ShardOf(store.FamilyBilling, p), 0, 10_000)
		require.NoError(s.t, err)
		for _, e := range page {
			payload, err := events.Decode(e.Type, e.Payload)
			require.NoError(s.t, err)
			all = append(all, payload)
		}
	}
	return all
}
