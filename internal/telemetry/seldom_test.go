package telemetry

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// waiting is a line that says that a loop tries again.
func waiting(at time.Time, shard int, cause string) slog.Record {
	r := slog.NewRecord(at, slog.LevelWarn, "waiting to try again", 0)
	r.Add(KeyShard, shard, KeyError, errors.New(cause), KeyPause, time.Second)
	return r
}

func TestSeldom_AFaultThatIsWaitedOutIsLoggedOnceAMinuteWithItsAttempts(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log := NewLogger(&out, formatText, slog.LevelInfo)
	parts := []slog.Handler{log.Handler(), log.With(KeySubscriber, "relay").Handler()}
	begin := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	for i := range 4 * 60 * 5 { // four a second for five minutes
		r := waiting(begin.Add(time.Duration(i)*250*time.Millisecond), i%33,
			fmt.Sprintf("shard %d: connection refused", i%33))
		require.NoError(t, parts[i%2].Handle(t.Context(), r))
	}
	require.Equal(t, 5, strings.Count(out.String(), "\n"))
	require.Equal(t, 4, strings.Count(out.String(), "attempts=240"), "those between are counted")
	require.NoError(t, parts[0].Handle(t.Context(), waiting(begin.Add(5*time.Minute), 1, "disk full")))
	require.Equal(t, 6, strings.Count(out.String(), "\n"), "another fault is logged at once")
	require.NoError(t, parts[0].Handle(t.Context(), waiting(begin.Add(time.Hour), 1, "shard 1: connection refused")))
	require.Equal(t, 7, strings.Count(out.String(), "\n"), "and the same one after a while")
}

func TestSeldom_LinesThatNothingWaitsForPass(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log := NewLogger(&out, formatText, slog.LevelInfo)
	for range 100 {
		log.Error("a decision failed, its subject is parked", Err(errors.New("broken")))
		log.Info("took a while", slog.Duration(KeyPause, time.Second))
	}
	require.Equal(t, 200, strings.Count(out.String(), "\n"))
}

func TestSeldom_TellsABoundedNumberOfFaultsApart(t *testing.T) {
	t.Parallel()
	f := &faults{known: map[string]fault{}}
	begin := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	for i := range 10 * faultsMax {
		_, due := f.due(strings.Repeat("x", i+1), begin)
		require.True(t, due)
		require.LessOrEqual(t, len(f.known), faultsMax)
	}
}
