package faults

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"tenure/contract"
	"tenure/events"
	"tenure/internal/bus"
	"tenure/internal/command"
	"tenure/internal/feed"
	"tenure/internal/store"
	"tenure/internal/test/digest"
	"tenure/internal/test/environment"
)

// TestRestore_ADumpInANewClusterContinues moves a system in the middle of its life to a database on another server, row
// by row as a dump does, and a former process continues against the old one meanwhile.
func TestRestore_ADumpInANewClusterContinues(t *testing.T) {
	t.Parallel()
	onlyWithAll(t)
	life, want, s := short(t)
	s.start()
	s.live(life, inTheMiddle(func(day int) {
		s.underWay(life.days[day])
		s.killAll()
		other := newDatabase(t)
		copyDatabase(t, s.dsn, other.server.DSN())
		s.dsn, s.store = other.server.DSN(), environment.Store(t, other.server.DSN())
		s.start()
	}))
	s.whole(want)
}

// TestRestore_AnOlderDatabaseCatchesUpFromKafka restores the state of the morning after the day's commands
// took effect: they stand on Kafka, so they take effect again, with the same ids and contents. A relay that looks at
// its topics before that finds them ahead of the log and stops, until an operator says that the older database is
// meant.
func TestRestore_AnOlderDatabaseCatchesUpFromKafka(t *testing.T) {
	t.Parallel()
	onlyWithAll(t)
	life, want, s := short(t)
	s.start()
	s.live(life, inTheMiddle(func(day int) {
		s.quiet()
		s.killAll()
		morning := environment.Simulated(t)
		copyDatabase(t, s.dsn, morning)
		s.start()
		s.order(life.days[day]...)
		s.quiet()
		s.killAll()
		s.dsn, s.store = morning, environment.Store(t, morning)
		s.start()
		s.answered(life.days[day]...)
		s.killAll()
		s.acceptTails()
		s.start()
	}))
	s.whole(want)
}

// acceptTails is what tenure replay accept does, for every relay and shard.
func (s *system) acceptTails() {
	s.t.Helper()
	heads, err := s.store.Heads(s.t.Context())
	require.NoError(s.t, err)
	for shard := range heads {
		for _, reader := range []string{feed.RelayName, feed.OutcomesName} {
			require.NoError(s.t, s.store.AcceptTail(s.t.Context(), reader, shard, "the state of the morning was restored",
				"sample"))
		}
	}
}

// TestRestore_ARecreatedTopicStopsItsShards recreates the topics of commands, which loses what
// was on them: the shards refuse to continue by themselves, and after a rebase with a reason the life ends as ever.
func TestRestore_ARecreatedTopicStopsItsShards(t *testing.T) {
	t.Parallel()
	onlyWithAll(t)
	life, want, s := short(t)
	s.start()
	s.live(life, inTheMiddle(func(day int) {
		s.quiet()
		s.killAll()
		s.recreate(contract.EmployeeCommands)
		s.start()
		s.underWay(life.days[day])
		before := s.offsets()
		s.order(heard) // the processes are up, and take what they can
		require.Equal(t, before, s.offsets(), "nothing is taken from a topic that is another one")
		s.killAll() // an operator looks, and says that the old commands were all taken
		s.rebase(contract.EmployeeCommands)
		s.start()
	}))
	s.quiet()
	s.audited()
	got := digest.Of(t, s.store)
	delete(got.Answers, heard.ID)
	delete(got.Streams, "reseller/"+heard.Subject)
	want.Equal(t, got)
}

// heard is a command that changes nothing for anybody in a script.
var heard = command.Command{Type: "catalog.put_reseller.v1", Subject: "5a0000000000000000000009", ID: "script-heard",
	Data: object{"name": "Sample reseller 09"}, Actor: events.Actor{AccessLevel: "ADMIN"}}

// recreate makes a topic again, without what was in it.
func (s *system) recreate(topic string) {
	s.t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(s.bus.Brokers...))
	require.NoError(s.t, err)
	defer client.Close()
	name := s.bus.TopicPrefix + topic
	remove := kmsg.NewPtrDeleteTopicsRequest()
	remove.TimeoutMillis = int32(waitMax.Milliseconds())
	remove.TopicNames = []string{name}
	remove.Topics = []kmsg.DeleteTopicsRequestTopic{{Topic: &name}}
	_, err = remove.RequestWith(s.t.Context(), client)
	require.NoError(s.t, err)
	s.eventually("the topic is there again", func() bool {
		return bus.EnsureTopics(context.Background(), s.bus, bus.Topics(environment.Partitions)) == nil
	})
	// A producer numbers its batches for each partition. One that was there before has its next batch refused by the new
	// topic and the one behind it taken, which turns the order around: whoever recreates a topic restarts its producers.
	require.NoError(s.t, s.pub.Close())
	s.pub, err = bus.NewPublisher(s.bus)
	require.NoError(s.t, err)
}

// rebase is what tenure topics rebase does, for each shard of a topic: continue behind what it holds, since all was
// taken before.
func (s *system) rebase(topic string) {
	s.t.Helper()
	lookup, err := bus.NewTopicReader(s.bus)
	require.NoError(s.t, err)
	defer lookup.Close()
	states, err := lookup.TopicStates(s.t.Context(), []string{topic})
	require.NoError(s.t, err)
	for p, at := range states[0].Partitions {
		require.NoError(s.t, s.store.Rebase(s.t.Context(), store.ShardOf(store.FamilyEmployee, int32(p)), store.Topic{
			Name: topic, Partition: int32(p), ID: states[0].ID, Partitions: states[0].Count(), Oldest: at.Oldest,
			Newest: at.Newest,
		}, at.Oldest, "the topic was made again"))
	}
}

// copyDatabase copies every table of a migrated database into another migrated one.
func copyDatabase(t *testing.T, from, to string) {
	t.Helper()
	ctx := context.Background()
	source, target := connect(t, from), connect(t, to)
	defer func() { _, _ = source.Close(ctx), target.Close(ctx) }()
	rows, err := source.Query(ctx,
		`SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE 'goose%'`)
	require.NoError(t, err)
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	require.True(t, slices.Contains(tables, "events"))
	names := make([]string, len(tables))
	for i, table := range tables {
		names[i] = pgx.Identifier{table}.Sanitize()
	}
	_, err = target.Exec(ctx, "TRUNCATE "+strings.Join(names, ", "))
	require.NoError(t, err)
	_, err = target.Exec(ctx, "SET session_replication_role = replica") // what a row refers to may come after it
	require.NoError(t, err)
	for _, name := range names {
		var dump bytes.Buffer
		_, err = source.PgConn().CopyTo(ctx, &dump, "COPY "+name+" TO STDOUT")
		require.NoError(t, err, name)
		_, err = target.PgConn().CopyFrom(ctx, &dump, "COPY "+name+" FROM STDIN")
		require.NoError(t, err, name)
	}
}

// offsets is how far each shard of employees has read.
func (s *system) offsets() map[store.ShardID]int64 {
	s.t.Helper()
	heads, err := s.store.Heads(context.Background())
	require.NoError(s.t, err)
	all := map[store.ShardID]int64{}
	for shard, head := range heads {
		if shard.Family() == store.FamilyEmployee {
			all[shard] = head.NextOffset
		}
	}
	return all
}
