package bus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"tenure/internal/signing"

	"github.com/IBM/sarama"
	"github.com/twmb/franz-go/pkg/kgo"
)

const (
	// publishCountMax and publishBytesMax bound what of a call is on its way at once,
	// which is in memory until it is acknowledged.
	publishCountMax = 5000
	publishBytesMax = 16 << 20

	// publishLoud is after how many lookIntervals a publish that waits is reported.
	publishLoud = 5

	// lookInterval is how often the client is told to ask for the leaders while a publish waits: where a broker hangs it
	// asks by itself only once its request has timed out, perhaps before another one leads.
	lookInterval = 2 * time.Second

	// closeTimeMax is how long Close waits for what is on its way: brokers that hang
	// must not keep a process from ending, and what they have is found again by its id.
	closeTimeMax = 5 * time.Second
)

// unacknowledgedError says how much of a call was not acknowledged. What failed may
// still be on the topic: an acknowledgement that got lost looks the same.
type unacknowledgedError struct {
	// Failed of Total messages were not acknowledged.
	Failed, Total int
	// Reordered says that a message was acknowledged although one before it with
	// the same key was not: publishing again puts them on the topic in another
	// order than that of first sight. The client fails what is behind a message
	// that is refused, so that this is nearly impossible; if it happens it has to
	// be seen.
	Reordered bool
	// Err is the first failure.
	Err error
}

// Error counts, and gives the first failure.
func (e *unacknowledgedError) Error() string {
	text := fmt.Sprintf("bus: publish: %d of %d messages not acknowledged: %v", e.Failed, e.Total, e.Err)
	if e.Reordered {
		text += " (later messages of the same key were)"
	}
	return text
}

// Unwrap returns the first failure.
func (e *unacknowledgedError) Unwrap() error { return e.Err }

// Publisher writes messages. It is for many goroutines; calls of one goroutine
// reach a partition in their order. A partition that cannot be written to holds up
// the calls that have messages for it, and no others.
type Publisher struct {
	client   *kgo.Client
	reader   *TopicReader
	known    sync.Map // topics that were there when first published to
	log      *slog.Logger
	observer Observer
	ends     ends

	verifying chan struct{} // has room for whoever looks at messages

	stamps  []sarama.ProducerInterceptor
	looked  atomic.Int64 // when the client was told to ask for leaders
	losses  atomic.Int64 // how many losses were reported
	stopped <-chan struct{}
	stop    context.CancelFunc // closes stopped, and ends the looks at the ends of partitions
	watched chan struct{}      // closed when these have ended
	key     signing.Key
}

// NewPublisher connects.
func NewPublisher(cfg Config) (*Publisher, error) {
	reader, err := NewTopicReader(cfg) // first: it does not wait long for a broker that is not there
	if err != nil {
		return nil, err
	}
	p := &Publisher{
		reader: reader, log: cfg.logger(), observer: cfg.observer(), ends: ends{all: map[place]*end{}},
		stamps: reader.client.Config().Producer.Interceptors, key: cfg.CommandKey,
		verifying: make(chan struct{}, 1), watched: make(chan struct{}),
	}
	if p.client, err = cfg.newProducer(); err != nil {
		reader.Close()
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), netTimeout)
	defer cancel()
	if _, _, err := p.client.ProducerID(ctx); err != nil { // one that may not write shall say so now
		p.client.Close()
		reader.Close()
		return nil, fmt.Errorf("bus: connect publisher: %w", refusal(err))
	}
	looks, stop := context.WithCancel(context.Background())
	p.stopped, p.stop = looks.Done(), stop
	go p.watchEnds(looks)
	return p, nil
}

// PublishCommands signs commands of this process with its key, if it has one, and
// publishes them. What others have sent is forwarded with Publish: a signature
// says who sent it.
func (p *Publisher) PublishCommands(ctx context.Context, commands []Message) error {
	if !p.key.Given() {
		return p.Publish(ctx, commands)
	}
	signed := make([]Message, len(commands))
	for i, m := range commands {
		signed[i] = m.Signed(p.key)
	}
	return p.Publish(ctx, signed)
}

// Publish returns nil when all replicas in sync have all messages. Messages of the
// same key arrive in the order given. A message without topic or key, or above
// 1 MiB, is an error before anything is sent. When ctx ends first the messages are
// on their way and may arrive: publish them again, consumers know them by id. A partition for which a thousand such
// messages wait takes no further ones until it can be written to.
func (p *Publisher) Publish(ctx context.Context, messages []Message) error {
	for i := range messages {
		if err := messages[i].Sendable(); err != nil {
			return err
		}
		if err := p.exists(messages[i].Topic); err != nil {
			return err
		}
	}
	for done := 0; done < len(messages); {
		n := portion(messages[done:])
		if err := p.send(ctx, messages[done:done+n]); err != nil {
			var failed *unacknowledgedError
			if errors.As(err, &failed) {
				failed.Total = len(messages)
				failed.Failed += len(messages) - done - n
			}
			return err
		}
		done += n
	}
	return nil
}

// exists answers at once for a topic that is not there, which the client would go on
// looking for as long as for a leader.
func (p *Publisher) exists(topic string) error {
	if _, known := p.known.Load(topic); known {
		return nil
	}
	if _, err := p.reader.describe(topic); err != nil {
		return fmt.Errorf("bus: publish to %s: %w", topic, err)
	}
	p.known.Store(topic, true)
	return nil
}

// portion returns how many of the messages are sent at once, at least one.
func portion(messages []Message) int {
	bytes := 0
	for i := range messages {
		if bytes += messages[i].size(); i > 0 && bytes > publishBytesMax || i == publishCountMax {
			return i
		}
	}
	return len(messages)
}

// send hands messages to the client. On the end of ctx they stay with it until it has
// an answer: whoever publishes them again has them in order behind these.
func (p *Publisher) send(ctx context.Context, messages []Message) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("bus: publish: %w", err)
	}
	c, err := p.begin(ctx, messages)
	if err != nil {
		return err
	}
	look := time.NewTicker(lookInterval)
	defer look.Stop()
	for n := 1; ; n++ {
		select {
		case <-c.done:
			return c.finish(ctx, p, messages)
		case <-ctx.Done():
			c.leave()
			left := c.left()
			return fmt.Errorf("bus: publish: %d messages are on their way to %s: %w", left.messages, left, ctx.Err())
		case <-look.C:
			p.waits(c, n)
		}
	}
}

// waits says now and then that a call waits, and has the client ask for the leaders: once for all calls that do.
func (p *Publisher) waits(c *publishCall, looks int) {
	if looks%publishLoud == 0 {
		left := c.left()
		p.log.Warn("bus: publish waits for the broker", "messages", left.messages, "topic", left.String(),
			"since", time.Duration(looks)*lookInterval)
	}
	now, last := time.Now().UnixNano(), p.looked.Load()
	if now-last >= int64(lookInterval/2) && p.looked.CompareAndSwap(last, now) {
		p.client.ForceMetadataRefresh()
	}
}

// reordered reports whether a message was taken although an earlier one with its key failed.
func reordered(batch []kgo.Record, failed map[*kgo.Record]bool) bool {
	behind := map[string]bool{}
	for i := range batch {
		m := &batch[i]
		key := m.Topic + "\x00" + string(m.Key)
		if behind[key] && !failed[m] {
			return true
		}
		behind[key] = behind[key] || failed[m]
	}
	return false
}

// Close waits a moment for what is on its way and disconnects.
func (p *Publisher) Close() error {
	p.stop()
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeMax)
	defer cancel()
	err := p.client.Flush(ctx)
	if err != nil {
		err = errors.New("bus: close publisher: brokers have not acknowledged what is on its way to them")
	}
	p.client.Close()
	select { // a look that connects meanwhile would leave its connection behind
	case <-p.watched:
	case <-ctx.Done():
	}
	p.reader.Close()
	return err
}
