package main

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"tenure/contract"
	"tenure/internal/bus"
	"tenure/internal/feed"
	"tenure/internal/node"
	"tenure/internal/test/doctest"
	processes "tenure/internal/test/running"
)

// sqlOwnOutcomes leaves out what is said of a message that was parked: a command that a replay marks is, and changes
// nothing else.
const sqlOwnOutcomes = "(SELECT * FROM outcomes WHERE stream NOT LIKE 'letter/%' AND command_id <> 'sent-again')"

// digestOf is everything that a replay must not change, as the database tells it.
func digestOf(t *testing.T, dir string) string {
	t.Helper()
	at, err := node.ReadConnection(dir)
	require.NoError(t, err)
	pool, err := pgxpool.New(t.Context(), at.Postgres)
	require.NoError(t, err)
	defer pool.Close()
	var all []string
	for _, table := range []string{"events", sqlOwnOutcomes, "lines", "documents", "run_totals", "directory"} {
		var sum string
		require.NoError(t, pool.QueryRow(t.Context(),
			"SELECT count(*) || ' ' || coalesce(md5(string_agg(md5(r::text), '' ORDER BY md5(r::text))), '') FROM "+table+" AS r").Scan(&sum))
		all = append(all, table+" "+sum)
	}
	return strings.Join(all, "\n")
}

func TestReplay_ReplayingEverythingTwiceLeavesARunningSystemAsItWas(t *testing.T) {
	t.Parallel()
	dir, n := running(t)
	do := func(want int, args ...string) result {
		got := tenure(t, append(args, "--data", dir)...)
		require.Equal(t, want, got.code, "%v\n%s%s", args, got.out, got.err)
		return got
	}
	for _, line := range novemberCommands {
		do(exitDone, line...)
	}
	waiting, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	require.NoError(t, feed.Caught(waiting, n.Store, nil, "directory", "lines", "documents", feed.RelayName,
		feed.OutcomesName))
	before := digestOf(t, dir)
	for _, name := range []string{"once", "twice"} {
		got := do(exitDone, "replay", "start", "--target", "topic:again", "--name", name, "--ledger",
			"CUSTOMER,RESELLER,COST",
			"--reason", "to see that nothing happens", "--yes")
		require.Contains(t, got.out, name+" to topic again: done")
	}
	replayed := lastOf(t, n.Kafka, "again")
	require.Equal(t, "twice", string(replayed.Header("ce_replay")))

	// Not even on the front door has it an effect.
	publisher, err := bus.NewPublisher(n.Kafka)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, publisher.Close()) })
	order := bus.Envelope{ID: "sent-again", Type: "employee.update.v1", Source: "test", Subject: exampleEmployee,
		Time: time.Now(), Replay: "by mistake"}
	require.NoError(t, publisher.Publish(t.Context(),
		[]bus.Message{{Topic: contract.EmployeeCommands, Key: []byte(exampleEmployee),
			Value: []byte(`{"actor":{"accessLevel":"ADMIN"},"data":{"title":"Replayed"}}`), Headers: order.Headers()}}))
	var list struct{ Messages []struct{ Reason string } }
	require.Eventually(t, func() bool {
		got := tenure(t, "parked", "list", "--data", dir, "--output", "json")
		return json.Unmarshal([]byte(got.out), &list) == nil && len(list.Messages) > 0
	}, patience, look)
	require.Equal(t, "replay", list.Messages[0].Reason)
	require.Equal(t, before, digestOf(t, dir))
	require.Equal(t, "[]\n", do(exitDone, "audit", "--output", "json").out)
}

// lastOf is the last message of one of a topic's partitions that has any.
func lastOf(t *testing.T, kafka bus.Config, topic string) (last bus.Message) {
	t.Helper()
	lookup, err := bus.NewTopicReader(kafka)
	require.NoError(t, err)
	defer lookup.Close()
	require.NoError(t, lookup.ReadAll(t.Context(), []string{topic}, nil, func(m bus.Message) error {
		last = m
		return nil
	}))
	return last
}

func TestReplay_AnOperatorReplaysAndSeesProgress(t *testing.T) {
	t.Parallel()
	target := []string{"--target", "topic:seen", "--type", "employee.*", "--stream", "employee/" + exampleEmployee}
	var plan planView
	asJSON(t, exitDone, &plan, append([]string{"replay", "plan"}, target...)...)
	require.Positive(t, plan.Messages)
	for _, c := range plan.Counts {
		require.Equal(t, "seen", c.Topic)
		require.Contains(t, c.Type, "employee.")
	}
	start := append([]string{"replay", "start", "--name", "seen-1"}, target...)
	require.Contains(t, on(t, exitUsage, start...).err, "--reason is required")
	start = append(start, "--reason", "the integrator lost a week", "--who", "operator", "--rate", "5000/s")
	require.Contains(t, on(t, exitUsage, start...).err, "use --yes to publish them")
	on(t, exitDone, append(start, "--dry-run")...)
	require.Contains(t, on(t, exitUsage, "replay", "status", "seen-1").err, "there is no replay of that name")
	done := on(t, exitDone, append(start, "--yes")...)
	require.Contains(t, done.out, "seen-1 to topic seen: done")
	require.Contains(t, on(t, exitUsage, append(start, "--yes")...).err, "a replay of that name exists")

	var seen replayView
	asJSON(t, exitDone, &seen, "replay", "status", "seen-1")
	require.Equal(t, plan.Messages, seen.Messages)
	require.Equal(t, []string{"done", "the integrator lost a week", "operator"},
		[]string{seen.State, seen.Reason, seen.Who})
	require.Len(t, seen.Shards, 1, "a stream has one shard, and nobody reads the others for it")
	require.Contains(t, on(t, exitDone, "replay", "list").out, "the integrator lost a week")
	require.Contains(t, on(t, exitNothing, "replay", "pause", "seen-1").out, "done")
	require.Contains(t, on(t, exitDone, "replay", "resume", "seen-1").out, "done", "what is done stays so")
	on(t, exitUsage, "replay", "resume", "nobody")
	on(t, exitUsage, "replay", "pause", "nobody")
	on(t, exitNothing, "replay", "plan", "--target", "topic:seen", "--from", "2036-01-01")
	require.Contains(t, on(t, exitNothing, "replay", "start", "--target", "topic:seen", "--from", "2036-01-01", "--reason",
		"r", "--yes").err, "nothing to replay")
	require.Contains(t, on(t, exitDone, "replay", "plan", "--target", "projection:lines").out, "lines",
		"a read model is built again")
	require.Contains(t, on(t, exitUsage, "replay", "start", "--target", "projection:lines", "--reason", "r").err, "--yes")
	require.Contains(t, on(t, exitUsage, "replay", "plan", "--target", "projection:lines", "--shard", "1").err,
		"give --target alone")
}

func TestReplay_ALostTopicIsFilledAndAHealthyOneIsNot(t *testing.T) {
	t.Parallel()
	p := startParts(t)
	first := p.process(t)
	p.do(t, exitDone, "send", "--wait", "--file", "../../examples/commands.jsonl")
	waiting, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	require.NoError(t, feed.Caught(waiting, first.Store, nil, feed.RelayName, feed.OutcomesName))
	look := []string{"replay", "plan", "--target", "topic:" + contract.EmployeeEvents, "--missing"}
	require.Contains(t, p.do(t, exitNothing, look...).err, "it lacks 0")
	processes.End(t, first.Stop)
	p.recreate(t, contract.EmployeeEvents)
	require.Contains(t, p.do(t, exitDone, look...).err, "employee.events has 0 messages; it lacks")
	fill := []string{"replay", "start", "--target", "topic:" + contract.EmployeeEvents, "--missing", "--reason",
		"deleted by mistake", "--yes"}
	p.do(t, exitDone, fill...)
	p.do(t, exitNothing, append(fill, "--name", "again")...)

	accept := []string{"replay", "accept", "--shard", "0"}
	require.Contains(t, p.do(t, exitUsage, accept...).err, "--reason is required")
	accept = append(accept, "--reason", "restored the backup of the night")
	require.Contains(t, p.do(t, exitUsage, accept...).err, "use --yes to continue")
	p.do(t, exitDone, append(accept, "--dry-run")...)
	p.do(t, exitDone, append(accept, "--yes")...)
	p.do(t, exitDone, append(accept, "--reader", "outcomes", "--yes")...)
	require.Contains(t, p.do(t, exitUsage, append(accept, "--all")...).err, "choose --shard or --all")
	every := []string{"replay", "accept", "--all", "--reason", "the standby lost the last commits", "--yes"}
	require.Contains(t, p.do(t, exitDone, every...).out, "outcomes")
	require.NotContains(t, p.do(t, exitDone, append(every, "--reader", "relay")...).out, "outcomes")
	require.Contains(t, p.do(t, exitUsage, append(accept, "--reader", "lines")...).err, "choose relay or outcomes")
	require.Contains(t, p.do(t, exitUsage, append(accept, "--shard", "999")...).err, "has no shard 999")

	second := p.process(t)
	sent := p.do(t, exitDone, "send", "--wait", "--type", "employee.update.v1", "--subject", exampleEmployee, "--id",
		"after", "--body", `{"title":"Tester"}`)
	require.Contains(t, sent.out, "employee.updated.v1", "the relay continues behind what was filled")
	processes.End(t, second.Stop)
}

func TestReplay_ThePageOfOperationsRunsAsItSays(t *testing.T) {
	t.Parallel()
	doctest.Run(t, "../..", "docs/ops.md")
}
