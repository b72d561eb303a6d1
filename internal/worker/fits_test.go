package worker

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/domain"
	"tenure/events"
	"tenure/internal/bus"
)

func TestUnfit_RefusesWhatNoMessageHolds(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", bus.OwnValueBytesMax)
	for _, row := range []struct {
		name    string
		decided []events.Event
		fits    bool
	}{
		{"an ordinary event", []events.Event{events.BillingHeld{Reason: "HELD"}}, true},
		{"nothing", nil, true},
		{"the second of two", []events.Event{events.BillingHeld{Reason: "HELD"}, events.BillingHeld{Reason: long}}, false},
	} {
		all, err := encode(row.decided)
		require.NoError(t, err)
		refused := all.unfit()
		require.Equal(t, row.fits, refused == nil, row.name)
		if refused != nil {
			require.Equal(t, 413, refused.Status)
			require.Contains(t, refused.Message, "employee.billing_held.v1 of ")
		}
	}
}

func TestEncodeOutcome_KeepsTheStatusOfWhatIsTooLong(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", bus.OwnValueBytesMax)
	many := &domain.Rejection{Status: 422, Code: "multiple", Message: "Multiple errors"}
	for n := range 20_000 {
		many.Inner = append(many.Inner, &domain.Rejection{Status: 422, Code: fmt.Sprint(n),
			Message: strings.Repeat("y", 200)})
	}
	huge := &domain.Rejection{Status: 422, Code: "multiple", Inner: []*domain.Rejection{{Status: 404, Code: "product",
		Message: long}}}
	for _, row := range []struct {
		name string
		of   domain.Outcome
		code string
	}{
		{"many errors", domain.Outcome{Status: domain.StatusRejected, Error: many}, "multiple"},
		{"one long error", domain.Outcome{Status: domain.StatusRejected, Error: huge}, "product"},
		{"long warnings", domain.Outcome{Status: domain.StatusApplied, Warnings: []string{long, "short"}}, ""},
	} {
		raw, err := encodeOutcome(row.of)
		require.NoError(t, err)
		require.LessOrEqual(t, len(raw), bus.OwnValueBytesMax, row.name)
		var back domain.Outcome
		require.NoError(t, json.Unmarshal(raw, &back))
		require.Equal(t, row.of.Status, back.Status, row.name)
		if row.code != "" {
			require.Equal(t, row.code, back.Error.Code, row.name)
		}
	}
	require.Len(t, many.Inner, 20_000, "what the rejection's owner holds stays")
}
