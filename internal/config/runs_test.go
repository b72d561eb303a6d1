package config

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/scheduler"
)

func TestRuns_WhoSetsNothingHasTheDefaultBounds(t *testing.T) {
	t.Parallel()
	c, err := Load(Input{})
	require.NoError(t, err)
	require.Equal(t, scheduler.DefaultBounds().Amount.String(), c.Bounds.Amount.String())
	require.Equal(t, scheduler.DefaultBounds().Credit.String(), c.Bounds.Credit.String())
	c.Bounds.Amount, c.Bounds.Credit = scheduler.DefaultBounds().Amount, scheduler.DefaultBounds().Credit
	require.Equal(t, scheduler.DefaultBounds(), c.Bounds)
	require.Equal(t, 4*time.Hour, c.ExpectBy)
}

func TestRuns_EachBoundIsASettingThatCanBeOff(t *testing.T) {
	t.Parallel()
	names := []string{scheduler.BoundLines, scheduler.BoundAmount, scheduler.BoundCredit, scheduler.BoundCreditShare,
		scheduler.BoundDeletions, scheduler.BoundHeld, scheduler.BoundBilledChange,
		scheduler.BoundLinesChange, scheduler.BoundAmountChange, scheduler.BoundChanged, scheduler.BoundDaysBehind}
	off, seven := map[string]string{"run-expect-by": "off"}, map[string]string{"run-expect-by": "00:07"}
	for _, name := range names {
		off[name], seven[name] = "off", "7"
		for _, wrong := range []string{"0", "-1", "many", "1e3", "1.5x"} {
			_, err := Load(Input{Flags: map[string]string{name: wrong}})
			require.ErrorContains(t, err, "off", "%s %s", name, wrong)
		}
	}
	c, err := Load(Input{Flags: off})
	require.NoError(t, err)
	require.True(t, c.Bounds.Amount.IsZero())
	require.True(t, c.Bounds.Credit.IsZero())
	c.Bounds.Amount, c.Bounds.Credit = scheduler.Bounds{}.Amount, scheduler.Bounds{}.Credit
	require.Equal(t, scheduler.Bounds{}, c.Bounds)
	require.Zero(t, c.ExpectBy)
	c, err = Load(Input{Flags: seven})
	require.NoError(t, err)
	require.Equal(t, "7", c.Bounds.Amount.String())
	require.Equal(t, "7", c.Bounds.Credit.String())
	require.Equal(t, []int64{7, 7, 7, 7, 7, 7, 7, 7, 7}, []int64{c.Bounds.Lines, c.Bounds.Deletions, c.Bounds.Held,
		c.Bounds.BilledChange,
		c.Bounds.LinesChange, c.Bounds.AmountChange, c.Bounds.ChangedShare, c.Bounds.DaysBehind, c.Bounds.CreditShare})
	require.Equal(t, 7*time.Minute, c.ExpectBy)
	for _, wrong := range []string{"24:00", "4", "00:00", "soon"} {
		_, err := Load(Input{Flags: map[string]string{"run-expect-by": wrong}})
		require.ErrorContains(t, err, "is not a time such as 04:00", wrong)
	}
}
