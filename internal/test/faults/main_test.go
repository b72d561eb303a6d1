package faults

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"testing"

	"tenure/internal/config"
	"tenure/internal/embedded"
	"tenure/internal/node"
	"tenure/internal/test/childworker"
	"tenure/internal/test/environment"
	"tenure/internal/test/running"
)

// The environment of a process that a test starts from its own binary. A process of the system is configured as in
// production, by TENURE_… variables.
const (
	envPart = "FAULTS_PART" // what the process is: node, broker
	envAddr = "FAULTS_ADDR" // where the broker listens
	envDir  = "FAULTS_DIR"  // where the broker keeps its log
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
	childworker.SignalAtStep()
	n, err := node.Start(ctx, node.Config{Config: c, Log: running.Log()})
	if err != nil {
		return err
	}
	return errors.Join(n.Wait(ctx), n.Stop(context.WithoutCancel(ctx)))
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
