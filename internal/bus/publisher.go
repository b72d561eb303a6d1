package bus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/IBM/sarama"
)

const (
	// publishCountMax and publishBytesMax bound what is handed to sarama at once,
	// which keeps all of it in memory until it is acknowledged.
	publishCountMax = 5000
	publishBytesMax = 16 << 20

	// publishLoud is how long a publish may wait before we say that it does.
	publishLoud = 10 * time.Second

	// electionLooksMax times 250 ms is how long a partition may be without a
	// leader: a minute, several times what an election takes.
	electionLooksMax = 240
)

// unacknowledgedError says how much of a call was not acknowledged. What failed may
// still be on the topic: an acknowledgement that got lost looks the same.
type unacknowledgedError struct {
	// Failed of Total messages were not acknowledged.
	Failed, Total int
	// Reordered says that a message was acknowledged although one before it with
	// the same key was not: publishing again puts them on the topic in another
	// order than that of first sight. The settings make this nearly impossible
	// (see produceRetriesMax); if it happens it has to be seen.
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
// reach a partition in their order.
type Publisher struct {
	producer sarama.SyncProducer
	lookup   *TopicReader
	known    sync.Map // topics that were there when first published to
	log      *slog.Logger
}

// NewPublisher connects.
func NewPublisher(cfg Config) (*Publisher, error) {
	lookup, err := NewTopicReader(cfg) // first: it does not wait long for a broker that is not there
	if err != nil {
		return nil, err
	}
	conf, err := cfg.sarama()
	if err != nil {
		lookup.Close()
		return nil, err
	}
	// While no leader is elected sarama fails the batch that it has in hand after
	// Metadata.Retry.Max looks, whatever Producer.Retry says, and then goes on with
	// the next one: the default of 3 looks would turn the order around.
	conf.Metadata.Retry.Max = electionLooksMax
	producer, err := sarama.NewSyncProducer(cfg.Brokers, conf)
	if err != nil {
		lookup.Close()
		return nil, fmt.Errorf("bus: connect publisher: %w", err)
	}
	return &Publisher{producer: producer, lookup: lookup, log: cfg.logger()}, nil
}

// Publish returns nil when all replicas in sync have all messages. Messages of the
// same key arrive in the order given. A message without topic or key, or above
// 1 MiB, is an error before anything is sent. When ctx ends first the messages are
// on their way and may arrive: publish them again, consumers know them by id.
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

// exists answers at once for a topic that is not there, which sarama would go on
// looking for as long as for a leader.
func (p *Publisher) exists(topic string) error {
	if _, known := p.known.Load(topic); known {
		return nil
	}
	if _, err := p.lookup.describe(topic); err != nil {
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

// send hands messages to sarama, which takes no context: on the end of ctx the
// goroutine stays until sarama has its answer, which its retries bound.
func (p *Publisher) send(ctx context.Context, messages []Message) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("bus: publish: %w", err)
	}
	batch := make([]*sarama.ProducerMessage, len(messages))
	for i := range messages {
		batch[i] = messages[i].toSarama(p.lookup.cfg.TopicPrefix)
	}
	sent := make(chan error, 1)
	go func() { sent <- p.producer.SendMessages(batch) }()
	began := time.Now()
	loud := time.NewTicker(publishLoud)
	defer loud.Stop()
	for {
		select {
		case err := <-sent:
			return publishError(batch, err)
		case <-ctx.Done():
			return fmt.Errorf("bus: publish: %d messages are on their way: %w", len(batch), ctx.Err())
		case <-loud.C:
			p.log.Warn("bus: publish waits for the broker", "messages", len(batch), "since", time.Since(began))
		}
	}
}

func publishError(batch []*sarama.ProducerMessage, err error) error {
	if err == nil {
		return nil
	}
	var each sarama.ProducerErrors
	if !errors.As(err, &each) || len(each) == 0 {
		return &unacknowledgedError{Failed: len(batch), Total: len(batch), Err: err}
	}
	failed := make(map[*sarama.ProducerMessage]bool, len(each))
	for _, e := range each {
		failed[e.Msg] = true
	}
	return &unacknowledgedError{Failed: len(each), Total: len(batch), Err: each[0].Err, Reordered: reordered(batch, failed)}
}

// reordered reports whether a message was taken although an earlier one with its key failed.
func reordered(batch []*sarama.ProducerMessage, failed map[*sarama.ProducerMessage]bool) bool {
	behind := map[string]bool{}
	for _, m := range batch {
		key := m.Topic + "\x00" + string(m.Key.(sarama.ByteEncoder))
		if behind[key] && !failed[m] {
			return true
		}
		behind[key] = behind[key] || failed[m]
	}
	return false
}

// Close waits for what is on its way and disconnects.
func (p *Publisher) Close() error {
	p.lookup.Close()
	if err := p.producer.Close(); err != nil {
		return fmt.Errorf("bus: close publisher: %w", err)
	}
	return nil
}
