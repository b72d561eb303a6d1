package worker

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/domain"
	"tenure/internal/bus"
	"tenure/internal/store"
)

// undatable is a subject whose due days cannot be computed.
type undatable struct{ domain.Run }

// BillDue fails.
func (*undatable) BillDue(domain.World) billing.Date { panic("a fault of ours") }

// pending is a subject with something to bill since some day.
type pending struct{ domain.Run }

// BillDue is today, as far as it can tell.
func (*pending) BillDue(w domain.World) billing.Date { return w.Today() }

func batchAt(t *testing.T, instant string) *batch {
	t.Helper()
	now, err := time.Parse(time.RFC3339, instant)
	require.NoError(t, err)
	return &batch{world: domain.World{Now: now, Policy: billing.DefaultPolicy()}}
}

func TestRows_BlameTheItemDecidedLastOnTheSubject(t *testing.T) {
	t.Parallel()
	b := batchAt(t, "2026-11-03T12:00:00Z")
	s := &subject{state: &undatable{}, touched: true, last: 7, row: store.Subject{BillDue: 5}}
	b.order = []*subject{{state: &pending{}}, s}
	require.ErrorContains(t, b.rows(), "a fault of ours")
	require.EqualValues(t, 7, b.progress.Load())

	s.row.Parked = true
	require.NoError(t, b.rows(), "a parked subject stops no other")
	require.Equal(t, billing.Date(5), s.row.BillDue)
	require.NotEmpty(t, s.row.State, "what was decided before counts")
}

func TestRow_ADueDayStaysTheEarliestUntilARunHasSeenIt(t *testing.T) {
	t.Parallel()
	today, first := billing.MustDate("2026-11-03"), billing.MustDate("2026-11-01")
	for name, c := range map[string]struct{ was, asOf, want billing.Date }{
		"nothing was due before":                           {0, 0, today},
		"due since a night that was missed":                {first, 0, first},
		"due later, and something new is due today":        {today + 20, 0, today},
		"a run of a missed night leaves the rest to later": {first - 1, first, first},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := batchAt(t, "2026-11-03T00:30:00Z")
			b.asOf = c.asOf
			require.Equal(t, c.want, b.billDue(&subject{state: &pending{}, row: store.Subject{BillDue: c.was}}, b.world))
		})
	}
}

func TestRow_ACommandWithoutAKeyIsParkedAndNotSentOnIndefinitely(t *testing.T) {
	t.Parallel()
	for _, partition := range []int32{0, 1} {
		it := &item{stream: "runshard/nightly/2026-11-01/0", msg: bus.Message{Partition: partition}}
		(&owner{claim: store.Claim{Counts: []int32{2}}}).route(it)
		require.Equal(t, reasonKey, it.parkAs)
		require.Nil(t, it.forward)
	}
}

func TestRow_OnlyWhatHalvingHelpsIsHalved(t *testing.T) {
	t.Parallel()
	for err, want := range map[error]bool{
		&store.ConflictError{Constraint: "events_position"}: true, errTooWide: true, store.ErrFenced: false,
		store.ErrInDoubt:            false,
		errors.New("no such table"): false,
	} {
		_, refused := refusal(err)
		require.Equal(t, want, refused)
	}
}
