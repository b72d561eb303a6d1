package bus

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tenure/internal/test/kafkatest"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// refusing is a cluster of three brokers of which one refuses what is produced to it while it is sick.
func refusing(t *testing.T) (cluster *kfake.Cluster, cfg Config, sick *atomic.Bool) {
	t.Helper()
	cluster, sick = kafkatest.Sick(t)
	return cluster, Config{Brokers: cluster.ListenAddrs(), ClientID: "test", Logger: slog.New(slog.DiscardHandler)}, sick
}

// to makes n messages of one partition.
func to(topic string, partition, partitions int32, n int) []Message {
	all := make([]Message, n)
	for i := range all {
		all[i] = Message{Topic: topic, Key: []byte(KeyFor("k", partition, partitions)), Value: fmt.Appendf(nil, "%d", i)}
	}
	return all
}

func TestPublisher_APartitionThatCannotBeWrittenHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	cluster, cfg, sick := refusing(t)
	const partitions = 6
	name := topic(t, cfg, partitions)
	p := publisher(t, cfg)
	const bad, good = int32(0), int32(1)
	require.NoError(t, cluster.MoveTopicPartition(name, bad, kafkatest.SickNode))
	require.NoError(t, cluster.MoveTopicPartition(name, good, kafkatest.SickNode+1))
	sick.Store(true)
	stuck := make(chan error, 1)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	go func() { stuck <- p.Publish(ctx, to(name, bad, partitions, 3*messagesBuffered)) }()
	for range 3 {
		require.NoError(t, p.Publish(ctx, to(name, good, partitions, 2_000)), "the other partitions go on")
	}
	short, end := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer end()
	require.ErrorContains(t, p.Publish(short, to(name, bad, partitions, 1)), fmt.Sprintf("%s/%d", name, bad),
		"it says where it waits")
	sick.Store(false)
	require.NoError(t, <-stuck, "it is tried until the replicas are back")
}

// Whoever hears nothing sends again: what is left behind waits, up to a bound, and leaves it as it arrives.
func TestPublisher_WhatCallersLeaveBehindIsBounded(t *testing.T) {
	t.Parallel()
	cluster, cfg, sick := refusing(t)
	const partitions, bad, good = 2, int32(0), int32(1)
	name := topic(t, cfg, partitions)
	p := publisher(t, cfg)
	require.NoError(t, cluster.MoveTopicPartition(name, bad, kafkatest.SickNode))
	require.NoError(t, cluster.MoveTopicPartition(name, good, kafkatest.SickNode+1))
	require.NoError(t, p.Publish(t.Context(), to(name, bad, partitions, 1)))
	sick.Store(true)
	send := func(buffered int64) error {
		ctx, cancel := context.WithCancel(t.Context())
		cancelled := make(chan error, 1)
		go func() { cancelled <- p.Publish(ctx, to(name, bad, partitions, leftMax/2)) }()
		require.Eventually(t, func() bool {
			return len(cancelled) == 1 || p.client.BufferedProduceRecords() >= buffered
		}, patience, time.Millisecond)
		cancel()
		return <-cancelled
	}
	require.ErrorIs(t, send(leftMax/2), context.Canceled)
	require.ErrorIs(t, send(leftMax), context.Canceled)
	require.ErrorContains(t, send(leftMax+1), "1000 messages wait for it that nobody waits for any more")
	require.NoError(t, p.Publish(t.Context(), to(name, good, partitions, 1)), "the other partition goes on")
	sick.Store(false)
	require.Eventually(t, func() bool { return p.ends.of(place{name, bad}).left.Load() == 0 }, patience, time.Millisecond)
	require.NoError(t, p.Publish(t.Context(), to(name, bad, partitions, 1)))
}

// A broker takes what is produced to it and says nothing, as a machine does that is paused. Another one leads by then.
func TestPublisher_LeavesABrokerThatHangs(t *testing.T) {
	t.Parallel()
	cluster, cfg := moving(t)
	name := topic(t, cfg, 1)
	const hung = int32(0)
	require.NoError(t, cluster.MoveTopicPartition(name, 0, hung))
	p := publisher(t, cfg)
	require.NoError(t, p.Publish(t.Context(), numbered(name, 0, 7)))
	asked, answer := make(chan struct{}), make(chan struct{})
	defer close(answer)
	ask := sync.OnceFunc(func() { close(asked) })
	cluster.ControlKey(int16(kmsg.Produce), func(kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		if cluster.CurrentNode() == hung {
			ask()
			cluster.SleepControl(func() { <-answer })
		}
		return nil, nil, false
	})
	ctx, cancel := context.WithTimeout(t.Context(), metadataAge) // when the client asks for leaders by itself
	defer cancel()
	published := make(chan error, 1)
	go func() { published <- p.Publish(ctx, numbered(name, 7, 7)) }()
	<-asked
	require.NoError(t, cluster.MoveTopicPartition(name, 0, hung+1))
	require.NoError(t, <-published)
}

func TestPublisher_NoticesThatATopicLostItsTail(t *testing.T) {
	t.Parallel()
	seen := &diary{wake: make(chan struct{}, 1)}
	cfg := brokers(t)
	cfg.Observer = seen
	name := topic(t, cfg, 1)
	p := publisher(t, cfg)
	require.NoError(t, p.Publish(t.Context(), to(name, 0, 1, 5)))
	p.ends.of(place{name, 0}).last.Store(9) // as if more had been acknowledged
	require.NoError(t, p.Publish(t.Context(), to(name, 0, 1, 1)))
	require.Contains(t, seen.lines, "tail lost 0")
	seen.lines = nil
	require.NoError(t, p.Publish(t.Context(), to(name, 0, 1, 5)))
	require.Empty(t, seen.lines, "offsets rise again")

	// The same while nothing is published.
	looked := p.lookAtEnds(t.Context(), nil)
	require.Empty(t, looked)
	p.ends.of(place{name, 0}).last.Store(19)
	looked = p.lookAtEnds(t.Context(), looked)
	require.Equal(t, map[place]int64{{name, 0}: 19}, looked)
	require.Empty(t, seen.lines, "a leader may not know its end for a moment")
	looked = p.lookAtEnds(t.Context(), looked)
	require.Contains(t, seen.lines, "tail lost 0")
	seen.lines = nil
	require.Empty(t, p.lookAtEnds(t.Context(), p.lookAtEnds(t.Context(), looked)))
	require.NoError(t, p.Publish(t.Context(), to(name, 0, 1, 1)))
	require.Empty(t, seen.lines, "it is reported once")
}
