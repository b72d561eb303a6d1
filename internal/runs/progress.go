package runs

import (
	"context"
	"fmt"
	"time"

	"tenure/domain"
	"tenure/events"
	"tenure/internal/clock"
	"tenure/internal/history"
	"tenure/internal/runstate"
	"tenure/internal/store"
	"tenure/scheduler"
)

// BoundsFor are bounds as they count by a clock: where it is simulated no night is late when time jumps.
func BoundsFor(c clock.Clock, b scheduler.Bounds) scheduler.Bounds {
	if _, simulated := c.(*clock.Simulated); simulated {
		b.DaysBehind = 0
	}
	return b
}

// Progress is how far a run is, for any process: all of it comes from the database.
type Progress struct {
	Run       *domain.Run
	State     string
	Started   time.Time // business time; zero: not yet
	Shards    []ShardProgress
	Done      int // shards that are through
	Examined  int64
	Billed    int64
	NotBilled int64
	Expected  int64        // employees that its plan examined; 0: not known
	Halts     []store.Halt // what operators have stopped
	Refused   []string     // steps that were refused or parked, and why

	rows []store.RunShard
}

// ShardProgress is how far a run is in one shard.
type ShardProgress struct {
	Shard     int32
	State     string // open, done, abandoned; empty: not opened
	Examined  int64
	Billed    int64
	NotBilled int64
	Expected  int64 // employees that the plan examined in it
}

// ProgressOf reads how far a run is. The error names a run that is neither planned nor started.
func ProgressOf(ctx context.Context, s *store.Store, id string) (Progress, error) {
	run, err := runstate.Read(ctx, s, id)
	if err != nil {
		return Progress{}, err
	}
	if run.Planned == nil && run.Started == nil {
		return Progress{}, fmt.Errorf("there is no run %s", id)
	}
	p := Progress{Run: run}
	if p.Halts, err = s.Halts(ctx); err != nil {
		return p, err
	}
	if err := p.readShards(ctx, s); err != nil {
		return p, err
	}
	if run.Planned != nil {
		p.Expected = run.Planned.Summary.Examined
	}
	p.State = p.state()
	return p, p.readRefused(ctx, s)
}

func (p *Progress) readShards(ctx context.Context, s *store.Store) error {
	if p.Run.Started == nil {
		return nil
	}
	rows, err := s.RunShards(ctx, p.Run.ID)
	if err != nil {
		return err
	}
	p.rows = rows
	byShard := map[int32]ShardProgress{}
	for _, r := range rows {
		byShard[int32(r.Shard)] = ShardProgress{
			Shard:     int32(r.Shard),
			State:     r.State,
			Examined:  r.Examined,
			Billed:    r.Billed,
			NotBilled: r.NotBilled,
		}
		p.Examined, p.Billed, p.NotBilled = p.Examined+r.Examined, p.Billed+r.Billed, p.NotBilled+r.NotBilled
		if r.State != store.RunOpen {
			p.Done++
		}
	}
	expected := map[int32]int64{}
	if p.Run.Planned != nil {
		for _, head := range p.Run.Planned.Heads {
			expected[head.Shard] = head.Examined
		}
	}
	for _, shard := range p.Run.Started.Shards {
		one := byShard[shard]
		one.Shard, one.Expected = shard, expected[shard]
		p.Shards = append(p.Shards, one)
	}
	started, _, err := history.Find[events.RunStarted](ctx, s, domain.Stream(domain.KindRun, p.Run.ID))
	p.Started = started.At
	return err
}

// state is the state of the run, by the same table that drives it.
func (p *Progress) state() string {
	switch {
	case p.Run.Abandoned != "":
		return StateAbandoned
	case p.Run.Completed:
		return StateCompleted
	}
	n := night{run: p.Run, shards: p.rows}
	n.halted = halted(p.Halts)
	return n.stage().state
}

// readRefused reads the outcomes of the steps that the run waits for.
func (p *Progress) readRefused(ctx context.Context, s *store.Store) error {
	for _, step := range p.waitsFor() {
		why, _, err := refusal(ctx, s, step)
		if err != nil {
			return err
		}
		if why != "" {
			p.Refused = append(p.Refused, fmt.Sprintf("%s of %s: %s", step.Type, step.Subject, why))
		}
	}
	return nil
}

func (p *Progress) waitsFor() []scheduler.Step {
	run := p.Run
	switch {
	case run.Completed:
		return nil
	case run.Started == nil && scheduler.NeedsApproval(run):
		return nil
	case run.Started == nil:
		return []scheduler.Step{scheduler.Start(run, nil, 0)}
	case p.Done == len(run.Started.Shards):
		return []scheduler.Step{scheduler.Complete(run.ID)}
	}
	opened := map[int32]bool{}
	for _, shard := range p.Shards {
		opened[shard.Shard] = shard.State != ""
	}
	return scheduler.Open(*run.Started, opened)
}

// Rate is how many employees a second the run has examined since its start, and how long the rest of its plan takes at
// that rate. Both are 0 where they are not known: before the start, while it is blocked, and while the clock is.
func (p *Progress) Rate(now time.Time) (perSecond int64, left time.Duration) {
	took := now.Sub(p.Started)
	if p.State != StateRunning || p.Started.IsZero() || took < rateAfter || p.Examined == 0 {
		return 0, 0
	}
	perSecond = p.Examined * int64(time.Second) / int64(took)
	if rest := p.Expected - p.Examined; rest > 0 {
		left = time.Duration(int64(took) / p.Examined * rest).Round(time.Second)
	}
	return perSecond, left
}

// rateAfter is how long a run has to be under way before its rate means something.
const rateAfter = 2 * time.Second
