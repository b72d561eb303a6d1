package bus

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kfake"
)

// ledger is a database shared by several members: an epoch and an offset for each
// partition, and a count of those who work on it at the moment.
type ledger struct {
	mu      sync.Mutex
	epoch   map[int32]int64
	next    map[int32]int64
	working map[int32]int
	taken   map[string]int
	stale   int // writes under an old epoch, refused
	overlap int // moments with two at work on one partition
	changed chan struct{}
}

func newLedger() *ledger {
	return &ledger{
		epoch: map[int32]int64{}, next: map[int32]int64{}, working: map[int32]int{}, taken: map[string]int{},
		changed: make(chan struct{}, 1),
	}
}

func (l *ledger) update(f func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f()
	select {
	case l.changed <- struct{}{}:
	default:
	}
}

func (l *ledger) until(t *testing.T, what string, is func() bool) {
	t.Helper()
	deadline := time.After(patience)
	for {
		l.mu.Lock()
		done := is()
		l.mu.Unlock()
		if done {
			return
		}
		select {
		case <-l.changed:
		case <-deadline:
			t.Fatalf("not within %s: %s", patience, what)
		}
	}
}

// member is one worker on the ledger.
type member struct {
	*ledger
	epochs sync.Map // partition -> epoch that this member was given
	owns   atomic.Int32
}

func (m *member) Claim(_ context.Context, _ string, partition int32, _ TopicState) (next int64, err error) {
	m.update(func() {
		m.epoch[partition]++
		m.epochs.Store(partition, m.epoch[partition])
		next = m.next[partition]
	})
	return next, nil
}

func (m *member) Work(ctx context.Context, p *Partition) error {
	m.owns.Add(1)
	defer m.owns.Add(-1)
	m.update(func() {
		if m.working[p.ID]++; m.working[p.ID] > 1 {
			m.overlap++
		}
	})
	defer m.update(func() { m.working[p.ID]-- })
	for {
		batch, err := p.Next(ctx, 20, time.Second)
		if err != nil {
			return err
		}
		m.update(func() { m.commit(p, batch) })
	}
}

func (m *member) commit(p *Partition, batch []Message) {
	if mine, _ := m.epochs.Load(p.ID); mine != m.epoch[p.ID] {
		m.stale++
		return
	}
	for _, b := range batch {
		if b.Offset == m.next[p.ID] {
			m.taken[string(b.Value)]++
			m.next[p.ID]++
		}
	}
}

// Members join and leave while messages flow: each message takes effect once, and
// never are two at work on one partition.
func TestConsume_MembersShareThePartitionsThroughRebalances(t *testing.T) {
	t.Parallel()
	const partitions, perRound = 6, 200
	cfg := brokers(t)
	name := topic(t, cfg, partitions)
	l := newLedger()
	sent := 0
	send := func() {
		for p := range int32(partitions) {
			fill(t, cfg, name, p, sent, perRound)
			sent += perRound
		}
	}
	shared := func(members ...*member) func() bool {
		return func() bool {
			total := 0
			for _, m := range members {
				n := int(m.owns.Load())
				if n != partitions/len(members) {
					return false
				}
				total += n
			}
			return total == partitions && len(l.taken) == sent
		}
	}
	first, second, third := &member{ledger: l}, &member{ledger: l}, &member{ledger: l}

	send()
	consuming(t, cfg, name, name, first)
	l.until(t, "the first has them all", shared(first))
	send()
	stopSecond := consuming(t, cfg, name, name, second)
	send()
	l.until(t, "two share them", shared(first, second))
	stopThird := consuming(t, cfg, name, name, third)
	send()
	l.until(t, "three share them", shared(first, second, third))
	stopSecond()
	send()
	l.until(t, "two are left", shared(first, third))
	stopThird()
	send()
	l.until(t, "the first has them all again", shared(first))

	for value, times := range l.taken {
		require.Equal(t, 1, times, value)
	}
	require.Zero(t, l.overlap, "two at work on one partition")
}

// Work that takes long to stop holds back the rebalance instead of going on beside
// the partition's next owner.
func TestConsume_WorkNeverOutlivesItsSession(t *testing.T) {
	t.Parallel()
	cfg := brokers(t)
	name := topic(t, cfg, 2)
	var working [2]atomic.Int32
	var overlap, late atomic.Int32
	began := make(chan struct{}, 10)
	release := make(chan struct{})
	slow := newDesk()
	slow.work = func(ctx context.Context, p *Partition) error {
		defer working[p.ID].Add(-1)
		if working[p.ID].Add(1) > 1 {
			overlap.Add(1)
		}
		began <- struct{}{}
		<-ctx.Done()
		late.Add(1)
		<-release // deaf to its context, as a hanging call would be
		return nil
	}
	prompt := newDesk()
	taken := make(chan int32, 10)
	prompt.work = func(ctx context.Context, p *Partition) error {
		defer working[p.ID].Add(-1)
		if working[p.ID].Add(1) > 1 {
			overlap.Add(1)
		}
		taken <- p.ID
		<-ctx.Done()
		return ctx.Err()
	}
	stopSlow := consuming(t, cfg, name, name, slow)
	<-began
	<-began
	consuming(t, cfg, name, name, prompt)
	require.Eventually(t, func() bool { return late.Load() == 2 }, patience, 10*time.Millisecond)
	select {
	case p := <-taken:
		t.Fatalf("partition %d was given away while it was worked on", p)
	case <-time.After(time.Second): // the rebalance is held up; there is no signal for what must not happen
	}
	close(release)
	<-taken
	stopSlow()
	for p := range working {
		require.LessOrEqual(t, working[p].Load(), int32(1))
	}
	require.Zero(t, overlap.Load())
}

func TestConsume_ReturnsOnlyWhenAllWorkHas(t *testing.T) {
	t.Parallel()
	cfg := brokers(t)
	name := topic(t, cfg, 3)
	began, ending, release := make(chan struct{}, 3), make(chan struct{}, 3), make(chan struct{})
	d := newDesk()
	d.work = func(ctx context.Context, _ *Partition) error {
		began <- struct{}{}
		<-ctx.Done()
		ending <- struct{}{}
		<-release // a last commit
		return nil
	}
	stop := consuming(t, cfg, name, name, d)
	for range 3 {
		<-began
	}
	stopped := make(chan struct{})
	go func() { defer close(stopped); stop() }()
	for range 3 {
		<-ending
	}
	select {
	case <-stopped:
		t.Fatal("Consume returned while work went on")
	default:
	}
	close(release)
	<-stopped
}

// Work that does not stop at all is reported, and then ends the process; the test
// takes the place of that end.
func TestConsume_WorkThatIgnoresItsEndIsFound(t *testing.T) {
	t.Parallel()
	cfg := brokers(t)
	name := topic(t, cfg, 1)
	conf, err := cfg.producing()
	require.NoError(t, err)
	began, release := make(chan struct{}), make(chan struct{})
	d := newDesk()
	d.work = func(context.Context, *Partition) error {
		close(began)
		<-release
		return nil
	}
	stuck := make(chan int32, 1)
	c := newConsumer(cfg, conf, name, name, d)
	c.stopMax = 50 * time.Millisecond
	c.stuck = func(partition int32, since time.Duration) { stuck <- partition }
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); c.rejoin(ctx) }()
	<-began
	cancel()
	require.EqualValues(t, 0, <-stuck)
	close(release)
	<-done
	require.PanicsWithValue(t, fmt.Sprintf("bus: the owner of %s/3 did not stop within 1s of the end of its context",
		name),
		func() { newConsumer(cfg, conf, name, name, d).panicStuck(3, time.Second) })
}

// Watermill's own loop joins again at once when joining fails; ours pauses.
func TestConsume_PausesWhenItCannotJoinAndThenJoins(t *testing.T) {
	t.Parallel()
	cfg := brokers(t)
	name := topic(t, cfg, 1) + ".later"
	errs := make(chan error, 10_000)
	cfg.Logger = errorsOf(errs)
	d := newDesk()
	consuming(t, cfg, "g", name, d)
	began := time.Now()
	for range 3 {
		err := <-errs
		_ = err
	}
	require.Greater(t, time.Since(began), pauses.First/2+pauses.First, "pauses grow")
	require.Less(t, len(errs), 20, "not as fast as the processor allows")
	require.NoError(t, EnsureTopics(t.Context(), cfg, []TopicSpec{{Name: name, Partitions: 1, ReplicationFactor: -1}}))
	fill(t, cfg, name, 0, 0, 3)
	d.until(t, "the messages of the topic that came later", func() bool { return len(d.took) == 3 })
}

// The broker goes away and comes back with its data: nobody has to restart us.
func TestConsume_AndPublishSurviveARestartOfTheBroker(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.DataDir(dir))
	require.NoError(t, err)
	cfg := Config{Brokers: cluster.ListenAddrs(), SessionTimeout: 6 * time.Second, Logger: quiet()}
	name := topic(t, cfg, 2)
	d := newDesk()
	consuming(t, cfg, name, name, d)
	publisher, err := NewPublisher(cfg)
	require.NoError(t, err)
	defer publisher.Close()

	require.NoError(t, publisher.Publish(t.Context(), numbered(name, 0, 100)))
	d.until(t, "100 before", func() bool { return len(d.took) == 100 })
	port := portOf(t, cfg)
	cluster.Close()
	published := make(chan error, 1)
	go func() { published <- publisher.Publish(context.Background(), numbered(name, 100, 100)) }()
	select {
	case err := <-published:
		t.Fatalf("published without a broker: %v", err)
	case <-time.After(500 * time.Millisecond): // the broker is away for a while
	}
	cluster, err = kfake.NewCluster(kfake.NumBrokers(1), kfake.DataDir(dir), kfake.Ports(port))
	require.NoError(t, err)
	t.Cleanup(cluster.Close)
	require.NoError(t, <-published, "a publish waits for the broker to come back")
	d.until(t, "100 after", func() bool { return len(d.took) >= 200 })
	inOrder(t, d.took)
}
