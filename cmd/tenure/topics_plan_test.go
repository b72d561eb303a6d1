package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/internal/bus"
)

func TestTopicsPlan_TopicsArePlannedAppliedAndThenAsDeclared(t *testing.T) {
	t.Parallel()
	got := on(t, exitNothing, "topics", "plan")
	require.Contains(t, got.err, "the cluster is as declared")
	var none []bus.Difference
	asJSON(t, exitNothing, &none, "topics", "plan")
	require.NotNil(t, none)

	other := []string{
		"--kafka-topic-prefix", "planned.", "--kafka-replication", "1", "--kafka-min-insync", "1",
		"--kafka-principals", "worker=User:tenure-worker;customer=User:accounting",
	}
	line := func(words ...string) []string { return append(append([]string{"topics"}, words...), other...) }
	got = on(t, exitDone, line("plan")...)
	require.Contains(t, got.out, "User:accounting may Read topic planned.billing.lines")
	got = on(t, exitUsage, line("apply")...)
	require.Contains(t, got.err, "use --yes to continue")
	on(t, exitDone, line("apply", "--dry-run")...)
	got = on(t, exitDone, line("apply", "--yes")...)
	require.Contains(t, got.err, "of 27 differences were applied")
	on(t, exitNothing, line("apply", "--yes", "--prune")...)
	on(t, exitNothing, line("plan", "--prune")...)
}

func TestTopicsPlan_WhatWouldMoveKeysIsRefused(t *testing.T) {
	t.Parallel()
	got := on(t, exitRefused, "topics", "apply", "--yes", "--kafka-replication", "3")
	require.Contains(t, got.out, "refused: replicas are moved by the cluster's operator")
	var list []bus.Difference
	got = on(t, exitDone, "topics", "plan", "--kafka-replication", "3", "--output", "json")
	require.NotEmpty(t, got.out)
	asJSON(t, exitDone, &list, "topics", "plan", "--kafka-replication", "3")
	require.Len(t, list, len(bus.Topics(1)))
	require.Equal(t, "replication", list[0].What)
	require.Equal(t, []string{"1", "3"}, []string{list[0].Has, list[0].Wants})
}

func TestTopicsPlan_PlansNeedBrokers(t *testing.T) {
	t.Parallel()
	for _, line := range [][]string{{"topics", "plan"}, {"topics", "apply", "--yes"}} {
		require.Equal(t, exitUsage, tenure(t, line...).code)
	}
	got := tenure(t, "topics", "plan", "--kafka-principals", "boss=User:b")
	require.Equal(t, exitUsage, got.code)
	require.Contains(t, got.err, `TENURE_KAFKA_PRINCIPALS (flag --kafka-principals): "boss" is not one of worker`)
}
