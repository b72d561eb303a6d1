package childworker

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"tenure/billing"
	"tenure/contract"
	"tenure/internal/bus"
	"tenure/internal/clock"
	"tenure/internal/store"
	"tenure/internal/test/environment"
	"tenure/internal/test/running"
	"tenure/internal/worker"
)

// The environment of the process.
const (
	envBrokers = "TENURE_CHILD_BROKERS" // comma separated; set: the process is a worker
	envPrefix  = "TENURE_CHILD_PREFIX"
	envDSN     = "TENURE_CHILD_DSN"
	envChunk   = "TENURE_CHILD_CHUNK" // employees a chunk
)

// idleInTransaction is after what silence the server ends a transaction: short, since tests stop processes inside one.
const idleInTransaction = 2 * time.Second

// Main runs a package's tests, or the worker where the process was started as one; call it from TestMain.
func Main(m *testing.M, policy func() billing.Policy) {
	brokers := os.Getenv(envBrokers)
	if brokers == "" {
		environment.Main(m)
		return
	}
	if err := run(strings.Split(brokers, ","), policy()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// Start starts the process on a broker and a database, with options of this package.
func Start(t testing.TB, kafka bus.Config, dsn string, options ...string) *exec.Cmd {
	t.Helper()
	return environment.Child(t, append([]string{
		envBrokers + "=" + strings.Join(kafka.Brokers, ","), envPrefix + "=" + kafka.TopicPrefix, envDSN + "=" + dsn,
	}, options...)...)
}

// Chunk is the option of how many employees a chunk of a run has.
func Chunk(employees int) string { return envChunk + "=" + strconv.Itoa(employees) }

// run works until it is told to stop, or killed.
func run(brokers []string, policy billing.Policy) error {
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer cancel()
	s, err := store.Open(ctx, store.Config{DSN: os.Getenv(envDSN), IdleInTransaction: idleInTransaction})
	if err != nil {
		return err
	}
	defer s.Close()
	SignalAtStep()
	cfg := bus.Config{
		Brokers:          brokers,
		TopicPrefix:      os.Getenv(envPrefix),
		ClientID:         "child",
		SessionTimeout:   environment.SessionTimeout,
		RebalanceTimeout: environment.RebalanceTimeout,
		Logger:           running.Log(),
	}
	pub, err := bus.NewPublisher(cfg)
	if err != nil {
		return err
	}
	now, err := clock.Follow(ctx, s)
	if err != nil {
		return err
	}
	w := &worker.Worker{
		Store: s, Publisher: pub, Clock: now, Policy: policy, Log: running.Log(), Observer: worker.Quiet{},
	}
	w.ChunkEmployees, _ = strconv.Atoi(os.Getenv(envChunk))
	return bus.Consume(ctx, cfg, "tenure", contract.CommandTopics(), w)
}
