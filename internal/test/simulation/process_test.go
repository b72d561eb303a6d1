package simulation

import (
	"context"
	"slices"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"tenure/contract"
	"tenure/internal/backoff"
	"tenure/internal/bus"
	"tenure/internal/catalog"
	"tenure/internal/feed"
	"tenure/internal/keyring"
	"tenure/internal/relay"
	"tenure/internal/replay"
	"tenure/internal/runs"
	"tenure/internal/store"
	"tenure/internal/worker"
)

// process is one with the roles worker, feed and scheduler of production.
type process struct {
	world *world
	link  *link
	name  string
	ahead atomic.Int64 // by how much its clock is wrong
	end   context.CancelFunc
	ended chan struct{}
}

// Now is business time as the process sees it.
func (p *process) Now() time.Time {
	return p.world.now().Add(time.Duration(p.ahead.Load()))
}

func (w *world) start() *process {
	ctx, cancel := context.WithCancel(context.Background())
	p := &process{world: w, link: newLink(w.net, w.random.Int63()), name: uuid.NewString(), end: cancel,
		ended: make(chan struct{})}
	w.processes = append(w.processes, p)
	go func() {
		defer close(p.ended)
		for ctx.Err() == nil {
			if err := p.run(ctx); err != nil && ctx.Err() == nil {
				w.log.Warn("a start failed", "error", err)
				backoff.Sleep(ctx, startAgain)
			}
		}
	}()
	return p
}

// startAgain is when a process whose start failed is started again, as a supervisor does.
const startAgain = 300 * time.Millisecond

// leaseTTL is long, since the leases of a process that is gone are ended by hand: renewing them costs time.
const leaseTTL = time.Minute

// run is a process from its start to its end.
func (p *process) run(ctx context.Context) error {
	w := p.world
	s, err := store.Open(ctx, w.settings(p.link))
	if err != nil {
		return err
	}
	defer s.Close()
	kafka, lost := w.kafka(p.link), &lostTails{}
	publishes := kafka
	publishes.Observer = lost
	pub, err := bus.NewPublisher(publishes)
	if err != nil {
		return err
	}
	defer func() { _ = pub.Close() }()
	lookup, err := bus.NewTopicReader(kafka)
	if err != nil {
		return err
	}
	defer lookup.Close()
	keys, err := keyring.New(ctx, s, w.log)
	if err != nil {
		return err
	}
	names := catalog.New(s, w.log)
	works := &worker.Worker{Store: s, Publisher: pub, Lookup: lookup, Clock: p, Policy: w.policy, Log: w.log,
		Observer: worker.Quiet{}, Catalog: names, Keys: keys, ChunkEmployees: w.chunk}
	reader := feed.NewReader(s)
	subscribers := append(feed.Projections(reader), relay.Subscribers(reader, names, pub, nil)...)
	planner := &worker.Planner{Store: s, Clock: p, Policy: w.policy, Shards: worker.FixedShards(w.shards()),
		Publisher: pub, Catalog: names, Log: w.log}
	drives := &runs.Driver{Store: s, Publisher: pub, Clock: p, Policy: w.policy, Log: w.log,
		Planner: planner.Plan, Opens: planner.Opens}
	refill := replay.NewRefill(&replay.Runner{Store: s, Kafka: kafka, Lookup: lookup, Publisher: pub,
		Clock: replay.RealClock()}, w.log)
	refill.Filled = pub.Refilled
	lost.refill.Store(refill)
	var g errgroup.Group
	g.Go(func() error { return refill.Run(ctx) })
	g.Go(func() error { return bus.Consume(ctx, kafka, "tenure", contract.CommandTopics(), works) })
	g.Go(func() error {
		return feed.Run(ctx, feed.Config{Store: s, Subscribers: subscribers, Owner: p.name, LeaseTTL: leaseTTL, Log: w.log})
	})
	g.Go(func() error { return drives.Run(ctx) })
	return g.Wait()
}

// lostTails has what topics lose published again, as production does.
type lostTails struct {
	bus.Observer // of what is consumed: nothing is, here
	refill       atomic.Pointer[replay.Refill]
}

// TailLost implements bus.Observer.
func (l *lostTails) TailLost(topic string, partition int32, offset int64) {
	if refill := l.refill.Load(); refill != nil && !slices.Contains(contract.CommandTopics(), topic) {
		refill.TailLost(topic, partition, offset)
	}
}

// kill is kill -9: nothing that the process still does reaches anybody.
func (p *process) kill() {
	p.link.kill()
	p.end()
}

// leave ends the process as it should.
func (p *process) leave() {
	p.end()
	<-p.ended
	p.link.kill()
}
