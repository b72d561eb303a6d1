package bench

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"tenure/contract"
	"tenure/internal/bus"
	"tenure/internal/catalog"
	"tenure/internal/clock"
	"tenure/internal/feed"
	"tenure/internal/relay"
	"tenure/internal/runs"
	"tenure/internal/store"
	"tenure/internal/worker"
)

// The roles of the measured processes.
const (
	roleWorker    = "worker"
	roleFeed      = "feed"
	roleScheduler = "scheduler"
)

// containerMiB are the limits of the roles' memory in deploy/kubernetes.
var containerMiB = map[string]int64{roleWorker: 512, roleFeed: 512, roleScheduler: 128}

// stopTime bounds how long the processes may take to stop before they are killed.
const stopTime = 45 * time.Second

// processes are roles in one process or in this one, or several such processes.
type processes struct {
	name   string // of the roles
	roles  []string
	pid    int          // 0: in this process, or several
	admin  string       // address of metrics and profiles
	parts  []*processes // the processes with one role each
	cancel context.CancelFunc
	ended  chan struct{}
	err    error // set before ended is closed
}

// start starts roles in one process.
func (s *stage) start(ctx context.Context, roles ...string) (*processes, error) {
	if s.Program == "" {
		return s.startInside(ctx, roles), nil
	}
	return s.startProcess(ctx, roles)
}

// startEach starts a process for each role, with the memory that its container has in production.
func (s *stage) startEach(ctx context.Context, roles ...string) (*processes, error) {
	if s.Program == "" {
		return s.startInside(ctx, roles), nil
	}
	all := &processes{name: strings.Join(roles, ","), roles: roles, ended: make(chan struct{})}
	var once sync.Once
	for _, role := range roles {
		part, err := s.startProcess(ctx, []string{role})
		if err != nil {
			return nil, errors.Join(err, all.stop())
		}
		all.parts = append(all.parts, part)
		go func() {
			<-part.ended
			once.Do(func() {
				all.err = part.err
				close(all.ended)
			})
		}()
	}
	return all, nil
}

func (s *stage) startProcess(ctx context.Context, roles []string) (*processes, error) {
	admin, err := s.admin(roles)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	cmd := exec.CommandContext(ctx, s.Program, "serve", "--prepare=false", "--log-level=error", "--http=127.0.0.1:0",
		"--admin="+admin, "--roles="+strings.Join(roles, ","), "--policy-ledgers=CUSTOMER,RESELLER")
	cmd.Env = append(os.Environ(), "TENURE_POSTGRES_DSN="+s.dsn, "TENURE_KAFKA_BROKERS="+strings.Join(s.bus.Brokers, ","),
		fmt.Sprintf("TENURE_RUN_MAX_LINES=%d", max(s.Lines, linesDefault)))
	if s.HeapLimit != nil && len(roles) == 1 {
		cmd.Env = append(cmd.Env, fmt.Sprintf("GOMEMLIMIT=%d", s.HeapLimit(containerMiB[roles[0]]<<20)))
	}
	cmd.Stderr = os.Stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = stopTime
	if err := cmd.Start(); err != nil {
		cancel()
		return nil, fmt.Errorf("start %s: %w", s.Program, err)
	}
	c := &processes{name: strings.Join(roles, ","), roles: roles, pid: cmd.Process.Pid, admin: admin, cancel: cancel,
		ended: make(chan struct{})}
	go func() {
		err := cmd.Wait()
		if ctx.Err() == nil { // it was not stopped
			c.err = fmt.Errorf("the process of %s ended: %w", strings.Join(roles, ","), errors.Join(err, errEnded))
		}
		close(c.ended)
	}()
	return c, nil
}

// admin is where a process serves metrics and profiles: the address that was asked for is the worker's, and of the
// other roles the ports behind it. Without one it is a free port.
func (s *stage) admin(roles []string) (string, error) {
	host, port, err := net.SplitHostPort(s.Admin)
	first, wrong := strconv.Atoi(port)
	if err == nil && wrong == nil && first > 0 {
		return net.JoinHostPort(host, strconv.Itoa(first+max(slices.Index(allRoles, roles[0]), 0))), nil
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("bench: a free port: %w", err)
	}
	return free.Addr().String(), free.Close()
}

// allRoles are the roles in the order of their ports.
var allRoles = []string{roleWorker, roleFeed, roleScheduler}

var errEnded = errors.New("ended unexpectedly")

// startInside runs the parts as the program wires them, in this process.
func (s *stage) startInside(ctx context.Context, roles []string) *processes {
	ctx, cancel := context.WithCancel(ctx)
	c := &processes{name: strings.Join(roles, ","), roles: roles, cancel: cancel, ended: make(chan struct{})}
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
		case roleScheduler:
			planner := &worker.Planner{Store: own, Clock: now, Policy: s.policy,
				Shards: worker.FixedShards(s.shards()), Publisher: pub, Log: s.Log}
			d := &runs.Driver{Store: own, Publisher: pub, Clock: now, Policy: s.policy, Log: s.Log,
				Planner: planner.Plan, Opens: planner.Opens}
			g.Go(func() error { return d.Run(ctx) })
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
func (c *processes) stop() (err error) {
	if c.cancel != nil {
		c.cancel()
		<-c.ended
		return c.err
	}
	for _, part := range c.parts {
		part.cancel()
	}
	for _, part := range c.parts {
		<-part.ended
		err = errors.Join(err, part.err)
	}
	return err
}

// has reports whether a role is among them.
func (c *processes) has(role string) bool { return slices.Contains(c.roles, role) }

// shards are those of the employees.
func (s *stage) shards() []int32 {
	all := make([]int32, s.Partitions)
	for i := range all {
		all[i] = int32(store.ShardOf(store.FamilyEmployee, int32(i)))
	}
	return all
}
