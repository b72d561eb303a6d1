package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/internal/replay"
	"tenure/internal/store"
)

func TestReplay_TheFlagsOfAReplayAreReadBeforeAnythingIsAsked(t *testing.T) {
	t.Parallel()
	good := replayFlags{
		target: "topic:week-30", name: "n", from: []string{"2026-07-20"}, to: []string{"3:9"}, rate: "500/s",
		streams: []string{"employee/*"}, types: []string{"billing.*"}, shards: []int32{3}, ledgers: []string{"cost"},
	}
	o, err := good.order()
	require.NoError(t, err)
	require.Equal(t, []any{"week-30", int64(500), "2026-07-20T00:00:00Z", "3:9"},
		[]any{o.Topic, o.Rate, o.Filter.From[0].String(), o.Filter.To[0].String()})
	require.Equal(t, []billing.Ledger{billing.Cost}, o.Filter.Ledgers)
	require.Equal(t, []store.ShardID{3}, o.Filter.Shards)
	unnamed, err := (&replayFlags{target: "topic:week-30"}).order()
	require.NoError(t, err)
	require.Regexp(t, `^week-30-\d{8}-\d{6}$`, unnamed.Name)

	for refused, f := range map[string]replayFlags{
		"--target":                           {target: "week-30"},
		"tenure projection rebuild lines":    {target: "projection:lines"},
		"is one of ours":                     {target: "topic:billing.lines"},
		"has effects":                        {target: "topic:employee.commands"},
		"what is missing can be told of":     {target: "topic:week-30", missing: true},
		"--from":                             {target: "topic:t", from: []string{"soon"}},
		"--to":                               {target: "topic:t", to: []string{"later"}},
		"--rate must be messages a second":   {target: "topic:t", rate: "fast"},
		"--rate must be messages a second, ": {target: "topic:t", rate: "0"},
		`ledger "SECRET"`:                    {target: "topic:t", ledgers: []string{"secret"}},
		"name":                               {target: "topic:t", name: "a b"},
	} {
		_, err := f.order()
		require.ErrorContains(t, err, refused)
	}
}

func TestReplay_ThatNobodyRunsIsReportedAsInterrupted(t *testing.T) {
	t.Parallel()
	row := store.Replay{State: store.ReplayRunning, Shards: []store.ReplayShard{
		{Shard: 1, First: 5, Last: 8, Position: 6, Messages: 3, Bytes: 30}, {Shard: 2, First: 1, Last: 2, Position: 0},
	}}
	v := viewReplay(row)
	require.Equal(t, interrupted, v.State)
	require.Equal(t, []int64{6, 2, 3, 30}, []int64{v.Positions, v.Read, v.Messages, v.Bytes})
	row.Leased = true
	require.Equal(t, store.ReplayRunning, viewReplay(row).State)
	row.State, row.Leased = store.ReplayPaused, false
	require.Equal(t, store.ReplayPaused, viewReplay(row).State)
}

func TestReplay_APlanIsSummedUpInWords(t *testing.T) {
	t.Parallel()
	has, foreign := int64(10), int64(2)
	require.Equal(t, "0 messages, 0 bytes", planWords(planView{}, false))
	require.Equal(t, "t has 10 messages, 2 of them not of the log; it lacks 3, from a to b",
		planWords(planView{Topic: "t", Messages: 3, First: "a", Last: "b", Has: &has, Foreign: &foreign}, true))
}

func TestReplay_WhatAReplayAnswersHasItsExitCode(t *testing.T) {
	t.Parallel()
	p := &program{started: true}
	for err, want := range map[error]int{
		replay.ErrNothing: exitNothing, replay.ErrHeld: exitTryAgain, replay.ErrPaused: exitRefused,
		replay.ErrTaken: exitRefused,
		replay.ErrAhead: exitMismatch, store.ErrReplayExists: exitUsage, replay.ErrUnknown: exitUsage, errQuiet: exitError,
	} {
		require.Equal(t, want, p.code(p.replayError(err)), "%v", err)
	}
}
