package bus

import (
	"context"
	"errors"
	"testing"

	"github.com/IBM/sarama"
	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kgo"
)

func lookup(t testing.TB, cfg Config) *TopicReader {
	t.Helper()
	l, err := NewTopicReader(cfg)
	require.NoError(t, err)
	t.Cleanup(l.Close)
	return l
}

func values(messages []Message) (values []string) {
	for _, m := range messages {
		values = append(values, string(m.Value))
	}
	return values
}

func TestTopicReader_TopicStatesTellTopicsAndTheirEndsApart(t *testing.T) {
	t.Parallel()
	cfg := brokers(t)
	one, two := topic(t, cfg, 1), topic(t, cfg, 3)
	fill(t, cfg, one, 0, 0, 10)
	fill(t, cfg, two, 2, 0, 5)
	truncate(t, cfg, one, 4)

	states, err := lookup(t, cfg).TopicStates(t.Context(), []string{two, one})
	require.NoError(t, err)
	require.Equal(t, two, states[0].Topic)
	require.EqualValues(t, 3, states[0].Count())
	require.Equal(t, []PartitionState{{}, {}, {0, 5}}, states[0].Partitions)
	require.Equal(t, []PartitionState{{4, 10}}, states[1].Partitions)
	require.NotEmpty(t, states[0].ID)
	require.NotEqual(t, states[0].ID, states[1].ID)
}

func TestTopicReader_ATopicThatIsCreatedAgainHasAnotherID(t *testing.T) {
	t.Parallel()
	cfg := brokers(t)
	name := topic(t, cfg, 1)
	l := lookup(t, cfg)
	before, err := l.TopicStates(t.Context(), []string{name})
	require.NoError(t, err)
	recreate(t, cfg, name)
	after, err := l.TopicStates(t.Context(), []string{name})
	require.NoError(t, err)
	require.NotEqual(t, before[0].ID, after[0].ID)
}

func TestTopicReader_TopicStatesOfATopicThatIsNotThereIsAnError(t *testing.T) {
	t.Parallel()
	cfg := brokers(t)
	_, err := lookup(t, cfg).TopicStates(t.Context(), []string{"nowhere"})
	require.ErrorIs(t, err, sarama.ErrUnknownTopicOrPartition)
	require.ErrorContains(t, err, "nowhere")
}

// The last offset holds the marker of a transaction and no message: a reader that
// waited for it would wait indefinitely.
func TestTopicReader_ReadingEndsBehindMarkersAndLeavesOutWhatWasRolledBack(t *testing.T) {
	t.Parallel()
	cfg := brokers(t)
	name := topic(t, cfg, 1)
	fill(t, cfg, name, 0, 1, 1)
	inTransaction(t, cfg, name, "rolled back", kgo.TryAbort)
	inTransaction(t, cfg, name, "kept", kgo.TryCommit)
	fill(t, cfg, name, 0, 2, 1)
	inTransaction(t, cfg, name, "rolled back too", kgo.TryAbort)
	require.Equal(t, []string{"1", "kept", "2"}, values(readAll(t, cfg, name)))
}

func TestTopicReader_ReadAllBeginsAndEndsWhereItIsReported(t *testing.T) {
	t.Parallel()
	cfg := brokers(t)
	one, two := topic(t, cfg, 2), topic(t, cfg, 1)
	l := lookup(t, cfg)
	fill(t, cfg, one, 0, 0, 3)
	fill(t, cfg, two, 0, 10, 2)
	ends, err := l.Ends(t.Context(), []string{one, two})
	require.NoError(t, err)
	require.Equal(t, Ends{one: {3, 0}, two: {2}}, ends)
	fill(t, cfg, one, 1, 20, 2)
	fill(t, cfg, two, 0, 30, 1)

	var since []Message
	require.NoError(t, l.ReadAll(t.Context(), []string{one, two}, ends, func(m Message) error {
		since = append(since, m)
		if len(since) == 1 {
			fill(t, cfg, two, 0, 99, 1) // after the call: not part of it
		}
		return nil
	}))
	require.Equal(t, []string{"20", "21", "30"}, values(since))

	truncate(t, cfg, one, 2)
	var left []Message
	require.NoError(t, l.ReadAll(t.Context(), []string{one}, nil, func(m Message) error {
		left = append(left, m)
		return nil
	}))
	require.Equal(t, []string{"2", "20", "21"}, values(left))
}

func TestTopicReader_RangeReadsFromOneOffsetUpToAnother(t *testing.T) {
	t.Parallel()
	cfg := brokers(t)
	name := topic(t, cfg, 1)
	fill(t, cfg, name, 0, 0, 50)
	l := lookup(t, cfg)
	var got []Message
	require.NoError(t, l.Range(t.Context(), name, 0, 17, 20, func(m Message) error {
		got = append(got, m)
		return nil
	}))
	require.Equal(t, []string{"17", "18", "19"}, values(got))

	stop := errors.New("enough")
	require.ErrorIs(t, l.Range(t.Context(), name, 0, 0, 50, func(Message) error { return stop }), stop)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, l.Range(ended, name, 0, 0, 50, nil), context.Canceled)
	truncate(t, cfg, name, 30)
	require.ErrorIs(t, l.Range(t.Context(), name, 0, 10, 20, nil), sarama.ErrOffsetOutOfRange)
}

func TestTopicReader_EnsureTopicsCreatesWhatIsMissingAndNamesEveryDifference(t *testing.T) {
	t.Parallel()
	cfg := brokers(t)
	base := topic(t, cfg, 3)
	specs := []TopicSpec{
		{Name: base, Partitions: 3, ReplicationFactor: -1},
		kept(base+".kept", 2, 7),
		commands(base+".commands", 2, 30),
		{Name: base + ".compacted", Partitions: 1, ReplicationFactor: 1,
			Configs: map[string]string{"cleanup.policy": "compact"}},
	}
	require.NoError(t, EnsureTopics(t.Context(), cfg, specs))
	require.NoError(t, EnsureTopics(t.Context(), cfg, specs), "a second time changes nothing")
	require.Equal(t, "604800000", setting(t, cfg, base+".kept", "retention.ms"))
	require.Equal(t, "uncompressed", setting(t, cfg, base+".commands", "compression.type"))
	require.Equal(t, "compact", setting(t, cfg, base+".compacted", "cleanup.policy"))

	specs[0].Partitions, specs[1].Partitions = 4, 16
	err := EnsureTopics(t.Context(), cfg, specs)
	require.ErrorContains(t, err, base+" has 3 partitions, the configuration says 4")
	require.ErrorContains(t, err, base+".kept has 2 partitions, the configuration says 16")

	specs[3] = TopicSpec{Name: base + ".impossible", Partitions: 0, ReplicationFactor: -1}
	require.ErrorContains(t, EnsureTopics(t.Context(), cfg, specs), base+".impossible")
}

func setting(t *testing.T, cfg Config, topic, name string) string {
	t.Helper()
	conf, err := cfg.producing()
	require.NoError(t, err)
	admin, err := newAdmin(cfg, conf)
	require.NoError(t, err)
	defer admin.Close()
	has, err := settingsOf(admin, topic)
	require.NoError(t, err)
	return has[name]
}
