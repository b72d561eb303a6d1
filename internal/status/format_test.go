package status

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"tenure/billing"
	"tenure/domain"
	"tenure/internal/runstate"
)

func TestAmount_GroupsDigits(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"0": "0", "999": "999", "1000": "1\u202f000", "336087.40": "336\u202f087.40",
		"-1234567.891": "\u22121\u202f234\u202f567.891",
		"-0.50":        "\u22120.50",
	} {
		assert.Equal(t, want, Amount(text), text)
	}
	assert.Equal(t, "12\u202f345", Count(12345))
}

func TestDuration_ShowsTwoUnits(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		-time.Second: "0 s", 12 * time.Second: "12 s", 41 * time.Minute: "41 min", 7*time.Hour + 7*time.Minute: "7 h 07 min",
		76 * time.Hour: "3 d 04 h",
	} {
		assert.Equal(t, want, Duration(d), d.String())
	}
}

func TestRunWords_CoverEveryState(t *testing.T) {
	t.Parallel()
	for _, state := range []string{
		runstate.StateNone, runstate.StatePlanning, runstate.StateWaiting, runstate.StateChanged, runstate.StateStarting,
		runstate.StateRunning,
		runstate.StateHalted, runstate.StateClosing,
		runstate.StateCompleted, runstate.StateAbandoned,
	} {
		_, ok := runWords[state]
		assert.True(t, ok, state)
	}
	shape, words := RunWords("a state of a newer version")
	assert.Equal(t, ShapeWait, shape, "what is not known asks for an operator")
	assert.Equal(t, "is a state of a newer version", words)
}

func TestMidnight_IsLocal(t *testing.T) {
	t.Parallel()
	zone, err := time.LoadLocation("Europe/Copenhagen")
	assert.NoError(t, err)
	assert.Equal(t, time.Date(2026, 10, 31, 23, 0, 0, 0, time.UTC), domain.Midnight(billing.MustDate("2026-11-01"),
		zone).UTC())
	assert.Equal(t, "1 November 2026", dayText(billing.MustDate("2026-11-01")))
}
