package runs

import (
	"context"
	"fmt"

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

// progress is a Progress while it is read.
type progress struct {
	runstate.Progress
	rows []store.RunShard
}

// ProgressOf reads how far a run is. The error names a run that is neither planned nor started.
func ProgressOf(ctx context.Context, s *store.Store, id string) (runstate.Progress, error) {
	run, err := runstate.Read(ctx, s, id)
	if err != nil {
		return runstate.Progress{}, err
	}
	if run.Planned == nil && run.Started == nil {
		return runstate.Progress{}, fmt.Errorf("there is no run %s", id)
	}
	p := progress{Progress: runstate.Progress{Run: run}}
	if p.Halts, err = s.Halts(ctx); err != nil {
		return p.Progress, err
	}
	if err := p.readShards(ctx, s); err != nil {
		return p.Progress, err
	}
	if run.Planned != nil {
		p.Expected = run.Planned.Summary.Examined
	}
	p.State = p.state()
	return p.Progress, p.readRefused(ctx, s)
}

func (p *progress) readShards(ctx context.Context, s *store.Store) error {
	if p.Run.Started == nil {
		return nil
	}
	rows, err := s.RunShards(ctx, p.Run.ID)
	if err != nil {
		return err
	}
	p.rows = rows
	byShard := map[int32]runstate.ShardProgress{}
	for _, r := range rows {
		byShard[int32(r.Shard)] = runstate.ShardProgress{
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
func (p *progress) state() string {
	switch {
	case p.Run.Abandoned != "":
		return runstate.StateAbandoned
	case p.Run.Completed:
		return runstate.StateCompleted
	}
	n := night{run: p.Run, shards: p.rows}
	n.halted = halted(p.Halts)
	return n.stage().state
}

// readRefused reads the outcomes of the steps that the run waits for.
func (p *progress) readRefused(ctx context.Context, s *store.Store) error {
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

func (p *progress) waitsFor() []scheduler.Step {
	run := p.Run
	switch {
	case run.Completed:
		return nil
	case run.Started == nil && scheduler.NeedsApproval(run):
		return nil
	case run.Started == nil:
		return []scheduler.Step{scheduler.Start(run, 0)}
	case p.Done == len(run.Started.Shards):
		return []scheduler.Step{scheduler.Complete(run.ID)}
	}
	opened := map[int32]bool{}
	for _, shard := range p.Shards {
		opened[shard.Shard] = shard.State != ""
	}
	return scheduler.Open(*run.Started, opened)
}
