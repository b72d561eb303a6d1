package bus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/IBM/sarama"
	"github.com/ThreeDotsLabs/watermill"
	"github.com/ThreeDotsLabs/watermill-kafka/v3/pkg/kafka"
	"github.com/ThreeDotsLabs/watermill/message"
	"golang.org/x/sync/errgroup"
)

const (
	// backoffFirst and backoffMax bound the pause after a fault. Infrastructure
	// comes back: there is no number of tries after which we give up.
	backoffFirst = 100 * time.Millisecond
	backoffMax   = 15 * time.Second
)

// Owner is who takes partitions: in production the worker.
type Owner interface {
	// Claim is called when the group gives us a partition and before anything is
	// read from it. It fences the partition in the database and returns the
	// offset of the next message to take. Partitions are claimed concurrently.
	// An error leaves this partition alone, loudly, until a later Claim succeeds;
	// the other partitions go on. An offset outside of the topic is such an error
	// even when Claim does not look: nothing is ever skipped.
	Claim(ctx context.Context, topic string, partition int32, state TopicState) (next int64, err error)

	// Work takes batches from p until ctx ends, and then returns promptly. It
	// runs in its own goroutine per partition. When it returns before, with
	// an error or without, the partition is claimed again after a pause.
	Work(ctx context.Context, p *Partition) error
}

// Consume joins the group once for each topic and hands partitions to o until
// ctx ends; then it waits for all work to return, leaves the group and returns
// nil. Faults of the infrastructure are logged and tried again without end, so the
// only errors are settings that cannot work.
//
// The member of a topic is in its own group, named group.topic, because a
// rebalance stops all members of a group: trouble with one topic stays there.
//
// It runs on watermill's subscriber, whose hook for tracing (WrapConsumerGroupHandler)
// lets our own handler take the place of the one that has one message in flight, ends the
// session of all partitions at a message it cannot decode, and goes on after the end
// of its session. What the subscriber itself lacks is a pause when joining fails;
// [rejoin] adds it.
func Consume(ctx context.Context, cfg Config, group string, topics []string, o Owner) error {
	conf, err := cfg.sarama()
	if err != nil {
		return err
	}
	var g errgroup.Group
	for _, topic := range topics {
		c := newConsumer(cfg, conf, group, topic, o)
		g.Go(func() error {
			c.rejoin(ctx)
			return nil
		})
	}
	return g.Wait()
}

// consumer is one member of one group for one topic.
type consumer struct {
	cfg          Config
	conf         *sarama.Config
	group, topic string
	owner        Owner
	log          *slog.Logger
	observer     Observer
	stopMax      time.Duration
	stuck        func(partition int32, since time.Duration)
	lookup       *TopicReader // of the running subscription
	active       sync.Map     // partition number -> *Partition that is worked on
}

func newConsumer(cfg Config, conf *sarama.Config, group, topic string, o Owner) *consumer {
	c := &consumer{cfg: cfg, conf: conf, group: cfg.TopicPrefix + group + "." + topic, topic: topic, owner: o, stopMax: workStopMax}
	c.observer = cfg.observer()
	c.log = cfg.logger().With(slog.String("topic", topic), slog.String("group", c.group))
	c.stuck = c.panicStuck
	return c
}

// rejoin subscribes again whenever a subscription has ended, with a pause that
// grows while subscriptions are short.
func (c *consumer) rejoin(ctx context.Context) {
	pause := backoff{}
	for ctx.Err() == nil {
		began := time.Now()
		err := c.subscribe(ctx)
		if ctx.Err() != nil {
			return
		}
		if time.Since(began) > backoffMax {
			pause = backoff{}
		}
		wait := pause.next()
		c.log.Error("bus: not consuming, joining again", "error", err, "wait", wait)
		sleep(ctx, wait)
	}
}

// subscribe is one life of watermill's subscriber; it returns why it ended.
func (c *consumer) subscribe(ctx context.Context) error {
	lookup, err := NewTopicReader(c.cfg)
	if err != nil {
		return err
	}
	defer lookup.Close()
	c.lookup = lookup

	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	subscriber, err := kafka.NewSubscriber(kafka.SubscriberConfig{
		Brokers:               c.cfg.Brokers,
		ConsumerGroup:         c.group,
		OverwriteSaramaConfig: c.conf,
		Unmarshaler:           neverUnmarshals{},
		Tracer:                groupHook{handler: &claims{consumer: c}},
	}, groupLog{log: c.log, ended: cancel, failed: c.hear})
	if err != nil {
		return fmt.Errorf("bus: subscriber: %w", err)
	}
	messages, err := subscriber.Subscribe(ctx, c.cfg.TopicPrefix+c.topic)
	if err != nil {
		return fmt.Errorf("bus: join %s: %w", c.group, err)
	}
	for range messages { // stays empty, closes when the member has left
	}
	if err := subscriber.Close(); err != nil {
		return fmt.Errorf("bus: leave %s: %w", c.group, err)
	}
	return context.Cause(ctx)
}

// hear passes the errors of the group's partitions on to them.
func (c *consumer) hear(err error) {
	c.active.Range(func(_, p any) bool {
		p.(*Partition).hear(err)
		return true
	})
}

// groupHook puts our handler in the place of watermill's.
type groupHook struct{ handler sarama.ConsumerGroupHandler }

func (h groupHook) WrapConsumerGroupHandler(sarama.ConsumerGroupHandler) sarama.ConsumerGroupHandler {
	return h.handler
}
func (groupHook) WrapConsumer(c sarama.Consumer) sarama.Consumer { return c }
func (groupHook) WrapPartitionConsumer(c sarama.PartitionConsumer) sarama.PartitionConsumer {
	return c
}
func (groupHook) WrapSyncProducer(_ *sarama.Config, p sarama.SyncProducer) sarama.SyncProducer {
	return p
}

// neverUnmarshals stands where watermill wants a codec; our handler takes the
// records before it would be asked.
type neverUnmarshals struct{}

func (neverUnmarshals) Unmarshal(*sarama.ConsumerMessage) (*message.Message, error) {
	return nil, errors.New("bus: watermill's handler is not in use")
}

// groupLog is watermill's logger, and the only place where its subscriber says
// that joining failed: its own loop then joins again at once, as fast as the
// processor allows. We end the subscription instead, and rejoin after a pause.
type groupLog struct {
	log    *slog.Logger
	ended  context.CancelCauseFunc
	failed func(error) // hears of errors that end nothing; nil if nobody does
}

func (l groupLog) Error(msg string, err error, _ watermill.LogFields) {
	switch msg {
	case "Group consume error", "Cannot reconnect messages consumer":
		l.ended(err)
		return
	}
	l.log.Warn("bus: consumer group", "event", msg, "error", err)
	if l.failed != nil {
		l.failed(err)
	}
}

func (l groupLog) Info(msg string, _ watermill.LogFields) {
	if msg == "Received unknown Sarama error" {
		l.ended(sarama.ErrUnknown)
	}
	l.log.Debug("bus: consumer group", "event", msg)
}

func (groupLog) Debug(string, watermill.LogFields)                  {}
func (groupLog) Trace(string, watermill.LogFields)                  {}
func (l groupLog) With(watermill.LogFields) watermill.LoggerAdapter { return l }

// backoff doubles from backoffFirst to backoffMax.
type backoff struct{ last time.Duration }

func (b *backoff) next() time.Duration {
	b.last = min(backoffMax, max(backoffFirst, 2*b.last))
	return b.last
}

func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
