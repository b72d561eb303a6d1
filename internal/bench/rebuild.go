package bench

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"tenure/events"
	"tenure/internal/command"
	"tenure/internal/rebuild"
	"tenure/internal/store"
	"tenure/projections"
)

const (
	// The floors of a rebuild, in events of the log a second on two cores.
	floorRebuildEmployees = 80_000
	floorRebuildLines     = 100_000
	// floorVerify is how many times as long as a rebuild a verification may take.
	floorVerify = 1.5
	// rebuildShare of the commands is the number of employees, each with a hire, rebuildChanges changes and a bill.
	rebuildShare   = 4
	rebuildChanges = 2
	// scanPage is what the baseline reads in one round trip.
	scanPage = 10_000
)

// rebuilds measures rebuilding read models from a log of hires, changes and one run: alone, and beside live traffic.
func rebuilds(ctx context.Context, p *session) error {
	p.Employees = max(p.Commands/rebuildShare, 1)
	if err := p.history(ctx); err != nil {
		return err
	}
	for _, of := range projections.All() { // the live tables, as the feed would have written them
		p.Say("rebuild: the live tables of %s", of.Name())
		if _, err := rebuild.Run(ctx, p.store, of, rebuild.Options{DropOld: true}); err != nil {
			return err
		}
	}
	for _, one := range []struct {
		of    projections.Projection
		name  string
		floor float64
	}{
		{projections.Directory{}, "employee documents", floorRebuildEmployees},
		{projections.Lines{}, "invoice lines", floorRebuildLines},
	} {
		if err := p.rebuildAlone(ctx, one.of, one.name, one.floor); err != nil {
			return err
		}
	}
	return p.rebuildBeside(ctx)
}

// history fills the log: each employee is hired with two addons, changed, and billed for a month.
func (p *session) history(ctx context.Context) error {
	if err := p.store.SetClock(ctx, nightBefore); err != nil {
		return err
	}
	if err := p.population(ctx, roleWorker); err != nil {
		return err
	}
	c, err := p.startEach(ctx, roleWorker, roleScheduler)
	if err != nil {
		return err
	}
	for round := range rebuildChanges {
		if _, err = p.changes(ctx, c, p.Employees, round); err != nil {
			break
		}
	}
	if err == nil {
		_, err = p.pass(ctx, c, nightFirst)
	}
	if failed := c.stop(); err == nil {
		err = failed
	}
	return err
}

// changes sends a change for each of the first n employees and waits until all are in the log.
func (p *session) changes(ctx context.Context, c *processes, n, round int) (span, error) {
	known, err := p.outcomesIn(store.FamilyEmployee)(ctx)
	if err != nil {
		return span{}, err
	}
	if err := p.send(ctx, n, "", func(i int) command.Command { return reassign(scattered(i, n), round) }); err != nil {
		return span{}, err
	}
	return p.reach(ctx, c, "changes", known, known+int64(n), p.outcomesIn(store.FamilyEmployee))
}

// reassign is a change that an employee may meet any number of times, one event each.
func reassign(n, round int) command.Command {
	return compose(
		"employee.update.v1",
		employeeID(n),
		fmt.Sprintf("title-%d-%d", n, round),
		object{"title": fmt.Sprintf("Sample title %d", round)},
	)
}

// rebuildAlone measures a rebuild, whose tables are compared with the live ones and swapped, and a verification, with
// nothing else running.
func (p *session) rebuildAlone(ctx context.Context, of projections.Projection, name string, floor float64) error {
	p.Say("rebuild: scan and decode for %s", name)
	plain, err := p.scanAndDecode(ctx, of)
	if err != nil {
		return err
	}
	p.Say("rebuild: %s", name)
	built, err := rebuild.Run(ctx, p.store, of, rebuild.Options{DropOld: true})
	if err != nil {
		return err
	}
	p.Say(
		"rebuild: loaded in %s, indexed in %s, compared in %s, swapped in %s",
		built.Loading,
		built.Indexing,
		built.Comparing,
		built.Following,
	)
	p.Say("rebuild: verify %s", name)
	verified, err := rebuild.Verify(ctx, p.store, of, rebuild.Options{})
	if err != nil {
		return err
	}
	if !rebuild.Equal(built.Tables) || !rebuild.Equal(verified.Tables) || !built.Compared {
		return fmt.Errorf("%s is not what was rebuilt: %+v %+v", name, built.Tables, verified.Tables)
	}
	p.report.add(
		Measure{
			Scenario: "rebuild",
			Name:     "rebuild of " + name,
			Unit:     "events/s",
			Figure:   perSecond(built.Events, built.Took),
			Baseline: perSecond(plain.n, plain.took),
			Better:   Higher,
			Floor:    floor,
		},
	)
	p.report.add(Measure{Scenario: "rebuild", Name: "rows of " + name, Unit: "rows/s",
		Figure: perSecond(built.Tables[0].FreshRows, built.Took), Better: Higher})
	p.report.add(Measure{Scenario: "rebuild", Name: "verify " + name + ", in rebuilds", Unit: "×",
		Figure: verified.Took.Seconds() / built.Took.Seconds(), Better: Lower, Floor: floorVerify})
	return nil
}

// scanAndDecode reads the whole log, shards in parallel, and decodes what the projection wants: what no rebuild can do
// without.
func (p *session) scanAndDecode(ctx context.Context, of projections.Projection) (span, error) {
	heads, err := p.store.Heads(ctx)
	if err != nil {
		return span{}, err
	}
	s := span{}
	began := time.Now()
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(p.report.Machine.Cores)
	for shard, head := range heads {
		s.n += head.Head
		g.Go(func() error { return p.scanShard(ctx, of, shard) })
	}
	err = g.Wait()
	s.took = time.Since(began)
	return s, err
}

func (p *session) scanShard(ctx context.Context, of projections.Projection, shard store.ShardID) error {
	for after := int64(0); ; {
		page, err := p.store.Events(ctx, shard, after, scanPage)
		if err != nil || len(page) == 0 {
			return err
		}
		for i := range page {
			if !of.Wants(page[i].Type) {
				continue
			}
			if _, err := events.Decode(page[i].Type, page[i].Payload); err != nil {
				return err
			}
		}
		after = page[len(page)-1].Position
	}
}

// rebuildBeside measures how much of its rate live traffic keeps while documents are rebuilt again and again.
func (p *session) rebuildBeside(ctx context.Context) error {
	c, err := p.start(ctx, roleWorker, roleFeed)
	if err != nil {
		return err
	}
	p.Say("rebuild: live traffic alone")
	quiet, err := p.changes(ctx, c, p.Employees, rebuildChanges)
	if err == nil {
		err = p.besideTraffic(ctx, c, quiet)
	}
	if failed := c.stop(); err == nil {
		err = failed
	}
	return err
}

func (p *session) besideTraffic(ctx context.Context, c *processes, quiet span) error {
	p.Say("rebuild: live traffic beside rebuilds")
	building, stop := context.WithCancel(ctx)
	defer stop()
	done, built := make(chan error, 1), span{}
	go func() {
		for building.Err() == nil {
			r, err := rebuild.Run(building, p.store, projections.Directory{}, rebuild.Options{DropOld: true})
			if err != nil {
				done <- err
				return
			}
			built.n, built.took = built.n+r.Events, built.took+r.Took
		}
		done <- nil
	}()
	busy, err := p.changes(ctx, c, p.Employees, rebuildChanges+1)
	stop()
	failed := <-done
	if err != nil {
		return err
	}
	if failed != nil && !errors.Is(failed, context.Canceled) { // it is stopped where it is when the traffic is over
		return failed
	}
	alone, beside := perSecond(quiet.n, quiet.took), perSecond(busy.n, busy.took)
	p.report.add(Measure{Scenario: "rebuild", Name: "live traffic beside a rebuild", Unit: "commands/s", Figure: beside,
		Baseline: alone, Better: Higher})
	p.report.add(Measure{Scenario: "rebuild", Name: "share of its rate that it keeps", Unit: "%",
		Figure: 100 * beside / max(alone, 1), Better: Higher})
	if built.n > 0 {
		p.report.add(Measure{Scenario: "rebuild", Name: "rebuild of employee documents beside it", Unit: "events/s",
			Figure: perSecond(built.n, built.took), Better: Higher})
	}
	return nil
}
