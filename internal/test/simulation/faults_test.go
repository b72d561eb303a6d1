package simulation

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"tenure/internal/feed"
	"tenure/internal/test/database"

	"github.com/jackc/pgx/v5"
)

const (
	// faultsADay is how often something happens on a day at least: also after everything was answered, when nothing new
	// comes.
	faultsADay = 4
	// faultsADayMax is how often at most: processes that are killed faster than they start come to no end.
	faultsADayMax = 10
)

// disturb does something to a world at random, again and again, until stopped is called. What it did is counted. Each
// world has one fault that happens often, so that those which need each other meet.
func (w *world) disturb() (stopped func() map[string]int) {
	enough, done := make(chan struct{}), make(chan struct{})
	w.asks = make(chan func())
	counts := map[string]int{}
	go func() {
		defer close(done)
		for happened := 0; ; {
			pause := time.After(time.Duration(50+w.random.Intn(1_000)) * time.Millisecond)
			if happened >= faultsADayMax {
				w.calm()
				pause = nil
			}
			over := enough
			if happened < faultsADay {
				over = nil
			}
			select {
			case <-over:
				return
			case ask := <-w.asks:
				ask()
			case <-w.net.moment.came:
				if w.promoteNow() {
					counts["a promotion "+w.moment.name]++
					happened++
				}
			case <-pause:
				if f := w.anyFault(); f.happens(w, w.processes[w.random.Intn(len(w.processes))]) {
					counts[f.name]++
					happened++
				}
			}
		}
	}()
	return func() map[string]int {
		close(enough)
		<-done
		w.asks = nil
		w.calm()
		return counts
	}
}

// anyFault picks one.
func (w *world) anyFault() fault {
	if w.random.Intn(2) == 0 {
		return faults[w.often%len(faults)]
	}
	return faults[w.random.Intn(len(faults))]
}

// calm ends what lasts. It is not promised when anything is done while a tenth of all requests is lost: a claim alone
// needs thirty that follow each other. It is promised that everything is done when that is over.
func (w *world) calm() {
	for _, p := range w.processes {
		p.link.lossy(0)
	}
	w.losesOutput.end()
	w.setRight()
}

// setRight sets the clocks of all processes right. Time goes on until it is what the wrong ones have shown: a shard
// never decides for a time before its last decision, and a plan of the future starts no night. With a real clock the
// database refuses what is ahead of it; a simulated clock is the database's, and no process has another.
func (w *world) setRight() {
	for _, p := range w.processes {
		p.ahead.Store(0)
	}
	if w.shown.After(w.now()) {
		w.set(w.shown)
	}
}

// fault is what may happen to a world, or to one of its processes; false: not now.
type fault struct {
	name    string
	happens func(*world, *process) bool
}

// processesMax is how many processes a world has at most.
const processesMax = 3

var faults = []fault{
	{"requests and answers of database and broker are lost", func(w *world, p *process) bool {
		p.link.lossy([]float64{0, 0.02, 0.1}[w.random.Intn(3)])
		return true
	}},
	{"a process is killed", func(w *world, p *process) bool {
		w.replace(p)
		return true
	}},
	{"a process is stopped past its session, and continued", func(w *world, p *process) bool {
		p.link.stop(time.Duration(100+w.random.Intn(6_000)) * time.Millisecond)
		if w.random.Intn(2) == 0 {
			w.expire(p.name)
		}
		return true
	}},
	{"sessions of the database are ended", func(_ *world, p *process) bool {
		p.link.drop()
		return true
	}},
	{"a clock jumps", func(w *world, p *process) bool {
		if w.standby != nil || w.promoted {
			return false // what is taken again is decided at the world's time, as it was
		}
		ahead := time.Duration(w.random.Intn(9)-4) * time.Hour
		p.ahead.Store(int64(ahead))
		if at := w.now().Add(ahead); at.After(w.shown) {
			w.shown = at
		}
		return true
	}},
	{"a process joins", func(w *world, _ *process) bool {
		if len(w.processes) >= processesMax {
			return false
		}
		w.start()
		return true
	}},
	{"a process leaves", func(w *world, p *process) bool {
		if len(w.processes) < 2 {
			return false
		}
		w.dismiss(p)
		return true
	}},
	{"the end of a topic is lost, and sent again", func(w *world, _ *process) bool {
		return w.losesNext.CompareAndSwap(false, true)
	}},
	{"the end of an output topic is lost, and published again", func(w *world, _ *process) bool {
		w.losesOutput.once(w.random.Intn(2))
		return true
	}},
	{"a partition cannot be read, and others can", func(w *world, _ *process) bool {
		w.unreadable(w.random)
		return true
	}},
	{"the time of records jumps", func(w *world, _ *process) bool {
		w.recordsAhead.Store(int64(time.Duration(w.random.Intn(9)-4) * time.Hour))
		return true
	}},
	{"commands are sent again", func(w *world, _ *process) bool { return w.repeat() }},
	{"a standby without the last commits is promoted", func(w *world, _ *process) bool {
		if w.promoteNow() {
			return true
		}
		if w.settled.Load() {
			w.copyDatabase()
		}
		return false
	}},
}

// repeat sends some of what was sent again.
func (w *world) repeat() bool {
	sent := w.sent.Load()
	if sent == nil || len(*sent) == 0 {
		return false
	}
	first := w.random.Intn(len(*sent))
	again := (*sent)[first:min(first+5, len(*sent))]
	return w.pub.Load().Publish(context.Background(), again) == nil
}

// replace kills a process and starts another one in its place.
func (w *world) replace(p *process) {
	p.kill()
	w.remove(p)
	w.dead = append(w.dead, p)
	w.expire(p.name)
	w.start()
}

// dismiss ends a process as it should end. What it cannot give back, since its database is out of reach, runs out.
func (w *world) dismiss(p *process) {
	w.remove(p)
	p.leave()
	w.expire(p.name)
}

func (w *world) remove(p *process) {
	for i, one := range w.processes {
		if one == p {
			w.processes = append(w.processes[:i:i], w.processes[i+1:]...)
			return
		}
	}
}

// apart ends all connections to the database while something is done that needs it without any.
func (w *world) apart(do func()) {
	w.net.holds.begin()
	defer w.net.holds.end()
	w.own.drop()
	for _, p := range append(w.dead, w.processes...) {
		p.link.drop()
	}
	do()
}

// copyDatabase makes the standby. Clocks are right from now on, and time does not move: what is taken again, after the
// standby has been promoted, is decided at the time at which it was.
func (w *world) copyDatabase() {
	w.setRight()
	w.apart(func() { w.standby = database.NewStandby(w.t, w.dsn) })
}

// promoteNow puts the copy in the place of the database, if there is one. It takes longer than a lease.
func (w *world) promoteNow() (promoted bool) {
	if w.standby == nil {
		return false
	}
	w.net.moment.end()
	w.apart(w.standby.Promote)
	w.standby, w.promoted = nil, true
	w.lostNight = w.lostNight || !w.settled.Load()
	w.expireAll()
	return true
}

// operate is what an operator does after a failover: a relay that looked at its topics before the log had caught up
// with them has stopped, and says so; it goes on in a process that is started again.
func (w *world) operate() {
	if !w.promoted {
		return
	}
	if w.lostNight {
		w.acceptTails()
	}
	for _, p := range slices.Clone(w.processes) {
		w.dismiss(p)
		w.start()
	}
	if w.lostNight {
		w.fillTopics()
	}
	w.promoted, w.lostNight = false, false
}

// acceptTails is tenure replay accept, for every relay and shard: a night that is billed again may meet what time does
// to employees in another order, so that the topics have the same events at other positions. Relays compare that with
// the time of messages, which is simulated here and ahead of the database's.
func (w *world) acceptTails() {
	w.exec("DELETE FROM accepted_tails") // the last one counts
	for _, reader := range []string{feed.RelayName, feed.OutcomesName} {
		w.eventually("the topics are accepted", func() bool {
			heads, err := w.store.Heads(context.Background())
			for shard := range heads {
				err = cmp.Or(err, w.store.AcceptTail(context.Background(), reader, shard, "a failover", "operator"))
			}
			return err == nil
		})
	}
	w.exec(fmt.Sprintf("UPDATE accepted_tails SET at = '%s'", time.Now().UTC().Format(time.RFC3339Nano)))
}

// newDay forgets the copy: what is ordered on one day is not to be taken again on the next, when the world's clock,
// which is no broker's, has moved on.
func (w *world) newDay() {
	w.settled.Store(false)
	w.daysBegun++
	w.net.moment.end()
	w.dropStandby()
}

func (w *world) dropStandby() {
	if w.standby != nil {
		w.standby.Drop()
		w.standby = nil
	}
}

// expire ends the leases of a process that is gone. Leases are counted by the database, whose time is real: minutes of
// simulated time pass in none of it, so that a lease that nobody gave back would outlive every wait.
func (w *world) expire(owner string) {
	w.exec(fmt.Sprintf("UPDATE leases SET lease_until = '1970-01-01Z' WHERE owner = '%s'", owner))
	w.expireReplays() // whose owners have other names
}

func (w *world) expireAll() { w.exec("UPDATE leases SET lease_until = '1970-01-01Z'") }

// exec runs a statement behind everybody's back, however long rows are locked.
func (w *world) exec(sql string) {
	w.eventually(sql, func() bool {
		ctx := context.Background()
		c, err := pgx.Connect(ctx, w.dsn)
		if err != nil {
			return false
		}
		defer func() { _ = c.Close(ctx) }()
		_, err = c.Exec(ctx, sql)
		return err == nil
	})
}
