package bench

import (
	"context"
	"fmt"

	"tenure/internal/command"
	"tenure/internal/store"
)

// plainFrom numbers the baseline's employees, apart from the others.
const plainFrom = 50_000_000

// commands measures how fast commands come into the log: all of them wait on the topic when the worker starts.
func commands(ctx context.Context, p *session) error {
	n := p.Commands
	if err := p.withCompany(ctx); err != nil {
		return err
	}
	creates, err := p.intoLog(ctx, "creates", n, int64(n), int64(hireEvents*n), hire)
	if err != nil {
		return err
	}
	changes, err := p.intoLog(ctx, "changes", n, int64(2*n), int64(hireEvents*n+n),
		func(i int) command.Command { return change(scattered(i, n), 0) })
	if err != nil {
		return err
	}
	plainCreates, plainChanges, err := p.plainBoth(ctx, false)
	if err != nil {
		return err
	}
	p.rate("commands", "employee.create into the log", creates, plainCreates, floorCommands)
	p.rate("commands", "read-modify-write into the log", changes, plainChanges, floorCommands)
	return nil
}

// floorCommands is in commands a second on two cores.
const floorCommands = 30_000

// rate reports commands a second.
func (p *session) rate(scenario, name string, s, plain span, floor float64) {
	p.report.add(Measure{Scenario: scenario, Name: name, Unit: "commands/s", Figure: perSecond(s.n, s.took),
		Baseline: perSecond(plain.n, plain.took), Better: Higher, Floor: floor})
}

// withCompany has a worker take the catalogue, and ends it.
func (p *session) withCompany(ctx context.Context) error {
	c, err := p.start(ctx, roleWorker)
	if err != nil {
		return err
	}
	err = p.company(ctx, c)
	if failed := c.stop(); err == nil {
		err = failed
	}
	return err
}

// intoLog sends n commands, starts a worker, and waits until there are so many outcomes and events in the log.
func (p *session) intoLog(
	ctx context.Context,
	what string,
	n int,
	outcomes, events int64,
	make func(int) command.Command,
) (span, error) {
	p.Say("commands: sending %s %s", grouped(int64(n)), what)
	if err := p.send(ctx, n, "", make); err != nil {
		return span{}, err
	}
	before, err := p.serverEffort(ctx)
	if err != nil {
		return span{}, err
	}
	c, err := p.start(ctx, roleWorker)
	if err != nil {
		return span{}, err
	}
	took, err := p.reach(ctx, c, what, outcomes-int64(n), outcomes, p.outcomesIn(store.FamilyEmployee))
	if err == nil {
		err = p.effort(ctx, "commands", "one of "+what, int64(n), c, before)
	}
	p.memory("commands", fmt.Sprintf("worker's memory, %s", what), c, 0)
	if failed := c.stop(); err == nil {
		err = failed
	}
	if err == nil {
		err = p.made(ctx, events)
	}
	return took, err
}

// memory reports the peak of processes that run beside this one.
func (p *session) memory(scenario, name string, c *processes, floor float64) {
	if peak := c.peak(); peak > 0 {
		p.report.add(
			Measure{Scenario: scenario, Name: name, Unit: "MiB", Figure: mebibytes(peak), Better: Lower, Floor: floor},
		)
	}
}

// plainBoth measures the baseline on creates and on changes of those employees.
func (p *session) plainBoth(ctx context.Context, relays bool) (creates, changes span, err error) {
	n := p.plainCommands()
	base, err := p.newPlain(ctx, relays)
	if err != nil {
		return span{}, span{}, err
	}
	p.Say("baseline: %s commands, a transaction each", grouped(int64(2*n)))
	creates, err = p.plainly(ctx, base, n, "plain creates", func(i int) command.Command { return hire(plainFrom + i) })
	if err != nil {
		return span{}, span{}, err
	}
	changes, err = p.plainly(ctx, base, n, "plain changes",
		func(i int) command.Command { return change(plainFrom+scattered(i, n), 0) })
	return creates, changes, err
}
