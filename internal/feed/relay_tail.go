package feed

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"time"

	"tenure/internal/bus"
	"tenure/internal/store"
)

const (
	// tailMargin is how far the clocks of the database, which notes when a checkpoint moved, and of those who publish may
	// be apart. Beyond it something is published once more, which it may be.
	tailMargin = 5 * time.Second
	// tailMessagesMax bounds what is read of the end of each partition. A relay publishes a page before it moves its
	// checkpoint, takeMax events of all its shards; the rest of the room is for shards that went on meanwhile.
	tailMessagesMax = 2 * takeMax
)

// The reasons of a Stop of a relay.
const (
	StopAhead    = "ahead"     // a topic knows more of the shard than the log
	StopAltered  = "altered"   // a topic has something else at the place of an event
	StopTooLarge = "too-large" // no broker takes the message of an event
)

// tailer is a publisher that can tell what stands at the end of its topics. *bus.Publisher is one. A relay whose publisher is
// none does not compare.
type tailer interface {
	// Tail calls fn with the messages since a time, at most the last limit of each partition; all of those when since is zero.
	Tail(ctx context.Context, topics []string, since time.Time, limit int64, fn func(bus.Message) error) error
}

// comparison compares what the topics of a relay end with with the log, once for each lease: what was published before a
// checkpoint was lost is skipped, and what the log does not know stops the relay, since then the database is older than the
// topics.
type comparison struct {
	reader string
	topics []string
	store  *store.Store
	tails  tailer // nil: nothing is compared
	head   func(store.Head) int64
	// expect gives the messages of a shard behind a position, and the last position that they are of: at most limit
	// positions, after itself when there are none.
	expect func(ctx context.Context, shard store.ShardID, after int64, limit int) ([]bus.Message, int64, error)

	mu    sync.Mutex
	known map[store.ShardID]*compared
}

// compared is what became of a comparison under one lease.
type compared struct {
	epoch    int64
	after    int64     // the checkpoint
	accepted time.Time // what is older was accepted by a person
	last     int64     // the highest position that the topics have
	present  map[string]sighting
	holes    map[string]bool // keys of topics that lack something
	stop     *Stop
}

// sighting is a message that a topic has behind the checkpoint.
type sighting struct {
	print    [sha256.Size]byte
	position int64
	twice    bool // another one with the same id says something else
	expected bool // the log has it
}

func newComparison(c *comparison, p Publisher) *comparison {
	c.tails, _ = p.(tailer)
	c.known = map[store.ShardID]*compared{}
	return c
}

// before compares for those of the leases that are new. The error is the *Stop of a shard in which the relay cannot go on, or
// one of database and brokers.
func (c *comparison) before(ctx context.Context, leases []*store.Lease) error {
	if c.tails == nil {
		return nil
	}
	fresh := c.fresh(leases)
	if len(fresh) > 0 {
		if err := c.look(ctx, fresh); err != nil {
			return fmt.Errorf("feed: compare the topics of %s with the log: %w", c.reader, err)
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

// fresh makes room for the leases that are not compared yet. Nobody but the lane that has a shard in hand asks for it.
func (c *comparison) fresh(leases []*store.Lease) map[store.ShardID]*compared {
	c.mu.Lock()
	defer c.mu.Unlock()
	fresh := map[store.ShardID]*compared{}
	for _, lease := range leases {
		if known := c.known[lease.Shard]; known == nil || known.epoch != lease.Epoch {
			fresh[lease.Shard] = &compared{epoch: lease.Epoch, after: lease.Position, present: map[string]sighting{}, holes: map[string]bool{}}
		}
	}
	return fresh
}

// look reads the topics once for all shards, and then how far the log is: what was published by then is in it.
func (c *comparison) look(ctx context.Context, fresh map[store.ShardID]*compared) error {
	marks, err := c.store.Marks(ctx, c.reader)
	if err != nil {
		return err
	}
	for shard, found := range fresh {
		found.accepted = marks[shard].Accepted
	}
	err = c.tails.Tail(ctx, c.topics, since(marks, fresh), tailMessagesMax, func(m bus.Message) error {
		note(fresh, m)
		return nil
	})
	if err != nil {
		return err
	}
	heads, err := c.store.Heads(ctx)
	if err != nil {
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

// since is the time from which on something may have been published that the checkpoints do not know; zero: always.
func since(marks map[store.ShardID]store.Mark, fresh map[store.ShardID]*compared) time.Time {
	var earliest time.Time
	for shard := range fresh {
		mark := marks[shard]
		if mark.Accepted.After(mark.Moved) {
			mark.Moved = mark.Accepted
		}
		if mark.Moved.IsZero() {
			return time.Time{}
		}
		if earliest.IsZero() || mark.Moved.Before(earliest) {
			earliest = mark.Moved
		}
	}
	return earliest.Add(-tailMargin)
}

// note remembers a message that stands behind the checkpoint of one of the shards. Whoever else writes to our topics is not
// our concern here.
func note(fresh map[store.ShardID]*compared, m bus.Message) {
	shard, position, err := bus.ParsePosition(string(m.Header("ce_position")))
	if err != nil {
		return
	}
	found := fresh[store.ShardID(shard)]
	if found == nil || position <= found.after || !m.Time.After(found.accepted) {
		return
	}
	found.last = max(found.last, position)
	name := nameOf(m)
	s := sighting{print: print(m), position: position}
	if before, twice := found.present[name]; twice {
		s.twice = before.twice || before.print != s.print
	}
	found.present[name] = s
}

// nameOf tells a message among those of all topics.
func nameOf(m bus.Message) string { return m.Topic + "\x00" + string(m.Header("ce_id")) }

// printed are the headers that are part of what a message says. Traces and replays may differ from one publishing to the next.
var printed = []string{"ce_id", "ce_type", "ce_subject", "ce_time", "ce_position"}

// print is the same for two messages that say the same.
func print(m bus.Message) (sum [sha256.Size]byte) {
	h := sha256.New()
	add := func(b []byte) {
		var size [8]byte
		binary.BigEndian.PutUint64(size[:], uint64(len(b)))
		h.Write(size[:])
		h.Write(b)
	}
	add(m.Key)
	add(m.Value)
	for _, name := range printed {
		add(m.Header(name))
	}
	return [sha256.Size]byte(h.Sum(sum[:0]))
}

// judge compares what the topics have of a shard behind the checkpoint with its log.
func (c *comparison) judge(ctx context.Context, shard store.ShardID, found *compared, head int64) error {
	if found.last > head {
		found.stop = c.stopAt(shard, head+1, StopAhead, fmt.Errorf(
			"the topics know position %d, the log ends at %d: the database is older than its topics", found.last, head))
		return nil
	}
	judged, err := c.match(ctx, shard, found)
	if err != nil {
		return err
	}
	wrong := int64(0) // the first position of which a topic says something else
	for _, s := range found.present {
		if bad := s.twice || !s.expected && s.position <= judged; bad && (wrong == 0 || s.position < wrong) {
			wrong = s.position
		}
	}
	if wrong > 0 {
		found.stop = c.stopAt(shard, wrong, StopAltered, fmt.Errorf("a topic says something else of it than the log"))
	}
	return nil
}

// stopAt says what happened and what to do.
func (c *comparison) stopAt(shard store.ShardID, position int64, reason string, err error) *Stop {
	return &Stop{Shard: shard, Position: position, Reason: reason, Err: fmt.Errorf(
		"%w; when that is known and accepted: tenure replay accept --reader %s --shard %d --reason TEXT --yes", err, c.reader, shard)}
}

// match marks what the log has too and tells up to where it was read: before an event that this build cannot publish
// nothing can be said of those behind it.
func (c *comparison) match(ctx context.Context, shard store.ShardID, found *compared) (judged int64, err error) {
	for at := found.after; at < found.last; {
		messages, next, err := c.expect(ctx, shard, at, shardTakeMin)
		for _, m := range messages {
			if s, ok := found.present[nameOf(m)]; ok && s.print == print(m) {
				s.expected = true
				found.present[nameOf(m)] = s
			}
		}
		var stop *Stop
		if errors.As(err, &stop) {
			return stop.Position - 1, nil
		}
		if err != nil || next == at {
			return at, err
		}
		at = next
	}
	return found.last, nil
}

// lacking leaves out of a page of a shard what its topics have already, in place. Once a key lacks something, all that comes
// after that is published, there or not: what a reader sees last of a key is then its latest.
func (c *comparison) lacking(lease *store.Lease, messages []bus.Message) []bus.Message {
	c.mu.Lock()
	found := c.known[lease.Shard]
	c.mu.Unlock()
	if found == nil || len(found.present) == 0 {
		return messages
	}
	if lease.Position >= found.last {
		clear(found.present)
		return messages
	}
	kept := messages[:0]
	for _, m := range messages {
		key := m.Topic + "\x00" + string(m.Key)
		if _, there := found.present[nameOf(m)]; there && !found.holes[key] {
			continue
		}
		found.holes[key] = true
		kept = append(kept, m)
	}
	return kept
}

// forget has the topics compared again: after an error some of a page may stand there.
func (c *comparison) forget(leases []*store.Lease) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, lease := range leases {
		delete(c.known, lease.Shard)
	}
}
