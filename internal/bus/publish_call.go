package bus

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"tenure/contract"

	"github.com/IBM/sarama"
	"github.com/twmb/franz-go/pkg/kgo"
)

// ends are the partitions that were published to.
type ends struct {
	mu  sync.Mutex
	all map[place]*end
}

// end is what is known of the end of a partition.
type end struct {
	known atomic.Bool  // by the client
	last  atomic.Int64 // offset of the last message that was acknowledged
	blind atomic.Bool  // the broker has not said where a batch is
	left  atomic.Int64 // messages without an answer whose callers have gone

	doubts doubts
}

func (e *ends) of(at place) *end {
	e.mu.Lock()
	defer e.mu.Unlock()
	one := e.all[at]
	if one == nil {
		one = &end{}
		one.last.Store(offsetUnknown)
		e.all[at] = one
	}
	return one
}

// publishCall is one call of Publish on its way.
type publishCall struct {
	batch []kgo.Record
	parts []*publishPart
	open  atomic.Int64  // messages without an answer
	done  chan struct{} // closed when all have one

	mu     sync.Mutex
	failed map[*kgo.Record]bool
	first  error
}

// publishPart are the messages of a call that go to one partition.
type publishPart struct {
	call  *publishCall
	p     *Publisher
	end   *end
	at    place
	epoch int32        // of the leader when the call began
	open  atomic.Int64 // messages without an answer
	gone  bool         // the caller; under the call's lock
}

// begin hands the messages to the client, those of each partition in their order.
func (p *Publisher) begin(ctx context.Context, messages []Message) (*publishCall, error) {
	c := &publishCall{done: make(chan struct{}), failed: map[*kgo.Record]bool{}}
	c.open.Store(int64(len(messages)))
	c.batch = inOnePiece(messages, p.reader.cfg.TopicPrefix)
	counts, parts := map[string]int32{}, map[place]*publishPart{}
	of := make([]*publishPart, len(messages))
	for i := range messages {
		at, err := p.placeOf(&messages[i], c.batch[i].Topic, counts)
		if err == nil && parts[at] == nil {
			parts[at] = &publishPart{call: c, p: p, end: p.ends.of(at), at: at}
			c.parts = append(c.parts, parts[at])
			if err = p.know(ctx, at, parts[at].end); err == nil {
				err = parts[at].end.refuses(at)
			}
			parts[at].epoch = p.epoch(at)
		}
		if err != nil {
			return nil, fmt.Errorf("bus: publish to %s: %w", messages[i].Topic, err)
		}
		c.batch[i].Partition = at.partition
		of[i] = parts[at]
		of[i].open.Add(1)
	}
	p.stamp(c.batch)
	for i, part := range of { // not before all are known to have a place
		// Not with ctx: a batch that is given up while one behind it is on its way would turn the order around.
		p.client.Produce(context.Background(), &c.batch[i], part.answer)
	}
	return c, nil
}

// stamp has the settings' interceptors set the time of messages, as tests with another time want it.
func (p *Publisher) stamp(batch []kgo.Record) {
	for _, s := range p.stamps {
		for i := range batch {
			var m sarama.ProducerMessage
			s.OnSend(&m)
			batch[i].Timestamp = m.Timestamp
		}
	}
}

// placeOf is where a message goes; counts are the partitions of the topics that the call has met.
func (p *Publisher) placeOf(m *Message, topic string, counts map[string]int32) (place, error) {
	n, known := counts[topic]
	var err error
	if !known {
		n, err = p.count(topic)
	}
	if err == nil && m.Placed && m.Partition >= n { // it may have been added since the client asked
		if err = p.refresh(topic); err == nil {
			n, err = p.count(topic)
		}
	}
	counts[topic] = n
	switch {
	case err != nil:
		return place{}, err
	case !m.Placed:
		return place{topic, contract.PartitionOf(m.Key, n)}, nil
	case m.Partition >= n:
		return place{}, fmt.Errorf("there is no partition %d", m.Partition)
	}
	return place{topic, m.Partition}, nil
}

// know waits until the client has heard of a partition, if it has heard of the topic: it refuses what is sent to one
// that was added since it asked the brokers.
func (p *Publisher) know(ctx context.Context, at place, e *end) error {
	if e.known.Load() {
		return nil
	}
	loaded := func(partition int32) bool {
		leader, _, err := p.client.PartitionLeader(at.topic, partition)
		return leader >= 0 || err != nil
	}
	until := time.Now().Add(netTimeout)
	for loaded(0) && !loaded(at.partition) {
		if time.Now().After(until) {
			return fmt.Errorf("no broker has told of partition %d for %s", at.partition, netTimeout)
		}
		p.client.ForceMetadataRefresh()
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-p.stopped:
			return kgo.ErrClientClosed
		case <-time.After(produceBackoff(1)):
		}
	}
	e.known.Store(true)
	return nil
}

// refresh asks the brokers for the partitions of a topic; that one of them has no leader is none's fault here.
func (p *Publisher) refresh(topic string) error {
	return ignoreLeaderless(p.reader.client.RefreshMetadata(topic))
}

// count is how many partitions a topic has, as far as the client knows.
func (p *Publisher) count(topic string) (int32, error) {
	all, err := p.reader.client.Partitions(topic)
	return int32(len(all)), err
}

// answer takes the client's answer for a message, one after the other for those of a partition.
func (part *publishPart) answer(m *kgo.Record, err error) {
	c := part.call
	switch {
	case err != nil:
		c.mu.Lock()
		c.failed[m] = true
		if c.first == nil {
			c.first = refusal(err)
		}
		c.mu.Unlock()
	case part.end.falls(m.Offset):
		part.p.ReportLost(strings.TrimPrefix(part.at.topic, part.p.reader.cfg.TopicPrefix), part.at.partition, m.Offset)
	case part.end.blind.Load():
		m.Offset = offsetUnknown
	}
	part.complete(m, err)
	if c.open.Add(-1) == 0 {
		close(c.done)
	}
}

// answered counts an answer, and returns how many are left.
func (part *publishPart) answered() int64 {
	part.call.mu.Lock()
	defer part.call.mu.Unlock()
	if part.gone {
		part.end.left.Add(-1)
	}
	return part.open.Add(-1)
}

// offsetUnknown is the offset of the first message of a batch that the broker has had before, if it has forgotten where
// it is; those of the others count on from there.
const offsetUnknown = -1

// falls reports whether the offset of a message that was acknowledged does not rise above the one before it: the
// partition has lost its tail.
func (e *end) falls(offset int64) bool {
	if offset == offsetUnknown {
		e.blind.Store(true)
	}
	if e.blind.Load() && offset <= e.last.Load() {
		return false
	}
	e.blind.Store(false)
	return offset <= e.last.Swap(offset)
}

// ReportLost logs, and tells the observer, that a partition has lost messages which were published, behind the one
// before an offset.
func (p *Publisher) ReportLost(topic string, partition int32, offset int64) {
	next := "tenure replay start --missing --target topic:" + topic
	if slices.Contains(contract.CommandTopics(), topic) {
		next = "send the commands without an outcome again" // no replay has them
	}
	p.doubtsOf(topic, partition).lose(true)
	p.losses.Add(1)
	p.log.Error("bus: a partition has lost messages that were published", "topic", topic, "partition", partition,
		"offset", offset, "next", next)
	p.observer.TailLost(topic, partition, offset)
}

// Losses counts the partitions that were reported to have lost messages, each as often as it was.
func (p *Publisher) Losses() int64 { return p.losses.Load() }

// CountPartitions asks the brokers how many partitions a topic has by now.
func (p *Publisher) CountPartitions(topic string) (int32, error) {
	if err := p.refresh(p.reader.cfg.TopicPrefix + topic); err != nil {
		return 0, fmt.Errorf("bus: partitions of %s: %w", topic, err)
	}
	return p.Partitions(topic)
}

// Partitions is how many partitions a topic has, or had a minute ago.
func (p *Publisher) Partitions(topic string) (int32, error) {
	n, err := p.count(p.reader.cfg.TopicPrefix + topic)
	if err != nil {
		return 0, fmt.Errorf("bus: partitions of %s: %w", topic, err)
	}
	return n, nil
}

// finish says where the messages are, once all have an answer.
func (c *publishCall) finish(ctx context.Context, p *Publisher, messages []Message) error {
	if err := c.err(); err != nil {
		return err
	}
	c.settle(ctx, p)
	for i := range messages {
		messages[i].Partition, messages[i].Offset = c.batch[i].Partition, c.batch[i].Offset
	}
	return nil
}

// err is the error of the call once all have an answer.
func (c *publishCall) err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.first == nil {
		return nil
	}
	return &unacknowledgedError{Failed: len(c.failed), Total: len(c.batch), Err: c.first,
		Reordered: reordered(c.batch, c.failed)}
}

// unanswered is how many messages have no answer, and of which partitions.
type unanswered struct {
	messages   int
	partitions []string
}

// String names the partitions.
func (u unanswered) String() string { return strings.Join(u.partitions, " ") }

func (c *publishCall) left() (u unanswered) {
	for _, part := range c.parts {
		if n := part.open.Load(); n > 0 {
			u.messages += int(n)
			u.partitions = append(u.partitions, fmt.Sprintf("%s/%d", part.at.topic, part.at.partition))
		}
	}
	slices.Sort(u.partitions)
	return u
}
