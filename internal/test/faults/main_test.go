package faults

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"

	"tenure/internal/config"
	"tenure/internal/embedded"
	"tenure/internal/node"
	"tenure/internal/store"
	"tenure/internal/test/environment"
)

// The environment of a process that a test starts from its own binary. A process of the system is configured as in
// production, by TENURE_… variables.
const (
	envPart    = "FAULTS_PART"     // what the process is: node, broker
	envAddr    = "FAULTS_ADDR"     // where the broker listens
	envDir     = "FAULTS_DIR"      // where the broker keeps its log
	envKillAt  = "FAULTS_KILL_AT"  // step at which a node kills itself
	envKillHit = "FAULTS_KILL_HIT" // at which hit of the step, from 1
	envStopAt  = "FAULTS_STOP_AT"  // step at which a node stops itself, as a zombie
)

// The parts that this binary can be.
const (
	partNode   = "node"
	partBroker = "broker"
)

func TestMain(m *testing.M) {
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer cancel()
	var err error
	switch os.Getenv(envPart) {
	case partNode:
		err = runNode(ctx)
	case partBroker:
		err = runBroker(ctx)
	default:
		environment.Main(m)
		return
	}
	if err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// runNode is a process of production until it is told to stop.
func runNode(ctx context.Context) error {
	c, err := config.Load(config.Input{Environ: os.LookupEnv})
	if err != nil {
		return err
	}
	c.HTTP, c.Admin = "", ""
	c.Kafka.SessionTimeout, c.Kafka.RebalanceTimeout = environment.SessionTimeout, environment.RebalanceTimeout
	c.Postgres.IdleInTransaction = idleInTransaction
	atStep(os.Getenv(envKillAt), syscall.SIGKILL)
	atStep(os.Getenv(envStopAt), syscall.SIGSTOP)
	n, err := node.Start(ctx, node.Config{Config: c, Log: testLog()})
	if err != nil {
		return err
	}
	return errors.Join(n.Wait(ctx), n.Stop(context.WithoutCancel(ctx)))
}

// atStep sends this process a signal when a write comes to a step.
func atStep(step string, sig syscall.Signal) {
	if step == "" {
		return
	}
	wanted, _ := strconv.ParseInt(os.Getenv(envKillHit), 10, 64)
	var hits atomic.Int64
	store.SetFailpoint(func(at string) {
		if at == step && hits.Add(1) == max(wanted, 1) {
			_ = syscall.Kill(os.Getpid(), sig)
		}
	})
}

// runBroker is an embedded broker in a separate process, so that it can be killed.
func runBroker(ctx context.Context) error {
	b, err := embedded.StartBroker(ctx, embedded.BrokerOptions{Dir: os.Getenv(envDir), Addr: os.Getenv(envAddr)})
	if err != nil {
		return err
	}
	defer b.Stop()
	<-ctx.Done()
	return nil
}

// testLog is silent unless TENURE_TEST_LOG asks for it.
func testLog() *slog.Logger {
	if os.Getenv("TENURE_TEST_LOG") == "" {
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(slog.NewTextHandler(os.Stderr, nil))
}
