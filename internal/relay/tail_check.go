package relay

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"tenure/internal/bus"
	"tenure/internal/feed"
	"tenure/internal/store"
)

const (
	// tailMargin is how far the clocks of the database, which notes when a checkpoint moved, and of those who publish may
	// be apart. Beyond it something is published once more, which it may be.
	tailMargin = 5 * time.Second
	// tailMessagesMax bounds what is read of the end of each partition. A relay publishes a page before it moves its
	// checkpoint, feed.StepMax events of all its shards; the rest of the room is for shards that went on meanwhile.
	tailMessagesMax = 2 * feed.StepMax
	// tailGlance is what is read of the end of each partition however long nothing was published: enough to see that
	// a topic knows more of a shard than its log, in a moment.
	tailGlance = 200
)

// tailer is a publisher that can tell what stands at the end of its topics. *bus.Publisher is one. A relay whose
// publisher is none does not compare.
type tailer interface {
	// Tail calls fn with the last messages of each partition.
	Tail(ctx context.Context, topics []string, bounds bus.TailBounds, fn func(bus.Message) error) error
	// Verify looks for messages that were acknowledged and reports the partitions that have lost them.
	Verify(ctx context.Context, ends []bus.End) error
	// Sure reports whether a partition has all that was acknowledged, as far as it is known.
	Sure(topic string, partition int32) bool
	// Losses counts the partitions that have lost messages.
	Losses() int64
}

var _ tailer = (*bus.Publisher)(nil) // a relay of another one would compare nothing, and not say so

// expected returns the messages of a shard behind a place, and the last place that they are of: at most limit
// positions, after itself when there are none.
type expected func(ctx context.Context, shard store.ShardID, after store.Place, limit int) ([]bus.Message,
	store.Place, error)

// tailCheck compares what the topics of a relay end with with the log, once for each lease: what was published before a
// checkpoint was lost is skipped, and what the log does not know stops the relay, since then the database is older than
// the topics. What is missing up to a checkpoint is reported: the topics are older than the log.
type tailCheck struct {
	reader string
	topics []string
	store  *store.Store
	tails  tailer // nil: nothing is compared
	head   func(store.Head) int64
	expect expected
	drop   func([]*store.Lease) // what is in memory of shards; nil: nothing is

	mu    sync.Mutex
	known map[store.ShardID]*compared
}

// compared is the result of a tail check under one lease.
type compared struct {
	epoch    int64
	grant    int64
	at       store.Place // the checkpoint, as this relay has moved it since
	after    store.Place // the checkpoint as of the comparison
	accepted time.Time   // what is older was accepted by an operator
	last     int64       // the highest position that the topics have
	present  map[string]seenMessage
	latest   map[string]int64 // the highest position that a key of a topic has behind the checkpoint
	holes    map[string]bool  // keys of topics that lack something
	stop     *feed.Stop
}

// before compares for those of the leases that are new. The error is the *feed.Stop of a shard in which the relay
// cannot go on, or one of database and brokers.
func (c *tailCheck) before(ctx context.Context, leases []*store.Lease) error {
	if c.tails == nil {
		return nil
	}
	fresh := c.fresh(leases)
	if len(fresh) > 0 {
		if err := c.run(ctx, fresh); err != nil {
			return fmt.Errorf("relay: compare the topics of %s with the log: %w", c.reader, err)
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, lease := range leases {
		if found := c.known[lease.Shard]; found != nil && found.stop != nil {
			return found.stop
		}
	}
	return nil
}

// fresh makes room for the leases that are not compared yet. Only the loop that handles a shard asks for it.
func (c *tailCheck) fresh(leases []*store.Lease) map[store.ShardID]*compared {
	c.mu.Lock()
	defer c.mu.Unlock()
	fresh := map[store.ShardID]*compared{}
	for _, lease := range leases {
		if c.reader == feed.RelayName && lease.Shard.Family() == store.FamilyCatalog {
			continue // nothing of the catalogue is published
		}
		if known := c.known[lease.Shard]; known == nil || !known.under(lease) {
			fresh[lease.Shard] = &compared{epoch: lease.Epoch, grant: lease.Grant, at: lease.Place(), after: lease.Place(),
				present: map[string]seenMessage{}, latest: map[string]int64{}, holes: map[string]bool{}}
		}
	}
	return fresh
}

// under reports whether the result is of a lease as it is held. After a failover the epoch may be one that was held
// before, with another process's messages on the topics since; and a checkpoint that another one has moved is not the
// one that was compared.
func (c *compared) under(lease *store.Lease) bool {
	return c.epoch == lease.Epoch && c.grant == lease.Grant && c.at.Equal(lease.Place())
}

// moved notes the checkpoints that the relay has moved.
func (c *tailCheck) moved(leases []*store.Lease) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, lease := range leases {
		if known := c.known[lease.Shard]; known != nil && known.grant == lease.Grant {
			known.at = lease.Place()
		}
	}
}

// run reads the topics once for all shards, and then how far the log is: what was published by then is in it.
func (c *tailCheck) run(ctx context.Context, fresh map[store.ShardID]*compared) error {
	marks, err := c.store.Marks(ctx, c.reader)
	if err != nil {
		return err
	}
	heads, err := c.store.Heads(ctx)
	if err != nil {
		return err
	}
	var behind []store.Mark
	for shard, found := range fresh {
		found.accepted = marks[shard].Accepted
		if found.after.Position < c.head(heads[shard]) {
			behind = append(behind, marks[shard])
		}
	}
	if err := c.look(ctx, fresh, bounds(behind)); err != nil {
		return err
	}
	if heads, err = c.store.Heads(ctx); err != nil {
		return err
	}
	for shard, found := range fresh {
		if err := c.judge(ctx, shard, found, c.head(heads[shard])); err != nil {
			return err
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for shard, found := range fresh {
		c.known[shard] = found
	}
	return nil
}

// look reads what the topics end with, and looks for what was published last.
func (c *tailCheck) look(ctx context.Context, fresh map[store.ShardID]*compared, within bus.TailBounds) error {
	ends, err := c.noted(ctx, fresh)
	if err != nil {
		return err
	}
	err = c.tails.Tail(ctx, c.topics, within, func(m bus.Message) error {
		addSeen(fresh, m)
		delete(ends, bus.EndOf(m)) // it is there
		return nil
	})
	if err != nil {
		return err
	}
	return c.verify(ctx, ends)
}

// judge compares what the topics have of a shard behind the checkpoint with its log.
func (c *tailCheck) judge(ctx context.Context, shard store.ShardID, found *compared, head int64) error {
	if found.last > head {
		found.stop = c.stopAt(shard, head+1, stopAhead, fmt.Errorf(
			"the topics know position %d, the log ends at %d: the database is older than its topics", found.last, head))
		return nil
	}
	judged, err := c.match(ctx, shard, found)
	if err != nil {
		return err
	}
	wrong := int64(0) // the first position of which a topic has something else
	for _, s := range found.present {
		if bad := s.twice || !s.expected && s.position <= judged; bad && (wrong == 0 || s.position < wrong) {
			wrong = s.position
		}
	}
	if wrong > 0 {
		found.stop = c.stopAt(shard, wrong, stopAltered, fmt.Errorf("a topic has something else there than the log"))
	}
	return nil
}

// stopAt names what was found and what to run.
func (c *tailCheck) stopAt(shard store.ShardID, position int64, reason string, err error) *feed.Stop {
	return &feed.Stop{Shard: shard, Position: position, Reason: reason, Err: fmt.Errorf(
		"%w; when that is known and accepted: tenure replay accept --reader %s --shard %d --reason TEXT --yes", err,
		c.reader, shard)}
}

// match marks what the log has too and returns up to where it was read: before an event that this build cannot publish
// nothing is known of those behind it.
func (c *tailCheck) match(ctx context.Context, shard store.ShardID, found *compared) (judged int64, err error) {
	for at := found.after; at.Position < found.last; {
		messages, next, err := c.expect(ctx, shard, at, feed.ShardPageMin)
		for _, m := range messages {
			if s, ok := found.present[nameOf(m)]; ok && s.fingerprint == fingerprint(m) {
				s.expected = true
				found.present[nameOf(m)] = s
			}
		}
		var stop *feed.Stop
		if errors.As(err, &stop) {
			return stop.Position - 1, nil
		}
		if err != nil || next.Position == at.Position {
			return at.Position, err
		}
		at = next
	}
	return found.last, nil
}

// lacking leaves out of a page of a shard what its topics have already, in place. Once a key lacks something, all that
// comes after that is published, there or not: what a reader sees last of a key is then its latest. What comes behind a
// later one of its key for the first time, since the topic lost it in an election, is marked as what fills a topic is:
// who goes by positions would take it for known. The ends are told of those that are left out.
func (c *tailCheck) lacking(lease *store.Lease, messages []bus.Message, ends pageEnds) []bus.Message {
	c.mu.Lock()
	found := c.known[lease.Shard]
	c.mu.Unlock()
	if found == nil || len(found.present) == 0 {
		return messages
	}
	if lease.Position >= found.last {
		clear(found.present)
		clear(found.latest)
		return messages
	}
	kept := messages[:0]
	for _, m := range messages {
		key := keyOf(m)
		s, there := found.present[nameOf(m)]
		if there && !found.holes[key] {
			ends.add(s.end)
			continue
		}
		found.holes[key] = true
		if !there {
			m = found.fill(m, key)
		}
		kept = append(kept, m)
	}
	return kept
}

// fill marks a message that a topic lacks where it has a later one of its key.
func (c *compared) fill(m bus.Message, key string) bus.Message {
	_, position, err := bus.ParsePosition(string(m.Header("ce_position")))
	if err != nil || position >= c.latest[key] {
		return m
	}
	return bus.Replayed(m, "lost-"+m.Topic)
}

// reset has the topics compared again: after an error some of a page may be there.
func (c *tailCheck) reset(leases []*store.Lease) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, lease := range leases {
		delete(c.known, lease.Shard)
	}
	if c.drop != nil {
		c.drop(leases)
	}
}
