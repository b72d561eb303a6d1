package bus

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kgo"
)

func TestConsume_TakesEveryMessageOfEveryPartition(t *testing.T) {
	t.Parallel()
	cfg := brokers(t)
	name := topic(t, cfg, 4)
	for p := range int32(4) {
		fill(t, cfg, name, p, int(p)*1000, 250)
	}
	d := newDesk()
	consuming(t, cfg, name, name, d)
	d.until(t, "1000 messages", func() bool { return len(d.took) >= 1000 })

	seen := map[string]int{}
	for _, m := range d.took {
		seen[string(m.Value)]++
	}
	require.Len(t, d.took, 1000)
	require.Len(t, seen, 1000)
}

// The database's offset counts in both directions, whatever Kafka has committed.
func TestConsume_SeeksToTheDatabasesOffset(t *testing.T) {
	t.Parallel()
	for name, next := range map[string]int64{"back behind what Kafka has": 10, "ahead of what Kafka has": 90} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := brokers(t)
			topic := topic(t, cfg, 1)
			fill(t, cfg, topic, 0, 0, 50)
			before := newDesk()
			stop := consuming(t, cfg, "g", topic, before)
			before.until(t, "50 messages", func() bool { return len(before.took) == 50 })
			stop()
			require.EqualValues(t, 50, committed(t, cfg, "g."+topic, topic), "Kafka has the hint")

			fill(t, cfg, topic, 0, 50, 50)
			after := newDesk()
			after.next[0] = next
			consuming(t, cfg, "g", topic, after)
			after.until(t, "the rest", func() bool { return len(after.took) == 100-int(next) })
			require.Equal(t, next, after.took[0].Offset)
		})
	}
}

func committed(t *testing.T, cfg Config, group, topic string) int64 {
	t.Helper()
	conf, err := cfg.producing()
	require.NoError(t, err)
	admin, err := newAdmin(cfg, conf)
	require.NoError(t, err)
	defer admin.Close()
	offsets, err := admin.ListConsumerGroupOffsets(group, map[string][]int32{topic: {0}})
	require.NoError(t, err)
	return offsets.GetBlock(topic, 0).Offset
}

// Whatever the bytes of a message are, it reaches the owner and the next one too.
func TestConsume_IsNotStoppedByAMalformedMessage(t *testing.T) {
	t.Parallel()
	cfg := brokers(t)
	name := topic(t, cfg, 1)
	records := []*kgo.Record{
		{Topic: name, Value: []byte("not json \xff\x00")},
		{Topic: name, Key: []byte{}, Value: []byte{}},
		{Topic: name, Key: []byte("tombstone")},
		{Topic: name, Key: []byte("\xff\xfe"), Value: []byte(`{"a":1,"a":2}`)},
		{Topic: name, Key: []byte("k"), Value: []byte("{}"), Headers: []kgo.RecordHeader{
			{Key: "ce_id", Value: []byte("1")}, {Key: "ce_id", Value: []byte("2")}, {Key: "", Value: nil}, {Key: "\xff"}}},
		{Topic: name, Key: []byte("k"), Value: slices.Repeat([]byte("["), 900_000)},
		{Topic: name, Key: []byte("k"), Value: []byte(`{"good":true}`)},
	}
	require.NoError(t, raw(t, cfg).ProduceSync(t.Context(), records...).FirstErr())
	d := newDesk()
	consuming(t, cfg, name, name, d)
	d.until(t, "all messages", func() bool { return len(d.took) == len(records) })

	for i, m := range d.took {
		require.Equal(t, records[i].Value, m.Value)
		require.Len(t, m.Headers, len(records[i].Headers))
	}
	require.Nil(t, d.took[2].Value, "a tombstone is told from an empty value")
	require.Error(t, Guard(d.took[0].Value))
	require.NoError(t, Guard(d.took[6].Value))
	require.Equal(t, 1, d.claims, "one session, one claim")
}

func TestConsume_LeavesOutWhatATransactionRolledBack(t *testing.T) {
	t.Parallel()
	cfg := brokers(t)
	name := topic(t, cfg, 1)
	inTransaction(t, cfg, name, "rolled back", kgo.TryAbort)
	inTransaction(t, cfg, name, "kept", kgo.TryCommit)
	fill(t, cfg, name, 0, 7, 1)
	d := newDesk()
	consuming(t, cfg, name, name, d)
	d.until(t, "two messages", func() bool { return len(d.took) == 2 })
	require.Equal(t, "kept", string(d.took[0].Value))
	require.Equal(t, "7", string(d.took[1].Value))
}

func inTransaction(t *testing.T, cfg Config, topic, value string, end kgo.TransactionEndTry) {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(cfg.Brokers...), kgo.TransactionalID(topic),
		kgo.RecordPartitioner(kgo.ManualPartitioner()))
	require.NoError(t, err)
	defer client.Close()
	require.NoError(t, client.BeginTransaction())
	record := &kgo.Record{Topic: topic, Key: []byte("k"), Value: []byte(value)}
	require.NoError(t, client.ProduceSync(t.Context(), record).FirstErr())
	require.NoError(t, client.Flush(t.Context()))
	require.NoError(t, client.EndTransaction(t.Context(), end))
}

func TestConsume_NextGivesNoMoreThanAskedForAndNothingWhenThereIsNothing(t *testing.T) {
	t.Parallel()
	cfg := brokers(t)
	name := topic(t, cfg, 1)
	fill(t, cfg, name, 0, 0, 25)
	sizes := make(chan int, 100)
	d := newDesk()
	d.work = func(ctx context.Context, p *Partition) error {
		for {
			batch, err := p.Next(ctx, 10, 20*time.Millisecond)
			if err != nil {
				return err
			}
			d.take(p, batch)
			select {
			case sizes <- len(batch):
			default:
			}
		}
	}
	consuming(t, cfg, name, name, d)
	total, empty := 0, false
	for total < 25 || !empty {
		select {
		case n := <-sizes:
			require.LessOrEqual(t, n, 10)
			total, empty = total+n, n == 0
		case <-time.After(patience):
			t.Fatal("no batch")
		}
	}
}

func TestConsume_RefusesSettingsThatCannotWork(t *testing.T) {
	t.Parallel()
	for name, cfg := range map[string]Config{
		"no brokers":        {},
		"unknown mechanism": {Brokers: []string{"localhost:1"}, SASL: SASL{Mechanism: "OAUTH", User: "u", Password: "p"}},
		"no CA file":        {Brokers: []string{"localhost:1"}, TLS: TLS{Enabled: true, CAFile: "/does/not/exist"}},
	} {
		require.Error(t, Consume(t.Context(), cfg, "g", []string{"t"}, newDesk()), name)
	}
}
