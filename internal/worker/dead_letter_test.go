package worker_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/contract"
	"tenure/domain"
	"tenure/internal/bus"
	"tenure/internal/store"
)

// letters reads the notices of parked messages, in the order in which they are published of each shard.
func (s *system) letters() (all []contract.DeadLetter) {
	s.t.Helper()
	for _, family := range []int{store.FamilyEmployee, store.FamilyBilling, store.FamilyCatalog} {
		for p := range int32(4) {
			page, err := s.store.OutcomesAfter(context.Background(), store.ShardOf(family, p), 0, 1000)
			require.NoError(s.t, err)
			for i := range page {
				if page[i].DeadLetter() {
					var letter contract.DeadLetter
					require.NoError(s.t, json.Unmarshal(page[i].Answer, &letter))
					all = append(all, letter)
				}
			}
		}
	}
	return all
}

func TestParkMessage_WritesADeadLetterWithoutTheValue(t *testing.T) {
	t.Parallel()
	s, p := newPoisoned(t)
	envelope := bus.Envelope{ID: "x", Type: "employee.create.v1", Source: "test", Subject: employeeID(1)}
	key := []byte(employeeID(1))
	require.NoError(t, s.pub.Publish(context.Background(), []bus.Message{
		{Topic: contract.EmployeeCommands, Key: key, Value: []byte(`{"data":{"name":"Sample`), Headers: envelope.Headers()},
		{Topic: contract.EmployeeCommands, Key: []byte{0xff}, Value: []byte("Sample secret")},
	}))
	p.put("broken", "error")
	s.send(title(1, "broken"))
	s.eventually("all are parked", func() bool { return len(s.letters()) == 3 })
	byReason := map[string]contract.DeadLetter{}
	for _, l := range s.letters() {
		require.Equal(t, contract.EmployeeCommands, l.Topic)
		byReason[l.Reason] = l
	}
	malformed := byReason["not_json"]
	require.Equal(t, "x", malformed.Command)
	require.Equal(t, employeeID(1), malformed.Subject)
	require.Equal(t, "employee.create.v1", malformed.Type)
	require.Contains(t, malformed.Detail, "malformed: byte")
	unnamed := byReason["header_missing"]
	require.Empty(t, unnamed.Key+unnamed.Command+unnamed.Subject, "nothing of it can be written")
	broken := byReason["broken"]
	require.Equal(t, "broken", broken.Command)
	require.Empty(t, broken.Detail, "what a fault says stays with the parked message")
	require.Equal(t, []string{domain.StatusApplied, domain.StatusParked, domain.StatusParked}, s.told(employeeID(1)),
		"who can be named hears of it as well")

	p.cure("broken")
	parked, err := s.store.ParkedList(t.Context(), store.ParkedFilter{Reason: "broken"})
	require.NoError(t, err)
	require.Len(t, parked, 1)
	require.Equal(t, broken.Offset, parked[0].Offset)
	require.Equal(t, broken.Partition, parked[0].Partition)
	s.audited()
}
