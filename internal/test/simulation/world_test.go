package simulation

import (
	"context"
	"log/slog"
	"math/rand"
	"os"
	"runtime/pprof"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"tenure/billing"
	"tenure/contract"
	"tenure/domain"
	"tenure/internal/bus"
	"tenure/internal/command"
	"tenure/internal/embedded"
	"tenure/internal/store"
	"tenure/internal/test/database"
	"tenure/internal/test/digest"
	"tenure/internal/test/running"
)

const (
	// partitions is how many shards of employees a world has.
	partitions = 3
	// patience bounds every wait, in simulated time: sessions, leases and pauses have to run out.
	patience = 4 * time.Minute
	// noticedWithin is how long processes have to publish again what they know to be lost: they wait up to a minute
	// between attempts, and in each of them up to a minute for the relays.
	noticedWithin = 10 * time.Minute
	// look is how often a wait looks, in simulated time.
	look = 50 * time.Millisecond
	// readersPause is how long readers have to catch up before all leases are taken to be over. The statement by which
	// a process took them may come to the database after its death, or its answer be lost: then the lease runs out, and
	// of the database's minute, see expire, nothing passes in simulated time.
	readersPause = 20 * time.Second
	// drained is how long sarama's goroutines may take to end, in simulated time: a producer tries for ten minutes.
	drained = time.Hour
)

// world is everything in which one life is lived: a broker, a database, processes, a clock.
type world struct {
	t        testing.TB
	dsn      string
	random   *rand.Rand
	net      *network
	broker   *kfake.Cluster
	own      *link // of who sends the commands and looks
	store    *store.Store
	pub      atomic.Pointer[bus.Publisher]
	former   []*bus.Publisher // of senders that started again
	policy   billing.Policy
	log      *slog.Logger
	clock    atomic.Pointer[time.Time]
	shown    time.Time // the latest time that a wrong clock has shown
	chunk    int
	wild     bool // faults happen
	often    int  // the number of the fault that happens often
	moment   moment
	happened map[string]int
	sent     atomic.Pointer[[]bus.Message] // last
	settled  atomic.Bool                   // the day's commands to the catalogue are answered
	// losesNext has the broker lose what is published next, or its end.
	losesNext atomic.Bool
	loses     *loss
	// losesOutput has it lose what is published of the log.
	losesOutput *loss
	// recordsAhead is by how much the time of records is wrong.
	recordsAhead atomic.Int64
	asks         chan func() // what is done between two faults; nil while none happen
	promoted     bool
	lostNight    bool              // a part of it was promoted away
	standby      *database.Standby // waits to be promoted; nil: none
	daysBegun    int
	replays      []store.Replay // that were done
	processes    []*process
	dead         []*process // may still be ending
}

func newWorld(t testing.TB, dsn string, first time.Time, seed int64) *world {
	t.Helper()
	w := &world{t: t, dsn: dsn, random: rand.New(rand.NewSource(seed)), often: int(seed), net: newNetwork(),
		log: running.Log(), chunk: 4, moment: momentOf(seed),
		happened: map[string]int{}}
	w.own = newLink(w.net, 0)
	var err error
	w.broker, err = kfake.NewCluster(kfake.Ports(0), kfake.ListenFn(w.net.listen),
		kfake.GroupMinSessionTimeout(time.Second))
	require.NoError(t, err)
	w.broker.ControlKey(int16(kmsg.Fetch), w.answersAtOnce)
	w.loses, w.losesOutput = newLoss(w.broker, losable), newLoss(w.broker, digest.Published())
	w.losesOutput.later = true
	embedded.DropSilentMembers(w.broker)
	p, err := billing.DefaultPolicy().With("ledgers", "CUSTOMER,RESELLER,COST")
	require.NoError(t, err)
	w.policy, err = p.Ready()
	require.NoError(t, err)
	w.store, err = store.Open(context.Background(), w.settings(w.own))
	require.NoError(t, err)
	require.NoError(t, bus.EnsureTopics(context.Background(), w.kafka(w.own), bus.Topics(partitions)))
	pub, err := bus.NewPublisher(w.kafka(w.own))
	require.NoError(t, err)
	w.pub.Store(pub)
	w.set(first)
	return w
}

// answersAtOnce has the broker answer a fetch that finds nothing: sarama keeps a broker locked until its answer is
// there, and simulated time does not pass while anybody waits for a lock. The pause is made by pace instead.
func (w *world) answersAtOnce(r kmsg.Request) (kmsg.Response, error, bool) {
	w.broker.KeepControl()
	r.(*kmsg.FetchRequest).MaxWaitMillis = 0
	return nil, nil, false
}

// settings are those of a process's connections to the database.
func (w *world) settings(l *link) store.Config {
	return store.Config{DSN: w.dsn, Dial: l.postgres, MaxConns: 4}
}

func (w *world) kafka(l *link) bus.Config {
	return bus.Config{Brokers: w.broker.ListenAddrs(), ClientID: "simulation", Tune: l.tune, Logger: w.log,
		SessionTimeout: 2 * time.Second, RebalanceTimeout: 3 * time.Second}
}

func (w *world) shards() []int32 {
	all := make([]int32, partitions)
	for i := range all {
		all[i] = int32(store.ShardOf(store.FamilyEmployee, int32(i)))
	}
	return all
}

func (w *world) now() time.Time { return *w.clock.Load() }

// set moves the clock.
func (w *world) set(at time.Time) {
	w.clock.Store(&at)
	w.eventually("the clock is moved", func() bool { return w.store.SetClock(context.Background(), at) == nil })
}

// close ends the world, and waits until nothing of it runs any more.
func (w *world) close() {
	for _, p := range w.processes {
		p.leave()
	}
	w.newDay()
	for _, pub := range append(w.former, w.pub.Load()) {
		_ = pub.Close()
	}
	w.store.Close()
	w.own.kill()
	w.broker.Close()
	<-time.After(drained)
}

func (w *world) eventually(what string, holds func() bool) {
	w.t.Helper()
	for deadline := time.Now().Add(patience); !holds(); {
		moments.Add(1)
		if time.Now().After(deadline) {
			w.dump()
			require.Fail(w.t, "not within "+patience.String(), what)
		}
		<-time.After(look)
	}
}

// dump writes what everybody waits for and how far the partitions are, where the log is asked for too.
func (w *world) dump() {
	if !running.Logs() {
		return
	}
	_ = pprof.Lookup("goroutine").WriteTo(os.Stderr, 2)
	heads, err := w.store.Heads(context.Background())
	w.log.Info("simulation: heads", "error", err, "heads", heads)
	reader, err := bus.NewTopicReader(w.kafka(w.own))
	if err != nil {
		return
	}
	defer reader.Close()
	topics, err := reader.TopicStates(context.Background(), contract.CommandTopics())
	w.log.Info("simulation: topics", "error", err, "topics", topics)
	for shard, head := range heads {
		last, err := w.store.OutcomesAfter(context.Background(), shard, head.OutcomesHead-1, 1)
		if err == nil && len(last) == 1 {
			w.log.Info("simulation: last outcome", "shard", shard, "stream", last[0].Stream, "answer", string(last[0].Answer))
		}
	}
}

// publish sends commands.
func (w *world) publish(list ...order) {
	w.t.Helper()
	messages := make([]bus.Message, len(list))
	for i, o := range list {
		o.At = time.Now().Add(time.Duration(w.recordsAhead.Load()))
		m, err := command.Compose(o)
		require.NoError(w.t, err)
		messages[i] = m
	}
	if canLose(messages) && w.losesNext.CompareAndSwap(true, false) {
		w.loses.begin(len(messages) % 2)
		w.send(messages)
		w.loses.end()
		w.sendAgain()
	}
	w.send(messages)
	w.sent.Store(&messages)
}

// sendAgain has who gets no answers start again, to send what it sent in the same order. One that went on would number
// its messages behind those that were lost, of which the broker refuses the first ones and takes later ones.
func (w *world) sendAgain() {
	w.t.Helper()
	w.former = append(w.former, w.pub.Load()) // may be sending
	w.eventually("a sender starts again", func() bool {
		pub, err := bus.NewPublisher(w.kafka(w.own))
		if err == nil {
			w.pub.Store(pub)
		}
		return err == nil
	})
}

func (w *world) send(messages []bus.Message) {
	w.t.Helper()
	w.eventually("the broker takes the messages", func() bool {
		return w.pub.Load().Publish(context.Background(), messages) == nil
	})
}

// answered waits until each command has its final outcome, or is parked.
func (w *world) answered(list ...order) {
	w.t.Helper()
	for _, o := range list {
		about, _ := domain.CommandKind(o.Type)
		w.eventually("an answer to "+o.Type+" "+o.ID, func() bool {
			_, ok, err := w.store.Outcome(context.Background(), domain.Stream(about, o.Subject), o.ID)
			return err == nil && (ok || w.parked(o))
		})
	}
}

// taken waits until every command is taken, those too that came before. The time of a decision is the clock's here, so
// that what is taken again, after the end of the log was lost, has the same time only on the same day.
func (w *world) taken() {
	w.t.Helper()
	w.eventually("every command is taken", func() bool {
		reader, err := bus.NewTopicReader(w.kafka(w.own))
		if err != nil {
			return false
		}
		defer reader.Close()
		topics, err := reader.TopicStates(context.Background(), contract.CommandTopics())
		if err != nil {
			return false
		}
		heads, err := w.store.Heads(context.Background())
		return err == nil && !slices.ContainsFunc(topics, func(topic bus.TopicState) bool {
			for partition, at := range topic.Partitions {
				number, _ := contract.ShardOf(topic.Topic, int32(partition))
				if heads[store.ShardID(number)].NextOffset < at.Newest {
					return true
				}
			}
			return false
		})
	})
}

func (w *world) parked(o order) bool {
	all, err := w.store.ParkedList(context.Background(), store.ParkedFilter{})
	return err == nil && slices.ContainsFunc(all, func(p store.Parked) bool { return p.CommandID == o.ID })
}
