package bus

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/IBM/sarama"
	"github.com/stretchr/testify/require"
)

func newAdmin(cfg Config, conf *sarama.Config) (sarama.ClusterAdmin, error) {
	return sarama.NewClusterAdmin(cfg.Brokers, conf)
}

// A partition in trouble is claimed again until it works, and the other one does
// not notice: its work runs once, without a break.
func TestClaim_TroubleWithOnePartitionLeavesTheOthersAlone(t *testing.T) {
	t.Parallel()
	trouble := errors.New("trouble")
	claimFails := func(d *desk) {
		d.claim = func(partition int32, _ TopicState) (int64, error) {
			if partition == 0 && d.claims < 4 {
				return 0, trouble
			}
			return d.next[partition], nil
		}
	}
	workEnds := func(end func() error) func(*desk) {
		return func(d *desk) {
			var ended atomic.Int32
			d.work = func(ctx context.Context, p *Partition) error {
				if p.ID == 0 && ended.Add(1) <= 2 {
					return end()
				}
				return d.takeAll(ctx, p)
			}
		}
	}
	for name, setUp := range map[string]func(*desk){
		"a claim that fails":  claimFails,
		"work that fails":     workEnds(func() error { return trouble }),
		"work that panics":    workEnds(func() error { panic("trouble") }),
		"work that just ends": workEnds(func() error { return nil }),
		"a claim out of range": func(d *desk) {
			d.claim = func(partition int32, state TopicState) (int64, error) {
				if partition == 0 && d.claims < 4 {
					return state.Partitions[0].Newest + 1, nil
				}
				return d.next[partition], nil
			}
		},
		"a claim that panics": func(d *desk) {
			d.claim = func(partition int32, _ TopicState) (int64, error) {
				if partition == 0 && d.claims < 4 {
					panic("trouble")
				}
				return d.next[partition], nil
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := brokers(t)
			topic := topic(t, cfg, 2)
			fill(t, cfg, topic, 0, 0, 100)
			fill(t, cfg, topic, 1, 100, 100)
			d := newDesk()
			setUp(d)
			var onceEach [2]atomic.Int32
			inner := d.work
			d.work = func(ctx context.Context, p *Partition) error {
				onceEach[p.ID].Add(1)
				if inner != nil {
					return inner(ctx, p)
				}
				return d.takeAll(ctx, p)
			}
			consuming(t, cfg, "g", topic, d)
			d.until(t, "all messages", func() bool { return len(d.took) == 200 })
			require.EqualValues(t, 1, onceEach[1].Load(), "the other partition goes on")
		})
	}
}

// A partition that was read some way and fails goes on where the database says,
// back and forth, and not where its reader had got to.
func TestClaim_WorkThatFailsContinuesAtTheDatabasesOffset(t *testing.T) {
	t.Parallel()
	cfg := brokers(t)
	name := topic(t, cfg, 1)
	fill(t, cfg, name, 0, 0, 300)
	d := newDesk()
	var lives atomic.Int32
	d.work = func(ctx context.Context, p *Partition) error {
		life := lives.Add(1)
		batch, err := p.Next(ctx, 50, time.Second)
		if err != nil {
			return err
		}
		if life <= 3 { // read, and not committed
			return errors.New("the transaction failed")
		}
		d.take(p, batch)
		return d.takeAll(ctx, p)
	}
	consuming(t, cfg, name, name, d)
	d.until(t, "300 messages", func() bool { return len(d.took) >= 300 })
	for i, m := range d.took {
		require.EqualValues(t, i, m.Offset)
	}
	require.GreaterOrEqual(t, d.claims, 4)
}

func TestClaim_OutOfRangeIsReportedAndNothingIsSkipped(t *testing.T) {
	t.Parallel()
	cfg := brokers(t)
	name := topic(t, cfg, 1)
	fill(t, cfg, name, 0, 0, 100)
	truncate(t, cfg, name, 60)
	errs := make(chan error, 100)
	cfg.Logger = errorsOf(errs)
	d := newDesk()
	d.next[0] = 20
	consuming(t, cfg, name, name, d)
	for {
		select {
		case err := <-errs:
			if !errors.Is(err, ErrOutOfRange) {
				continue
			}
			require.ErrorContains(t, err, "next offset 20, topic holds 60 to 100")
			require.Empty(t, d.took)
			d.mu.Lock()
			d.next[0] = 60 // an operator decides
			d.mu.Unlock()
			d.until(t, "the rest", func() bool { return len(d.took) == 40 })
			return
		case <-time.After(patience):
			t.Fatal("nobody was told")
		}
	}
}

// The topic is truncated while the partition is read: the owner is asked again,
// with the new bounds, and no message before them is missed in silence.
func TestClaim_APartitionThatIsTruncatedUnderItsReaderIsClaimedAgain(t *testing.T) {
	t.Parallel()
	cfg := brokers(t)
	name := topic(t, cfg, 1)
	fill(t, cfg, name, 0, 0, 10)
	d := newDesk()
	oldest := make(chan int64, 10)
	d.claim = func(_ int32, state TopicState) (int64, error) {
		oldest <- state.Partitions[0].Oldest
		return max(d.next[0], state.Partitions[0].Oldest), nil
	}
	consuming(t, cfg, name, name, d)
	d.until(t, "10 messages", func() bool { return len(d.took) == 10 })
	require.EqualValues(t, 0, <-oldest)

	// deleted and created again: the reader's offset 10 is beyond the new topic
	recreate(t, cfg, name)
	d.until(t, "a claim with the new topic", func() bool { return d.claims > 1 })
}

func truncate(t *testing.T, cfg Config, topic string, before int64) {
	t.Helper()
	conf, err := cfg.producing()
	require.NoError(t, err)
	admin, err := newAdmin(cfg, conf)
	require.NoError(t, err)
	defer admin.Close()
	require.NoError(t, admin.DeleteRecords(topic, map[int32]int64{0: before}))
}

func recreate(t *testing.T, cfg Config, topic string) {
	t.Helper()
	conf, err := cfg.producing()
	require.NoError(t, err)
	admin, err := newAdmin(cfg, conf)
	require.NoError(t, err)
	defer admin.Close()
	require.NoError(t, admin.DeleteTopic(topic))
	require.Eventually(t, func() bool {
		return EnsureTopics(t.Context(), cfg, []TopicSpec{{Name: topic, Partitions: 1, ReplicationFactor: -1}}) == nil
	}, patience, 50*time.Millisecond)
}

// TestClaim_APartitionWhoseBeginFailsIsLetGo: sarama reads a partition once only, so that one which nobody closes could
// not be claimed again by its process.
func TestClaim_APartitionWhoseBeginFailsIsLetGo(t *testing.T) {
	t.Parallel()
	cfg := brokers(t)
	topic := topic(t, cfg, 1)
	fill(t, cfg, topic, 0, 0, 1)
	reader, err := NewTopicReader(cfg)
	require.NoError(t, err)
	defer reader.Close()
	p := &Partition{Topic: topic, reader: reader, next: 1, observer: nobody{}}
	require.NoError(t, p.resume())
	over, end := context.WithCancel(t.Context())
	end()
	require.ErrorIs(t, (&claims{}).begin(over, p), context.Canceled)
	again := &Partition{Topic: topic, reader: reader, next: 1, observer: nobody{}}
	require.NoError(t, again.resume(), "the partition is free")
	again.close()
}
