package domain_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestMidnight_IsTheFirstInstantOfALocalDay(t *testing.T) {
	t.Parallel()
	for _, day0 := range []struct{ name, zone, date, begins string }{
		{"in winter", "Europe/Copenhagen", "2026-01-01", "2025-12-31T23:00:00Z"},
		{"in summer", "Europe/Copenhagen", "2026-07-01", "2026-06-30T22:00:00Z"},
		{"on the day when the clocks go forward", "Europe/Copenhagen", "2026-03-29", "2026-03-28T23:00:00Z"},
		{"on the day when they go back", "Europe/Copenhagen", "2026-10-25", "2026-10-24T22:00:00Z"},
		{"where midnight does not exist", "Asia/Beirut", "2022-03-27", "2022-03-26T22:00:00Z"},
		{"where midnight comes twice", "America/Havana", "2022-11-06", "2022-11-06T04:00:00Z"},
		{"where the day lasts half an hour longer", "Australia/Lord_Howe", "2026-04-05", "2026-04-04T13:00:00Z"},
		{"in a zone without summer time", "Asia/Dubai", "2026-06-01", "2026-05-31T20:00:00Z"},
	} {
		t.Run(day0.name, func(t *testing.T) {
			t.Parallel()
			w := at(noon)
			w.Policy.Timezone = day0.zone
			p, err := w.Policy.Ready()
			require.NoError(t, err)
			w.Policy = p
			assert.Equal(t, day0.begins, w.Midnight(day(day0.date)).UTC().Format(time.RFC3339))
		})
	}
}
