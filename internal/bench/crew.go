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
	"tenure/internal/clock"
	"tenure/internal/feed"
	"tenure/internal/store"
	"tenure/internal/worker"
)

// The roles of a crew.
const (
	roleWorker = "worker"
	roleFeed   = "feed"
)

// crewStopTime bounds how long a crew may take to stop before it is killed.
const crewStopTime = 45 * time.Second

// crew is the worker, the feed or both, at work.
type crew struct {
	pid    int // 0: in this process
	cancel context.CancelFunc
	ended  chan struct{}
	err    error // set before ended is closed
}

// start puts a crew to work.
func (s *stage) start(ctx context.Context, roles ...string) (*crew, error) {
	if s.Program == "" {
		return s.startInside(ctx, roles), nil
	}
	return s.startProcess(ctx, roles)
}

func (s *stage) startProcess(ctx context.Context, roles []string) (*crew, error) {
	ctx, cancel := context.WithCancel(ctx)
	cmd := exec.CommandContext(ctx, s.Program, "serve", "--prepare=false", "--log-level=error", "--http=127.0.0.1:0",
		"--admin="+cmp.Or(s.Admin, "127.0.0.1:0"), "--roles="+strings.Join(roles, ","), "--policy-ledgers=CUSTOMER,RESELLER")
	cmd.Env = append(os.Environ(), "TENURE_POSTGRES_DSN="+s.dsn, "TENURE_KAFKA_BROKERS="+strings.Join(s.bus.Brokers, ","))
	cmd.Stderr = os.Stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = crewStopTime
	if err := cmd.Start(); err != nil {
		cancel()
		return nil, fmt.Errorf("start %s: %w", s.Program, err)
	}
	c := &crew{pid: cmd.Process.Pid, cancel: cancel, ended: make(chan struct{})}
	go func() {
		err := cmd.Wait()
		if ctx.Err() == nil { // nobody asked it to
			c.err = fmt.Errorf("the process of %s ended: %w", strings.Join(roles, ","), errors.Join(err, errEnded))
		}
		close(c.ended)
	}()
	return c, nil
}

var errEnded = errors.New("it was not asked to")

// startInside runs the parts as the program wires them, in this process.
func (s *stage) startInside(ctx context.Context, roles []string) *crew {
	ctx, cancel := context.WithCancel(ctx)
	c := &crew{cancel: cancel, ended: make(chan struct{})}
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
			g.Go(func() error { return feed.Run(ctx, feed.Config{Store: own, Publisher: pub, Log: s.Log}) })
		}
	}
	return g.Wait()
}

// peak is the most memory that the crew's process held, in bytes; 0 when it is this one.
func (c *crew) peak() int64 {
	if c.pid == 0 {
		return 0
	}
	return peakOf(c.pid)
}

// stop ends the crew and waits until it is gone.
func (c *crew) stop() error {
	c.cancel()
	<-c.ended
	return c.err
}
