package scenario

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/domain"
	"tenure/events"
	"tenure/internal/catalog"
	"tenure/internal/fastforward"
	"tenure/internal/feed"
	"tenure/internal/provider"
	"tenure/internal/store"
	"tenure/internal/test/environment"
	"tenure/internal/timeline"
)

// driving starts a scheduler.
func (s *system) driving() {
	shards := make([]int32, environment.Partitions)
	for i := range shards {
		shards[i] = int32(store.ShardOf(store.FamilyEmployee, int32(i)))
	}
	d := s.driver(shards)
	s.background(d.Run)
}

// following lets the system's clock be the database's, which a forward moves.
func (s *system) following() {
	s.background(func(ctx context.Context) error {
		ticker := time.NewTicker(5 * time.Millisecond)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return nil
			case <-ticker.C:
				if now, ok, err := s.store.Clock(ctx); err == nil && ok {
					s.now.Store(&now)
				}
			}
		}
	})
}

func TestFastForward_DoesEverythingOnItsMinute(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "2026-10-30T08:00:00Z")
	s.startWorker()
	s.company()
	s.hire(1)
	s.hire(2)
	s.nights()
	s.order("employee.update.v1", employeeID(1), object{"autoPresence": []object{
		{"weekDays": []int{1, 2, 3, 4, 5}, "timeOfDay": "16:00", "state": "OFF_WORK"},
		{"weekDays": []int{1, 2, 3, 4, 5}, "timeOfDay": "08:00", "state": "AVAILABLE"}}})
	s.order("employee.schedule_product_change.v1", employeeID(1), object{"newProduct": large})
	s.order("employee.schedule_deletion.v1", employeeID(2), object{"deleteDate": "2026-11-02", "deleteExtensions": true,
		"deleteMvnoAccounts": true})
	s.following()
	s.driving()
	s.answering(provider.Answer, 0)
	before := len(s.raw(1))
	foreseen := s.foreseen(1, "2026-11-03T12:00:00Z")

	var steps []string
	r := &fastforward.Clock{Store: s.store, Policy: policy(), Patience: waitMax, Answers: 2 * time.Second,
		Step: func(at time.Time) { steps = append(steps, at.Format("02 15:04")) }}
	require.NoError(t, r.Advance(t.Context(), instant("2026-11-03T12:00:00Z")))
	require.Equal(t, []string{
		"30 08:00", "30 15:00", "30 23:05", "31 23:00", "31 23:05", "01 23:05", "02 07:00", "02 15:00", "02 20:00",
		"02 23:05", "03 07:00", "03 12:00",
	}, steps, "presence at 8 and 16 on week days, midnight of the first, each night, and the deletion")
	require.Equal(t, []string{"10-30 15:00", "10-31 23:00", "10-31 23:05", "11-02 07:00", "11-02 15:00", "11-03 07:00"},
		s.instants(1, before))
	require.Equal(t, foreseen, s.told(1, before), "what was foreseen is what happened")
	require.Len(t, happened[events.EmployeeDeleted](s, 2), 1)
	for _, e := range s.raw(2) {
		if e.Type == (events.EmployeeDeleted{}).EventType() {
			require.Equal(t, instant("2026-11-02T20:00:00Z"), e.At, "the provider's answer belongs to the minute of the request")
		}
	}
	require.ErrorIs(t, r.Advance(t.Context(), instant("2026-11-01T12:00:00Z")), store.ErrClockBack)
	s.audited()
}

func TestFastForward_SaysWhatItWaitsFor(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "2026-10-30T08:00:00Z")
	stop := s.startWorker()
	s.company()
	s.hire(1)
	s.nights()
	s.order("employee.set_presence.v1", employeeID(1), object{"state": "BUSY", "expire": "2026-10-30T12:00:00Z"})
	stop()
	// A feed hears of new shards within 2 s; the short patience is for what nobody does, not for that.
	require.NoError(t, feed.Caught(t.Context(), s.store, nil, feed.RelayName))
	r := &fastforward.Clock{Store: s.store, Policy: policy(), Patience: 500 * time.Millisecond}
	err := r.Advance(t.Context(), instant("2026-10-30T14:00:00Z"))
	require.ErrorIs(t, err, fastforward.ErrNoEnd)
	require.ErrorContains(t, err, "by 2026-10-30T12:00:00Z, it waits for what is due for employee/"+employeeID(1))
}

// raw is its stream as it is stored.
func (s *system) raw(n int) []store.Event {
	s.t.Helper()
	found, err := s.store.StreamEvents(context.Background(), domain.Stream(domain.KindEmployee, employeeID(n)), 1)
	require.NoError(s.t, err)
	return found
}

// instants are when its events after the first few were decided.
func (s *system) instants(n, after int) (all []string) {
	for _, e := range s.raw(n)[after:] {
		all = append(all, e.At.Format("01-02 15:04"))
	}
	return all
}

// told are its events after the first few as sentences.
func (s *system) told(n, after int) (all []string) {
	for i, e := range s.history(n)[after:] {
		all = append(all, s.instants(n, after)[i]+" "+timeline.Tell(e))
	}
	return all
}

// foreseen is what is said to come.
func (s *system) foreseen(n int, until string) (all []string) {
	s.t.Helper()
	e, ok, err := timeline.Load(s.t.Context(), s.store, employeeID(n))
	require.NoError(s.t, err)
	require.True(s.t, ok)
	latest, err := catalog.New(s.store, nil).Latest(s.t.Context())
	require.NoError(s.t, err)
	moments, err := timeline.Upcoming(e, domain.World{Now: s.Now(), Catalog: latest.Catalog, Policy: policy()},
		instant(until))
	require.NoError(s.t, err)
	for _, m := range moments {
		all = append(all, m.At.Format("01-02 15:04")+" "+m.What)
	}
	return all
}
