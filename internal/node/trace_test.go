package node

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/contract"
	"tenure/internal/bus"
	"tenure/internal/feed"
)

// traced is the traceparent of a caller: version, trace, span, flags.
const traced = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

// traceparents reads the trace headers of the messages of a topic that are about a subject.
func (s *system) traceparents(topic, subject string) (headers []string, values []string) {
	s.t.Helper()
	require.NoError(s.t, s.lookup.ReadAll(s.t.Context(), []string{topic}, nil, func(m bus.Message) error {
		if string(m.Key) == subject {
			headers, values = append(headers, string(m.Header("traceparent"))), append(values, string(m.Value))
		}
		return nil
	}))
	return headers, values
}

func TestTrace_ARequestsTraceReachesTheFactsAndTheOutcome(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	status, made := o.call(http.MethodPost, "/employee", fmt.Sprintf(`{"customer":%q,"name":"Sample employee 01"}`, whole),
		"traceparent", traced)
	require.Equal(t, http.StatusOK, status, "%v", made)
	id := made["_id"].(string)
	_, plain := o.call(http.MethodPost, "/employee/"+id, `{"title":"Sample title"}`)
	require.Equal(t, "Sample title", plain["title"])
	status, _ = o.call(http.MethodPost, "/employee/"+id, `{"title":"Another title"}`, "traceparent", "broken")
	require.Equal(t, http.StatusOK, status, "a trace is never a reason to refuse")
	require.NoError(t, feed.Caught(t.Context(), o.Store, nil, feed.RelayName, feed.OutcomesName))

	commands, _ := o.traceparents(contract.EmployeeCommands, id)
	require.Equal(t, []string{traced, "", ""}, commands, "the command carries the caller's")
	facts, _ := o.traceparents(contract.EmployeeEvents, id)
	outcomes, answers := o.traceparents(contract.EmployeeOutcomes, id)
	require.Len(t, facts, 3)
	require.Len(t, outcomes, 3)
	require.Equal(t, traced[:36], facts[0][:36], "the same trace")
	require.NotEqual(t, traced, facts[0], "below a separate span")
	require.Equal(t, facts[0], outcomes[0], "which is that of the decision")
	require.Equal(t, []string{"", "", "", ""}, append(facts[1:], outcomes[1:]...))
	require.NotContains(t, strings.Join(answers, ""), "traceparent", "it is a header, not a property")

	history, err := o.Store.StreamEvents(t.Context(), "employee/"+id, 1)
	require.NoError(t, err)
	require.Contains(t, string(history[0].Actor), traced[3:35], "kept with the event, so that the relay repeats it as "+
		"it was")
	require.NotContains(t, string(history[1].Actor), "traceparent", "and nothing is kept without one")
}
