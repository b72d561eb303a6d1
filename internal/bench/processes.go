package bench

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"tenure/contract"
	"tenure/internal/bus"
	"tenure/internal/catalog"
	"tenure/internal/clock"
	"tenure/internal/feed"
	"tenure/internal/relay"
	"tenure/internal/store"
	"tenure/internal/worker"
)

// The roles of the measured processes.
const (
	roleWorker = "worker"
	roleFeed   = "feed"
)

// stopTime bounds how long the processes may take to stop before they are killed.
const stopTime = 45 * time.Second

// processes are the worker, the feed or both, in one process or in this one.
type processes struct {
	pid    int // 0: in this process
	cancel context.CancelFunc
	ended  chan struct{}
	err    error // set before ended is closed
}

// start starts processes.
func (s *stage) start(ctx context.Context, roles ...string) (*processes, error) {
	if s.Program == "" {
		return s.startInside(ctx, roles), nil
	}
	return s.startProcess(ctx, roles)
}

func (s *stage) startProcess(ctx context.Context, roles []string) (*processes, error) {
	ctx, cancel := context.WithCancel(ctx)
	cmd := exec.CommandContext(ctx, s.Program, "serve", "--prepare=false", "--log-level=error", "--http=127.0.0.1:0",
		"--admin="+cmp.Or(s.Admin, "127.0.0.1:0"), "--roles="+strings.Join(roles, ","), "--policy-ledgers=CUSTOMER,RESELLER")
	cmd.Env = append(os.Environ(), "TENURE_POSTGRES_DSN="+s.dsn, "TENURE_KAFKA_BROKERS="+strings.Join(s.bus.Brokers, ","))
	cmd.Stderr = os.Stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = stopTime
	if err := cmd.Start(); err != nil {
		cancel()
		return nil, fmt.Errorf("start %s: %w", s.Program, err)
	}
	c := &processes{pid: cmd.Process.Pid, cancel: cancel, ended: make(chan struct{})}
	go func() {
		err := cmd.Wait()
		if ctx.Err() == nil { // it was not stopped
			c.err = fmt.Errorf("the process of %s ended: %w", strings.Join(roles, ","), errors.Join(err, errEnded))
		}
		close(c.ended)
	}()
	return c, nil
}

var errEnded = errors.New("ended unexpectedly")

// startInside runs the parts as the program wires them, in this process.
func (s *stage) startInside(ctx context.Context, roles []string) *processes {
	ctx, cancel := context.WithCancel(ctx)
	c := &processes{cancel: cancel, ended: make(chan struct{})}
	go func() {
		if err := serve(ctx, s, roles); err != nil && ctx.Err() == nil {
			c.err = err
		}
		close(c.ended)
	}()
	return c
}

func serve(ctx context.Context, s *stage, roles []string) error {
	own, err := store.Open(ctx, store.Config{DSN: s.dsn})
	if err != nil {
		return err
	}
	defer own.Close()
	pub, err := bus.NewPublisher(s.bus)
	if err != nil {
		return err
	}
	defer func() { _ = pub.Close() }()
	now, err := clock.Follow(ctx, own)
	if err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	for _, role := range roles {
		switch role {
		case roleWorker:
			w := &worker.Worker{Store: own, Publisher: pub, Clock: now, Policy: s.policy, Log: s.Log, Observer: worker.Quiet{}}
			g.Go(func() error { return bus.Consume(ctx, s.bus, "tenure", contract.CommandTopics(), w) })
		case roleFeed:
			reader := feed.NewReader(own)
			subscribers := append(feed.Projections(reader), relay.Subscribers(reader, catalog.New(own, s.Log), pub, nil)...)
			g.Go(func() error { return feed.Run(ctx, feed.Config{Store: own, Subscribers: subscribers, Log: s.Log}) })
		}
	}
	return g.Wait()
}

// peak is the most memory that the process held, in bytes; 0 when it is this one.
func (c *processes) peak() int64 {
	if c.pid == 0 {
		return 0
	}
	return peakOf(c.pid)
}

// stop ends the processes and waits until they are gone.
func (c *processes) stop() error {
	c.cancel()
	<-c.ended
	return c.err
}
