package main

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/internal/bus"
	"tenure/internal/test/doctest"
)

func TestReplay_ThatIsKilledContinuesAndLosesNothing(t *testing.T) {
	t.Parallel()
	n := november(t)
	program := filepath.Join(doctest.Program(t, "../.."), "tenure")
	var said bytes.Buffer
	victim := exec.CommandContext(t.Context(), program, "replay", "start", "--data", shared.dir, "--name", "killed-1",
		"--target", "topic:killed",
		"--rate", "12/s", "--reason", "it is killed on its way", "--yes")
	victim.Stdout, victim.Stderr = &said, &said
	require.NoError(t, victim.Start())
	var at replayView
	require.Eventually(t, func() bool {
		if got := tenure(t, "replay", "status", "killed-1", "--data", shared.dir); got.code != exitDone {
			return false // not written down yet
		}
		asJSON(t, exitDone, &at, "replay", "status", "killed-1")
		return at.Messages > 2
	}, patience, look, "%s", &said)
	require.NoError(t, victim.Process.Kill())
	require.Error(t, victim.Wait())

	asJSON(t, exitDone, &at, "replay", "status", "killed-1")
	require.Contains(t, []string{"running", interrupted}, at.State, "its lease ends automatically")
	require.Less(t, at.Read, at.Positions)
	asJSON(t, exitDone, &at, "replay", "resume", "killed-1")
	require.Equal(t, "done", at.State)
	require.Equal(t, at.Positions, at.Read)

	whole := []string{"replay", "start", "--name", "whole-1", "--target", "topic:whole", "--reason", "to compare", "--yes"}
	for _, s := range at.Shards {
		whole = append(whole, "--from", bus.FormatPosition(int32(s.Shard), s.First), "--to",
			bus.FormatPosition(int32(s.Shard), s.Last))
	}
	on(t, exitDone, whole...)
	require.Equal(t, idsOn(t, n.Kafka, "whole"), idsOn(t, n.Kafka, "killed"))
}

// idsOn are the ids of a topic's messages.
func idsOn(t *testing.T, kafka bus.Config, topic string) map[string]bool {
	t.Helper()
	lookup, err := bus.NewTopicReader(kafka)
	require.NoError(t, err)
	defer lookup.Close()
	ids := map[string]bool{}
	require.NoError(t, lookup.ReadAll(t.Context(), []string{topic}, nil, func(m bus.Message) error {
		ids[string(m.Header("ce_id"))] = true
		return nil
	}))
	require.NotEmpty(t, ids)
	return ids
}
