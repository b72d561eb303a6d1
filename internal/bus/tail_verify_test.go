package bus

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/IBM/sarama"
	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
)

// moving is a cluster of two brokers between which leaders move.
func moving(t *testing.T) (*kfake.Cluster, Config) {
	t.Helper()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(2))
	require.NoError(t, err)
	t.Cleanup(cluster.Close)
	return cluster, Config{Brokers: cluster.ListenAddrs(), ClientID: "test", Logger: slog.New(slog.DiscardHandler)}
}

func TestPartition_ComparesItsTailAfterAChangeOfLeader(t *testing.T) {
	t.Parallel()
	for name, lost := range map[string]bool{"the tail is there": false, "the tail was lost and filled again": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cluster, cfg := moving(t)
			topic := topic(t, cfg, 1)
			fill(t, cfg, topic, 0, 0, 5)
			var stopped atomic.Pointer[error]
			d := newDesk()
			d.work = func(ctx context.Context, p *Partition) error {
				for {
					batch, err := p.Next(ctx, 100, time.Second)
					if err != nil {
						if errors.Is(err, ErrLostTail) {
							stopped.Store(&err)
						}
						return err
					}
					d.take(p, batch)
					if lost && len(batch) > 0 && batch[len(batch)-1].Offset == 4 {
						p.last.sum[0]++ // as if another message had been taken there
					}
				}
			}
			consuming(t, cfg, "g", topic, d)
			d.until(t, "five messages", func() bool { return len(d.took) >= 5 })
			require.NoError(t, cluster.MoveTopicPartition(topic, 0, 1-cluster.LeaderFor(topic, 0)))
			fill(t, cfg, topic, 0, 5, 5)
			d.until(t, "ten messages", func() bool { return len(d.took) >= 10 })
			require.Equal(t, lost, stopped.Load() != nil, "the first batch of the new leader waits for the comparison")
			if lost {
				require.ErrorContains(t, *stopped.Load(), "at offset 4")
			}
		})
	}
}

func TestPartition_MovesOverMarkersAtItsEnd(t *testing.T) {
	t.Parallel()
	for name, outcome := range map[string]kgo.TransactionEndTry{"committed": kgo.TryCommit, "rolled back": kgo.TryAbort} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := brokers(t)
			topic := topic(t, cfg, 1)
			client, err := kgo.NewClient(kgo.SeedBrokers(cfg.Brokers...), kgo.TransactionalID(topic),
				kgo.DefaultProduceTopic(topic))
			require.NoError(t, err)
			defer client.Close()
			require.NoError(t, client.BeginTransaction())
			require.NoError(t, client.ProduceSync(t.Context(), kgo.StringRecord("a"), kgo.StringRecord("b")).FirstErr())
			require.NoError(t, client.EndTransaction(t.Context(), outcome))

			at := make(chan int64, 1)
			d := newDesk()
			d.work = func(ctx context.Context, p *Partition) error {
				for {
					if _, err := p.Next(ctx, 100, 10*time.Millisecond); err != nil {
						return err
					}
					if p.Position() == 3 {
						select {
						case at <- p.Position():
						default:
						}
					}
				}
			}
			consuming(t, cfg, "g", topic, d)
			select {
			case <-at:
			case <-time.After(patience):
				t.Fatal("the place stays before the marker")
			}
		})
	}
}

// TestRecordTime_IsTheBrokersWhereTheTopicSaysSo: the consumer gives the broker's time as well, and another time would
// pass for a lost tail.
func TestRecordTime_IsTheBrokersWhereTheTopicSaysSo(t *testing.T) {
	t.Parallel()
	sent := time.Date(2026, 10, 30, 12, 0, 0, 0, time.UTC)
	took := sent.Add(time.Hour)
	batch := &sarama.RecordBatch{FirstTimestamp: sent, MaxTimestamp: took}
	second := &sarama.Record{TimestampDelta: time.Second}
	require.Equal(t, sent.Add(time.Second), recordTime(batch, second))
	batch.LogAppendTime = true
	require.Equal(t, took, recordTime(batch, second))
}
