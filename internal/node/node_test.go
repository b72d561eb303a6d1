package node

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/internal/config"
	"tenure/internal/store"
	"tenure/internal/test/running"
)

func TestNode_APartThatEndsBringsTheProcessDown(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		work func(context.Context) error
		want string
	}{
		"with an error":    {func(context.Context) error { return errors.New("out of luck") }, "node: part: out of luck"},
		"without an error": {func(context.Context) error { return nil }, "node: part: ended unexpectedly"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := &Node{failed: make(chan error, 1)}
			n.run("part", c.work)
			require.EqualError(t, n.Wait(t.Context()), c.want)
			require.NoError(t, n.Stop(t.Context()))
		})
	}
}

func TestNode_PartsStopInTheReverseOrderOfTheirStart(t *testing.T) {
	t.Parallel()
	var order []string
	n := &Node{failed: make(chan error, 1)}
	for _, name := range []string{"first", "second", "third"} {
		n.onStop(name, func(context.Context) error {
			order = append(order, name)
			return nil
		})
	}
	require.NoError(t, n.Stop(t.Context()))
	require.NoError(t, n.Stop(t.Context()), "again changes nothing")
	require.Equal(t, []string{"third", "second", "first"}, order)
}

func TestNode_APartThatIsStoppedIsNotAFailure(t *testing.T) {
	t.Parallel()
	n := &Node{failed: make(chan error, 1)}
	n.run("part", func(ctx context.Context) error {
		<-ctx.Done()
		return ctx.Err()
	})
	require.NoError(t, n.Stop(t.Context()))
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	require.NoError(t, n.Wait(ended))
}

func TestNode_WhatFailsWhileStoppingIsReportedAndTheRestIsStillStopped(t *testing.T) {
	t.Parallel()
	stopped := false
	n := &Node{failed: make(chan error, 1)}
	n.onStop("first", func(context.Context) error {
		stopped = true
		return nil
	})
	n.onStop("second", func(context.Context) error { return errors.New("stuck") })
	require.EqualError(t, n.Stop(t.Context()), "node: stop second: stuck")
	require.True(t, stopped)
}

func TestNode_ATakenAddressStopsTheStart(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { require.NoError(t, taken.Close()) }()
	n := &Node{failed: make(chan error, 1), log: running.Log()}
	_, err = n.serve("api", taken.Addr().String(), nil, tls.NoClientCert)
	require.ErrorContains(t, err, "address already in use")
}

func TestNode_AStartThatFailsSaysWhichPartAndLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	c := Config{Config: config.Config{Roles: config.Roles(),
		Postgres: store.Config{DSN: "postgres://nobody@127.0.0.1:1/none"}}, Log: running.Log()}
	_, err := Start(t.Context(), c)
	require.ErrorContains(t, err, "node: start store: store: open")
}
