package runs

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/domain"
	"tenure/events"
	"tenure/internal/clock"
)

func TestDriver_SendsAPlanAnotherTimeThatAWorkerTookBeforeItSawTheClockMove(t *testing.T) {
	t.Parallel()
	moved := &movable{}
	moved.set("2026-11-04T06:00:00Z")
	before := moved.Now().AddDate(0, 0, -1)
	plan := func(says string) *domain.Run {
		run := &domain.Run{ID: "nightly/2026-11-04"}
		if says != "" {
			run.Planned = &events.RunPlanned{Digest: says, PlannedAt: before}
		}
		return run
	}
	for _, row := range []struct {
		name    string
		clock   clock.Clock
		taken   string
		ago     time.Duration
		awaited bool
	}{
		{"nobody has taken it yet", moved, "", time.Second, true},
		{"it was taken a moment ago", moved, "own", -time.Minute, true},
		{"it was taken as of the time before", moved, "own", time.Second, false},
		{"another one was taken", moved, "other", time.Second, true},
		{"time is that of machines", clock.System{}, "own", time.Second, true},
		{"a minute is over", clock.System{}, "own", replanAfter, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			d := &Driver{Clock: row.clock, plan: planAttempt{run: "nightly/2026-11-04", says: "own",
				at: time.Now().Add(-row.ago)}}
			require.Equal(t, row.awaited, d.awaited(plan(row.taken)))
		})
	}
}
