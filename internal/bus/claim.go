package bus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"tenure/contract"
	"tenure/internal/backoff"

	"github.com/IBM/sarama"
	"golang.org/x/sync/errgroup"
)

const (
	// claimTime bounds one Claim, so that one partition whose row is locked does
	// not hold up the others of the session.
	claimTime = 15 * time.Second
	// claimsAtOnce is how many partitions are claimed side by side: a start with
	// 16 partitions takes two rounds, and the database's pool is not drained.
	claimsAtOnce = 8
)

// ErrOutOfRange means that the next message of a partition is no longer, or not
// yet, in its topic: it was truncated, recreated or restored.
var ErrOutOfRange = errors.New("bus: offset is out of range")

// errSourceEnded means that sarama closed a partition while its session goes on;
// it does so when an offset went out of range under its feet.
var errSourceEnded = errors.New("bus: the partition's messages ended before the session did")

// errWorkEnded means that Work returned without an error while its session goes on.
var errWorkEnded = errors.New("bus: work ended before its session did")

// claims is our handler of a consumer group: Setup seeks, ConsumeClaim works.
// sarama runs its sessions one after the other.
type claims struct {
	*consumer
	failed map[int32]error // partitions of this session whose Claim failed in Setup
}

// Setup claims all partitions of the session and seeks to where the database says.
// A partition whose claim fails is parked at the topic's oldest offset: at an offset
// out of range sarama would end the session, and with it the other partitions.
func (c *claims) Setup(session sarama.ConsumerGroupSession) error {
	partitions := session.Claims()[c.cfg.TopicPrefix+c.topic]
	c.failed = map[int32]error{}
	c.observer.Assigned(c.topic, len(partitions))
	if len(partitions) == 0 {
		return nil
	}
	state, err := c.reader.state(c.topic)
	if err != nil {
		return err
	}
	next := make([]int64, len(partitions))
	errs := make([]error, len(partitions))
	var g errgroup.Group
	g.SetLimit(claimsAtOnce)
	for i, partition := range partitions {
		g.Go(func() error {
			next[i], errs[i] = c.claim(session.Context(), partition, state)
			return nil
		})
	}
	_ = g.Wait() // errors are kept per partition
	for i, partition := range partitions {
		if errs[i] != nil {
			c.failed[partition] = errs[i]
			next[i] = state.Partitions[partition].Oldest
		}
		seek(session, c.cfg.TopicPrefix+c.topic, partition, next[i])
	}
	return nil
}

// seek sets the offset in both directions: MarkOffset only moves forward and
// ResetOffset only back.
func seek(session sarama.ConsumerGroupSession, topic string, partition int32, next int64) {
	session.MarkOffset(topic, partition, next, "")
	session.ResetOffset(topic, partition, next, "")
}

// claim asks the owner and checks its answer against the topic.
func (c *claims) claim(ctx context.Context, partition int32, state TopicState) (next int64, err error) {
	if int(partition) >= len(state.Partitions) {
		return 0, fmt.Errorf("bus: claim %s/%d: the topic has %d partitions", c.topic, partition, len(state.Partitions))
	}
	ctx, cancel := context.WithTimeout(ctx, claimTime)
	defer cancel()
	err = c.watched(ctx, partition, func() (err error) {
		next, err = c.owner.Claim(ctx, c.topic, partition, state)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("bus: claim %s/%d: %w", c.topic, partition, err)
	}
	bounds := state.Partitions[partition]
	if next < bounds.Oldest || next > bounds.Newest {
		return 0, fmt.Errorf("bus: claim %s/%d: next offset %d, topic holds %d to %d: %w",
			c.topic, partition, next, bounds.Oldest, bounds.Newest, ErrOutOfRange)
	}
	return next, nil
}

// Cleanup has nothing to do but to say so: sarama calls it when each ConsumeClaim has returned.
func (c *claims) Cleanup(sarama.ConsumerGroupSession) error {
	c.observer.Unassigned(c.topic)
	return nil
}

// ConsumeClaim works on one partition until the session ends. It never returns
// before, because that would end the session of all partitions: after a fault only
// this partition is claimed again, and read by its own consumer from there.
func (c *claims) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	ctx, partition := session.Context(), claim.Partition()
	defer c.observer.Left(c.topic, partition)
	err := c.failed[partition]
	failures, began := 0, time.Now()
	if err == nil {
		err = c.begin(ctx, c.partition(session, partition, claim, claim.InitialOffset()))
	}
	pause(claim) // from here on this partition has its own consumer
	for ctx.Err() == nil {
		if time.Since(began) > steadyTime {
			failures = 0
		}
		failures++
		wait := pauses.Pause(failures)
		c.observer.Stopped(c.topic, partition, err)
		c.log.Error("bus: partition stopped, claiming it again", shardAttr(c.topic, partition), "partition", partition,
			"error", err, "wait", wait)
		backoff.Sleep(ctx, wait)
		if ctx.Err() != nil {
			return nil
		}
		began = time.Now()
		err = c.again(ctx, session, partition)
	}
	return nil
}

// again claims the partition once more and works from the offset that this gives.
func (c *claims) again(ctx context.Context, session sarama.ConsumerGroupSession, partition int32) error {
	state, err := c.reader.state(c.topic)
	if err != nil {
		return err
	}
	next, err := c.claim(ctx, partition, state)
	if err != nil {
		return err
	}
	seek(session, c.cfg.TopicPrefix+c.topic, partition, next)
	p := c.partition(session, partition, nil, next)
	if err := p.resume(); err != nil {
		return err
	}
	return c.begin(ctx, p)
}

// begin notes the last message before the partition's place, then works. Either may fail: what again opened is closed
// in any case, since sarama refuses to read a partition twice, and it could not be claimed again by this member.
func (c *claims) begin(ctx context.Context, p *Partition) error {
	defer p.close()
	if err := p.anchor(ctx); err != nil {
		return err
	}
	return c.work(ctx, p)
}

func (c *claims) partition(session sarama.ConsumerGroupSession, partition int32, from source, next int64) *Partition {
	return &Partition{
		Topic: c.topic, ID: partition, from: from, reader: c.reader,
		next: next, trouble: make(chan struct{}, 1), observer: c.observer,
		mark: func(next int64) { session.MarkOffset(c.cfg.TopicPrefix+c.topic, partition, next, "") },
	}
}

// shardAttr names the shard that a partition of commands is, for a log line; empty for other topics.
func shardAttr(topic string, partition int32) slog.Attr {
	shard, ok := contract.ShardOf(topic, partition)
	if !ok {
		return slog.Attr{}
	}
	return slog.Int("shard", int(shard))
}
