package scenario

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"tenure/contract"
	"tenure/internal/bus"
	"tenure/internal/clock"
	"tenure/internal/store"
	"tenure/internal/test/environment"
	"tenure/internal/worker"
)

// The environment of a worker process that a test starts from its own binary.
const (
	envChild   = "TENURE_SCENARIO_WORKER" // brokers, comma separated
	envPrefix  = "TENURE_SCENARIO_PREFIX"
	envDSN     = "TENURE_SCENARIO_DSN"
	envKillAt  = "TENURE_SCENARIO_KILL_AT"  // step of a write at which it kills itself
	envKillHit = "TENURE_SCENARIO_KILL_HIT" // at which hit of the step, from 1
)

func TestMain(m *testing.M) {
	if brokers := os.Getenv(envChild); brokers != "" {
		os.Exit(child(strings.Split(brokers, ",")))
	}
	environment.Main(m)
}

// child is a worker process: it works until it is told to stop, or killed.
func child(brokers []string) int {
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer cancel()
	s, err := store.Open(ctx, store.Config{DSN: os.Getenv(envDSN), IdleInTransaction: 2 * time.Second})
	if err != nil {
		return fail(err)
	}
	defer s.Close()
	killAt(os.Getenv(envKillAt))
	cfg := bus.Config{
		Brokers: brokers, ClientID: "child", TopicPrefix: os.Getenv(envPrefix), SessionTimeout: environment.SessionTimeout,
		Logger: testLog(),
	}
	pub, err := bus.NewPublisher(cfg)
	if err != nil {
		return fail(err)
	}
	now, err := clock.Follow(ctx, s)
	if err != nil {
		return fail(err)
	}
	w := &worker.Worker{Store: s, Publisher: pub, Clock: now, Policy: policy(), Log: testLog(), Observer: worker.Quiet{}}
	if err := bus.Consume(ctx, cfg, "tenure", contract.CommandTopics(), w); err != nil {
		return fail(err)
	}
	return 0
}

func fail(err error) int {
	fmt.Fprintln(os.Stderr, err)
	return 1
}

// killAt makes the process die without a word when a write comes to a step.
func killAt(step string) {
	if step == "" {
		return
	}
	wanted, _ := strconv.ParseInt(os.Getenv(envKillHit), 10, 64)
	var hits atomic.Int64
	store.SetFailpoint(func(at string) {
		if at == step && hits.Add(1) == max(wanted, 1) {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		}
	})
}
