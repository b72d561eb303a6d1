package billing

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestRule01_InsideAPeriodIsHalfOpenAndInclusiveDatesExistOnlyOnTheWire(t *testing.T) {
	t.Parallel()
	july := Period{MustDate("2024-07-01"), MustDate("2024-08-01")}
	require.Equal(t, "2024-07-31", Inclusive(july.To).String())
	require.Equal(t, july.To, Exclusive(Inclusive(july.To)))
	require.Zero(t, Inclusive(0))
	require.Zero(t, Exclusive(0))
	require.Equal(t, 31, july.Days())
	require.False(t, july.Contains(july.To))
	require.Equal(t, "2024-07-01 to 2024-07-31", july.String())
	require.Equal(t, "from 2024-07-01", Period{From: july.From}.String())
}

func TestRule01_InvoicedUntilIsTheLastDayCovered(t *testing.T) {
	t.Parallel()
	h := play(t, `
product P MONTHLY 100.00
addon A1 P from 2021-09-01 invoiced 2021-09-30
run 2021-09-15
  nothing
run 2021-10-01
  CHARGE A1 P to C1, 2021-10-01 to 2021-10-31: 1 × 100.00 × 1 = 100.00
`)
	require.Equal(t, "2021-10-31", h.account.InvoicedUntil("A1").String())
}

func TestRule02_AnInstantBecomesALocalDateByItsZone(t *testing.T) {
	t.Parallel()
	p, err := DefaultPolicy().Ready()
	require.NoError(t, err)
	for instant, day := range map[string]string{
		"2025-08-31T21:59:59Z": "2025-08-31",
		"2025-08-31T22:00:00Z": "2025-09-01",
		"2025-12-31T22:59:59Z": "2025-12-31",
		"2025-12-31T23:00:00Z": "2026-01-01",
	} {
		at, err := time.Parse(time.RFC3339, instant)
		require.NoError(t, err)
		require.Equal(t, day, DateOf(at, p.Zone()).String(), instant)
	}
}

func TestRule02_DaysAreCountedNeverHours(t *testing.T) {
	t.Parallel()
	play(t, `
product P MONTHLY 310.00
addon A1 P from 2024-03-31 until 2024-04-01
addon A2 P from 2024-10-27 until 2024-10-28
run 2024-11-01
  CHARGE A1 P to C1, 2024-03-31 to 2024-03-31: 1 × 310.00 × 1/31 = 10.00
  CHARGE A2 P to C1, 2024-10-27 to 2024-10-27: 1 × 310.00 × 1/31 = 10.00
`)
}

func TestRule03_CalendarQuartersBeginInJanuaryAprilJulyAndOctober(t *testing.T) {
	t.Parallel()
	g := gridOf(Quarterly, Anchor{}, false)
	for day, want := range map[string]string{
		"2024-01-01": "2024-01-01 to 2024-03-31", "2024-05-17": "2024-04-01 to 2024-06-30",
		"2024-09-30": "2024-07-01 to 2024-09-30", "2024-12-31": "2024-10-01 to 2024-12-31",
	} {
		require.Equal(t, want, g.period(MustDate(day)).String())
	}
	require.Equal(t, "2024-01-01 to 2024-12-31", gridOf(Yearly, Anchor{}, false).period(MustDate("2024-02-29")).String())
}

func TestRule03_EveryBoundaryIsComputedFromTheAnchorWithoutDrift(t *testing.T) {
	t.Parallel()
	d, want := MustDate("2024-01-31"), []string{"2024-02-29", "2024-03-31", "2024-04-30", "2024-05-31", "2024-06-30"}
	g := gridOf(Monthly, anchorAt(d, 0), false)
	for i, w := range want {
		d = g.period(d).To
		require.Equal(t, w, d.String())
		require.Equal(t, w, MustDate("2024-01-31").AddMonths(i+1, 0).String())
	}
}

func TestRule03_AnAnchorDayOfAShortMonthIsKept(t *testing.T) {
	t.Parallel()
	a := anchorAt(MustDate("2025-04-02"), 31)
	require.Equal(t, Anchor{MustDate("2025-04-30"), 31}, a)
	text, err := a.MarshalText()
	require.NoError(t, err)
	require.Equal(t, "2025-04-30/31", string(text))
	var back Anchor
	require.NoError(t, back.UnmarshalText(text))
	require.Equal(t, a, back)
	for _, bad := range []string{"2025-04-31", "2025-04-30/0", "2025-04-30/32", "x"} {
		require.Error(t, back.UnmarshalText([]byte(bad)), bad)
	}
}

func TestRule03_ANewProductIsAnchoredAtTheDayItIsAssigned(t *testing.T) {
	t.Parallel()
	play(t, `
policy alignment ANNIVERSARY
product M1 MONTHLY 30.00
product M2 MONTHLY 31.00
user-product M1 from 2025-07-10
new-product M2 on 2025-07-14
run 2025-08-01
  CHARGE product M1 to C1, 2025-07-10 to 2025-07-31: 1 × 30.00 × 22/31 = 21.29
  CHARGE product M2 to C1, 2025-08-01 to 2025-08-31: 1 × 31.00 × 1 = 31.00
`)
}

func TestRule03_AStartThatMovesKeepsTheAnchorOfWhatWasBilled(t *testing.T) {
	t.Parallel()
	play(t, `
policy alignment ANNIVERSARY
product P MONTHLY 290.00
addon A1 P from 2024-02-15
run 2024-02-15
  CHARGE A1 P to C1, 2024-02-15 to 2024-03-14: 1 × 290.00 × 1 = 290.00
start A1 2024-02-10
run 2024-02-16
  CHARGE A1 P to C1, 2024-02-10 to 2024-02-14: 1 × 290.00 × 5/31 = 46.77
`)
}

func TestDate_RefusesWhatDoesNotExist(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{
		"", "2024-02-30", "2023-02-29", "1900-02-29", "0000-01-01", "10000-01-01", "2024-13-01", "2024-00-10",
		"2024-1-01", "2024-01-1x", "20240101", "2024/01/01", "-024-01-01",
	} {
		_, err := ParseDate(bad)
		require.ErrorIs(t, err, ErrDate, bad)
	}
	for _, good := range []string{"0001-01-01", "2000-02-29", "2024-02-29", "9999-12-31", "1970-01-01"} {
		d, err := ParseDate(good)
		require.NoError(t, err)
		require.Equal(t, good, d.String())
		require.Equal(t, good, d.Time().Format(time.DateOnly))
	}
}

func TestDate_EveryDayHasOneTextAndOneSuccessor(t *testing.T) {
	t.Parallel()
	at := time.Date(1896, 1, 1, 0, 0, 0, 0, time.UTC)
	for d := MustDate("1896-01-01"); d < MustDate("2110-01-01"); d, at = d+1, at.AddDate(0, 0, 1) {
		if want := at.Format(time.DateOnly); d.String() != want || MustDate(want) != d {
			t.Fatalf("%d is %s, want %s", d, d, want)
		}
	}
}

// anchorAt is the anchor of months that begin at a start, or on a day of its
// month.
func anchorAt(start Date, day int) Anchor {
	return (&Policy{AnchorDay: day}).anchorOf(Monthly, start)
}

func TestRule3_AnAnchorDayLiesInTheMonthOfTheStartAndAStartBesideItHasAStub(t *testing.T) {
	t.Parallel()
	play(t, `
policy alignment ANNIVERSARY
policy anchorDay 21
product Q QUARTERLY 100.00
addon A1 Q from 2025-03-03
run 2025-03-21
  CHARGE A1 Q to C1, 2025-03-03 to 2025-03-20: 1 × 100.00 × 9/14 = 64.29
  CHARGE A1 Q to C1, 2025-03-21 to 2025-06-20: 1 × 100.00 × 3 = 300.00
`)
	play(t, `
policy alignment ANNIVERSARY
policy anchorDay 15
product Q QUARTERLY 100.00
addon A1 Q from 2025-05-20
run 2025-05-20
  CHARGE A1 Q to C1, 2025-05-20 to 2025-08-14: 1 × 100.00 × 88/31 = 283.87
`)
	play(t, `
policy alignment ANNIVERSARY
policy anchorDay 31
product Q QUARTERLY 100.00
addon A1 Q from 2025-02-10
run 2025-05-31
  CHARGE A1 Q to C1, 2025-02-10 to 2025-02-27: 1 × 100.00 × 9/14 = 64.29
  CHARGE A1 Q to C1, 2025-02-28 to 2025-05-30: 1 × 100.00 × 3 = 300.00
  CHARGE A1 Q to C1, 2025-05-31 to 2025-08-30: 1 × 100.00 × 3 = 300.00
`)
}

func TestRule3_QuartersAndYearsMayHaveAnAnchorMonthInTheStartsYear(t *testing.T) {
	t.Parallel()
	play(t, `
policy alignment ANNIVERSARY
policy anchorDay 10
policy anchorMonth 4
product Y YEARLY 10.00
product M MONTHLY 30.00
addon A1 Y from 2025-02-10
addon A2 M from 2025-02-10
addon A3 Y from 2025-06-10
run 2025-02-10
  CHARGE A1 Y to C1, 2025-02-10 to 2025-04-09: 1 × 10.00 × 2 = 20.00
  CHARGE A2 M to C1, 2025-02-10 to 2025-03-09: 1 × 30.00 × 1 = 30.00
`)
}
