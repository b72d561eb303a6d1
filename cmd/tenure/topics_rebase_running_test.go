package main

import (
	"log/slog"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"tenure/contract"
	"tenure/internal/bus"
	"tenure/internal/config"
	"tenure/internal/embedded"
	"tenure/internal/node"
	"tenure/internal/store"
	"tenure/internal/test/database"
	processes "tenure/internal/test/running"
)

// parts are a database and a broker that outlive the processes which use them.
type parts struct {
	dsn   string
	kafka bus.Config
}

func startParts(t *testing.T) parts {
	t.Helper()
	dsn := database.ForProcess(t)
	if dsn == "" {
		server, err := embedded.StartPostgres(t.Context(), embedded.PostgresOptions{Ephemeral: true})
		require.NoError(t, err)
		t.Cleanup(func() { processes.End(t, server.Stop) })
		dsn = server.DSN()
	}
	broker, err := embedded.StartBroker(t.Context(), embedded.BrokerOptions{})
	require.NoError(t, err)
	t.Cleanup(broker.Stop)
	return parts{dsn: dsn, kafka: bus.Config{ClientID: "tenure-test", Brokers: broker.Addrs(),
		Logger: slog.New(slog.DiscardHandler)}}
}

// process starts a worker with its feed on the parts.
func (p parts) process(t *testing.T) *node.Node {
	t.Helper()
	policy, err := demoPolicy()
	require.NoError(t, err)
	n, err := node.Start(t.Context(), node.Config{
		Config: config.Config{
			Roles: []config.Role{config.RoleWorker, config.RoleFeed}, Policy: policy, Group: "test", Partitions: 2,
			Kafka: p.kafka, Postgres: store.Config{DSN: p.dsn},
		},
		Prepare: true, Log: slog.New(slog.DiscardHandler),
	})
	require.NoError(t, err)
	t.Cleanup(func() { processes.End(t, n.Stop) })
	return n
}

// do runs a command line against the parts and expects an exit code.
func (p parts) do(t *testing.T, want int, args ...string) result {
	t.Helper()
	got := tenure(t, append(args, "--postgres-dsn", p.dsn, "--kafka-brokers", strings.Join(p.kafka.Brokers, ","),
		"--kafka-partitions", "2")...)
	require.Equal(t, want, got.code, "%v\n%s%s", args, got.out, got.err)
	return got
}

// recreate deletes a topic and makes it again, as an operator does who does not know better.
func (p parts) recreate(t *testing.T, topic string) {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(p.kafka.Brokers...))
	require.NoError(t, err)
	defer client.Close()
	request := kmsg.NewPtrDeleteTopicsRequest()
	request.TopicNames = []string{topic}
	named := kmsg.NewDeleteTopicsRequestTopic()
	named.Topic = kmsg.StringPtr(topic)
	request.Topics = append(request.Topics, named)
	_, err = request.RequestWith(t.Context(), client)
	require.NoError(t, err)
	require.Eventually(t, func() bool { return bus.EnsureTopics(t.Context(), p.kafka, bus.Topics(2)) == nil },
		patience, 20*time.Millisecond)
}

func TestTopicsRebase_AShardWhoseTopicWasRecreatedContinuesWhenAnOperatorSaysSo(t *testing.T) {
	t.Parallel()
	p := startParts(t)
	first := p.process(t)
	p.do(t, exitDone, "send", "--wait", "--file", "../../examples/commands.jsonl")
	processes.End(t, first.Stop)
	p.recreate(t, contract.EmployeeCommands)

	second := p.process(t)
	before, err := second.Store.Heads(t.Context())
	require.NoError(t, err)
	shard, head := store.ShardID(-1), store.Head{}
	for id, h := range before {
		if h.Topic == contract.EmployeeCommands && h.Head > 0 {
			shard, head = id, h
		}
	}
	require.Positive(t, head.NextOffset, "what was sent before was taken")
	rebase := []string{"topics", "rebase", "--shard", strconv.Itoa(int(shard)), "--reason",
		"the topic was deleted by mistake"}
	require.Contains(t, p.do(t, exitUsage, append(rebase, "--yes")...).err, "the topic holds 0 to 0",
		"where it stands is gone")
	p.do(t, exitDone, append(rebase, "--to-offset", "oldest", "--dry-run")...)
	after, err := second.Store.Heads(t.Context())
	require.NoError(t, err)
	require.Equal(t, head.NextOffset, after[shard].NextOffset, "a look changes nothing")

	p.do(t, exitDone, append(rebase, "--to-offset", "oldest", "--yes")...)
	sent := p.do(t, exitDone, "send", "--wait", "--type", "employee.update.v1", "--subject", exampleEmployee, "--id",
		"after", "--body", `{"title":"Tester"}`)
	require.Contains(t, sent.out, "employee.updated.v1", "the shard continues")
	again := p.do(t, exitDone, "send", "--wait", "--type", "employee.update.v1", "--subject", exampleEmployee, "--id",
		"after", "--body", `{"title":"Tester"}`)
	require.Contains(t, again.out, "(duplicate)")
	after, err = second.Store.Heads(t.Context())
	require.NoError(t, err)
	require.Equal(t, head.Head+1, after[shard].Head, "the log continues behind what it had")

	require.Contains(t, p.do(t, exitMismatch, "audit").out, "employee.commands is remembered with 2 ids",
		"the topic's other shards wait for a word too")
	all := []string{"topics", "rebase", "--all", "--reason", "the same", "--yes"}
	require.Contains(t, p.do(t, exitUsage, all...).err, "--all needs --to-offset")
	p.do(t, exitDone, append(all, "--to-offset", "oldest")...)
	require.Contains(t, p.do(t, exitNothing, append(all, "--to-offset", "oldest")...).err, "the one that it knows")
	require.Equal(t, "[]\n", p.do(t, exitDone, "audit", "--output", "json").out)
}
