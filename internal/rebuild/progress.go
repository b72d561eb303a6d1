package rebuild

import (
	"sync"
	"sync/atomic"
	"time"
)

// sayEvery is how often progress is told.
const sayEvery = 500 * time.Millisecond

// Progress is how far a rebuild or a verification is.
type Progress struct {
	Phase string        // load, index, compare, follow
	Done  int64         // events of the log gone through, former starts included
	All   int64         // events to go through while loading
	Rate  float64       // events a second, since this start
	Left  time.Duration // of loading, at this rate; 0: not known
}

// meter counts what is done and tells it.
type meter struct {
	say        func(Progress)
	done, from atomic.Int64
	total      atomic.Int64
	name       atomic.Value // of the phase
	began      time.Time
	quit       chan struct{}
	told       sync.WaitGroup
}

func newMeter(say func(Progress)) *meter {
	m := &meter{say: say, began: time.Now(), quit: make(chan struct{})}
	m.name.Store("begin")
	if say != nil {
		m.told.Go(m.run)
	}
	return m
}

// begin says how much there is to do, and how much of it former starts have done.
func (m *meter) begin(total, done int64) {
	m.total.Store(total)
	m.done.Store(done)
	m.from.Store(done)
}

func (m *meter) all() int64 { return m.total.Load() }

func (m *meter) add(n int64) { m.done.Add(n) }

func (m *meter) phase(name string) { m.name.Store(name) }

func (m *meter) run() {
	ticker := time.NewTicker(sayEvery)
	defer ticker.Stop()
	for {
		select {
		case <-m.quit:
			return
		case now := <-ticker.C:
			m.say(m.at(now))
		}
	}
}

// at is the progress at a time.
func (m *meter) at(now time.Time) Progress {
	name, _ := m.name.Load().(string)
	p := Progress{Phase: name, Done: m.done.Load(), All: m.total.Load()}
	if took := now.Sub(m.began); took > 0 {
		p.Rate = float64(p.Done-m.from.Load()) / took.Seconds()
	}
	if left := p.All - p.Done; left > 0 && p.Rate > 0 {
		p.Left = time.Duration(float64(left) / p.Rate * float64(time.Second))
	}
	return p
}

// stop tells no more.
func (m *meter) stop() {
	close(m.quit)
	m.told.Wait()
}
