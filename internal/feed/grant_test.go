package feed

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/internal/store"
	"tenure/internal/test/feedtest"
)

// looker is a subscriber that has something to look at first, and notes under which grants of leases it was asked.
type looker struct {
	mu     sync.Mutex
	grants []int64
}

func (*looker) Name() string            { return "looker" }
func (*looker) Head(h store.Head) int64 { return h.Head }
func (*looker) ChecksFirst() bool       { return true }

func (l *looker) Handle(_ context.Context, leases []*store.Lease, _ int) (bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, lease := range leases {
		if !slices.Contains(l.grants, lease.Grant) {
			l.grants = append(l.grants, lease.Grant)
		}
	}
	return false, nil
}

// under are the grants under which it was asked, each once.
func (l *looker) under() []int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.grants)
}

// The same lease counts as another one where another database answers.
func TestFeed_BeginsItsLeasesAgainWhereAnotherDatabaseAnswers(t *testing.T) {
	t.Parallel()
	db := feedtest.NewDatabase(t)
	feedtest.NewJournal(t, db.Store).Append(1, feedtest.Of(feedtest.Employee(1), feedtest.Created(1))...)
	standby := db.Copy()
	l := &looker{}
	stop := live(t, Config{Store: db.Store, Subscribers: []Subscriber{l}, LeaseTTL: time.Hour})
	require.Eventually(t, func() bool { return len(l.under()) == 1 }, patience, time.Millisecond)
	db.Become(standby)
	require.Eventually(t, func() bool { return len(l.under()) == 2 }, patience, time.Millisecond)
	stop()
}
