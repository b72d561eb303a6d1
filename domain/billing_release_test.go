package domain_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/domain"
	"tenure/events"
)

func TestBillingRelease_MorePeriodsThanTheBound(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, data, refused string }{
		{name: "without a reason", data: `{"periodsMax":60}`, refused: "reason: is required"},
		{name: "below the bound", data: `{"periodsMax":36,"reason":"late contract"}`,
			refused: "periodsMax: must be above the bound"},
		{name: "far too many", data: `{"periodsMax":601,"reason":"late contract"}`,
			refused: "periodsMax: must be at most 600"},
		{name: "as many as there are", data: `{"periodsMax":60,"reason":"late contract"}`},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			c, err := domain.DecodeCommand("billing.release.v1", []byte(row.data))
			require.NoError(t, err)
			e := employee(t, created...)
			w := at("2026-06-01T10:00:00Z")
			w.Actor = events.Actor{AccessLevel: "ADMIN"}
			decided, err := e.Decide(c, w)
			if row.refused != "" {
				require.ErrorContains(t, err, row.refused)
				return
			}
			require.NoError(t, err)
			require.Equal(t, []events.Event{events.BillingReleased{PeriodsMax: 60, Reason: "late contract"}}, decided)
			e.Evolve(decided[0])
			again, err := e.Decide(c, w)
			require.NoError(t, err)
			require.Empty(t, again, "sent twice it changes nothing")
		})
	}
}
