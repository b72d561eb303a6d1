package worker

import (
	"context"
	"fmt"
	"sync"
	"time"

	"tenure/internal/store"
)

// claimVerifyEvery is how often, in real time, a shard's claim is compared with the database: a failover that lost the
// last commits must not go unnoticed until the next command.
const claimVerifyEvery = time.Second

// claimWatch reads the rows of all shards for all owners of a process: one query a second. The lock is never held while
// the database is asked: one owner asks, and the others have the last reading meanwhile.
type claimWatch struct {
	mu      sync.Mutex
	began   time.Time // of the last reading
	reading bool      // an owner asks
	heads   map[store.ShardID]store.Head
}

// read returns a reading that is younger than claimVerifyEvery, or the last one while another owner asks, and when it
// began.
func (w *claimWatch) read(ctx context.Context, s *store.Store) (map[store.ShardID]store.Head, time.Time, error) {
	heads, began, due := w.last()
	if !due {
		return heads, began, nil
	}
	began = time.Now()
	heads, err := s.Heads(ctx)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.reading = false
	if err != nil {
		return nil, began, err // the next owner asks at once
	}
	w.heads, w.began = heads, began
	return heads, began, nil
}

// last is the last reading, and whether the caller has to make the next one.
func (w *claimWatch) last() (heads map[store.ShardID]store.Head, began time.Time, due bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	due = !w.reading && time.Since(w.began) >= claimVerifyEvery
	w.reading = w.reading || due
	return w.heads, w.began, due
}

// verifyClaim compares the claim with the shard's row. A write compares them too; this is for shards that have nothing
// to write. The error is store.ErrFenced where the database is not as this owner left it.
func (o *owner) verifyClaim(ctx context.Context) error {
	if !o.claim.Same(&o.verified) { // written meanwhile
		o.verified, o.verifiedAt = o.claim, time.Now()
		return nil
	}
	if time.Since(o.verifiedAt) < claimVerifyEvery {
		return nil
	}
	heads, began, err := o.watch.read(ctx, o.Store)
	switch {
	case store.IsTransient(err):
		o.Observer.Retried("worker-verify-claim")
		return nil
	case err != nil:
		return err
	case began.Before(o.verifiedAt):
		return nil // older than the last write
	}
	o.verifiedAt = began
	if err := o.verifyCount(heads); err != nil {
		return err
	}
	if head := heads[o.claim.Shard]; !o.claim.Matches(head) {
		return fmt.Errorf("worker: shard %d is at position %d and offset %d in the database, this process left it at %d "+
			"and %d: %w",
			o.claim.Shard, head.Head, head.NextOffset, o.claim.Head, o.claim.NextOffset, store.ErrFenced)
	}
	return nil
}

// verifyCount ends the work of an owner that claimed its shard by fewer partitions than another one: a broker may not
// have heard yet of those that were added.
func (o *owner) verifyCount(heads map[store.ShardID]store.Head) error {
	for shard, head := range heads {
		if shard.Family() == o.claim.Shard.Family() && head.Partitions > o.partitions() {
			return fmt.Errorf("worker: shard %d was claimed by %d partitions, and shard %d by %d: %w", o.claim.Shard,
				o.partitions(), shard, head.Partitions, store.ErrGrowing)
		}
	}
	return nil
}
