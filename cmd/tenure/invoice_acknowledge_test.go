package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/events"
)

func TestBookingView_DescribesProgress(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 2, 8, 0, 0, 0, time.UTC)
	for want, v := range map[string]bookingView{
		"never acknowledged":              {Open: 3},
		"booked":                          {At: &at, Whole: true},
		"partly booked":                   {At: &at, Open: 1},
		"as many lines, but not the same": {At: &at},
		"refused: Unknown account":        {At: &at, Refused: []events.LineRefused{{Message: "Unknown account"}}},
	} {
		require.Equal(t, want, v.what())
	}
}
