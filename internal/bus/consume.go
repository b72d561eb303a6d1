package bus

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"tenure/internal/backoff"

	"github.com/IBM/sarama"
	"golang.org/x/sync/errgroup"
)

// pauses are the waits after a fault. Infrastructure comes back: there is no number of attempts after which we give up.
// A cluster elects within seconds, so that a longer pause would be what keeps a shard stopped.
var pauses = backoff.Policy{First: 100 * time.Millisecond, Max: 3 * time.Second}

// steadyTime is how long something must have worked for the next pause to be the first again.
const steadyTime = 15 * time.Second

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
	reader       *TopicReader // of the running membership
	active       sync.Map     // partition number -> *Partition that is worked on
}

func newConsumer(cfg Config, conf *sarama.Config, group, topic string, o Owner) *consumer {
	c := &consumer{cfg: cfg, conf: conf, group: cfg.TopicPrefix + group + "." + topic, topic: topic, owner: o,
		stopMax: workStopMax}
	c.observer = cfg.observer()
	c.log = cfg.logger().With(slog.String("topic", topic), slog.String("group", c.group))
	c.stuck = c.panicStuck
	return c
}

// rejoin joins the group again whenever a membership has ended, with a pause that grows while memberships are short.
func (c *consumer) rejoin(ctx context.Context) {
	for failures := 0; ctx.Err() == nil; {
		began := time.Now()
		err := c.join(ctx)
		if ctx.Err() != nil {
			return
		}
		if time.Since(began) > steadyTime {
			failures = 0
		}
		failures++
		wait := pauses.Pause(failures)
		c.log.Error("bus: not consuming, joining again", "error", err, "wait", wait)
		backoff.Sleep(ctx, wait)
	}
}

// join is one membership of the group; it returns why it ended.
func (c *consumer) join(ctx context.Context) error {
	reader, err := NewTopicReader(c.cfg)
	if err != nil {
		return err
	}
	defer reader.Close()
	c.reader = reader
	client, err := c.client()
	if err != nil {
		return err
	}
	defer client.close()
	group, err := sarama.NewConsumerGroupFromClient(c.group, client)
	if err != nil {
		return fmt.Errorf("bus: join %s: %w", c.group, err)
	}
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		for err := range group.Errors() {
			c.log.Warn("bus: consumer group", "error", err, "wait", fetchPause)
			c.report(err)
		}
	}()
	for err == nil && ctx.Err() == nil {
		err = group.Consume(ctx, []string{c.cfg.TopicPrefix + c.topic}, &claims{consumer: c})
	}
	left := group.Close()
	<-drained
	if err == nil {
		err = left
	}
	if err != nil {
		return fmt.Errorf("bus: member of %s: %w", c.group, err)
	}
	return nil
}

// report passes the errors of the group's partitions on to them.
func (c *consumer) report(err error) {
	c.active.Range(func(_, p any) bool {
		p.(*Partition).report(err)
		return true
	})
}

// leaderMoved marks partitions whose next messages may come from another leader; a negative number means all.
func (c *consumer) leaderMoved(partition int32) {
	c.active.Range(func(id, p any) bool {
		if partition < 0 || id == partition {
			p.(*Partition).suspect.Store(true)
		}
		return true
	})
}
