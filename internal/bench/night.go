package bench

import (
	"context"
	"fmt"
	"time"

	"tenure/billing"
	"tenure/internal/command"
	"tenure/internal/runs"
	"tenure/internal/store"
)

// The days of the nightly runs: employees begin on the first, when the run bills their first month.
var (
	nightBefore = time.Date(2026, 10, 20, 12, 0, 0, 0, time.UTC)
	nightFirst  = time.Date(2026, 11, 1, 6, 0, 0, 0, time.UTC)
	nightSecond = nightFirst.AddDate(0, 0, 1)
	nightThird  = nightFirst.AddDate(0, 0, 2)
)

const (
	// linesEach is the lines of one employee in a run: product and two addons in two ledgers.
	linesEach = 6
	// hireAllEvents is what a hire with two addons makes.
	hireAllEvents = 4
	// fewShare of the employees are due in the last run.
	fewShare = 100
	// clockSeen is by when a worker has seen that the clock was moved.
	clockSeen = 300 * time.Millisecond
)

// The floors of a nightly run with a million employees, in seconds.
const (
	floorNight  = 240
	floorPlan   = 240
	floorAgain  = 5
	floorFewDue = 10
)

// hireAll is the creation of an employee with a product and two addons from the first of the run's month on.
func hireAll(n int) command.Command {
	from := day(billing.DateOf(nightFirst, time.UTC))
	return compose("employee.create.v1", employeeID(n), fmt.Sprintf("hire-%d", n), object{
		"customer": customerID(n), "name": fmt.Sprintf("Sample employee %07d", n), "product": userProduct, "effective": from,
		"addonProducts": []object{
			{"_id": fmt.Sprintf("5d1%021d", n), "product": addonProduct, "units": 2, "start": from},
			{"_id": fmt.Sprintf("5d2%021d", n), "product": secondProduct, "start": from},
		}})
}

// addLate is an addon that begins on the day of the third run.
func addLate(n int) command.Command {
	id := fmt.Sprintf("late-%d", n)
	return compose("employee.add_addon.v1", employeeID(n), id, object{
		"_id": fmt.Sprintf("5d3%021d", n), "product": secondProduct, "start": day(billing.DateOf(nightThird, time.UTC))})
}

// night measures the run of a first, the same again, one in which no employee is due, and one in which one in a hundred
// is.
func night(ctx context.Context, p *session) error {
	n := p.Employees
	if err := p.store.SetClock(ctx, nightBefore); err != nil {
		return err
	}
	if err := p.population(ctx, n); err != nil {
		return err
	}
	c, err := p.start(ctx, roleWorker)
	if err != nil {
		return err
	}
	err = p.nights(ctx, c, n)
	p.memory("night", "worker's memory", c, memoryMax)
	if failed := c.stop(); err == nil {
		err = failed
	}
	return err
}

// population creates the employees with a separate worker, so that the memory of the run is measured alone.
func (p *session) population(ctx context.Context, n int) error {
	c, err := p.start(ctx, roleWorker)
	if err != nil {
		return err
	}
	err = p.company(ctx, c)
	p.Say("night: creating %s employees", grouped(int64(n)))
	if err == nil {
		err = p.send(ctx, n, "", hireAll)
	}
	if err == nil {
		_, err = p.reach(ctx, c, "employees", 0, int64(n), p.outcomesIn(store.FamilyEmployee))
	}
	if failed := c.stop(); err == nil {
		err = failed
	}
	if err == nil {
		err = p.made(ctx, int64(hireAllEvents*n))
	}
	return err
}

func (p *session) nights(ctx context.Context, c *processes, n int) error {
	if err := p.planOnly(ctx, n); err != nil {
		return err
	}
	before, err := p.serverEffort(ctx)
	if err != nil {
		return err
	}
	first, wal, err := p.firstNight(ctx, c, n)
	if err == nil {
		err = p.effort(ctx, "night", "an employee", int64(n), c, before)
	}
	if err != nil {
		return err
	}
	events, err := p.eventsIn(store.FamilyEmployee)(ctx)
	if err != nil {
		return err
	}
	sizes, err := p.sample(ctx, events-int64(hireAllEvents*n), int64(n))
	if err != nil {
		return err
	}
	p.Say("night: the same rows by COPY")
	copied, err := p.rawCopy(ctx, sizes)
	if err != nil {
		return err
	}
	p.reportNight(n, first, copied, wal)
	if err := p.againAndEmpty(ctx, c, events); err != nil {
		return err
	}
	return p.fewDue(ctx, c, n)
}

// planOnly computes the plan of the first run, in this process and without writing anything of it.
func (p *session) planOnly(ctx context.Context, n int) error {
	p.Say("night: plan of %s", nightFirst.Format(time.DateOnly))
	began := time.Now()
	plan, err := p.driver(nightFirst).Planner().Plan(ctx, billing.DateOf(nightFirst, time.UTC))
	if err != nil {
		return err
	}
	if plan.Summary.Billed != int64(n) {
		return fmt.Errorf("the plan bills %d employees instead of %d", plan.Summary.Billed, n)
	}
	p.seconds(fmt.Sprintf("plan of %s employees", grouped(int64(n))), time.Since(began), 0, floorPlan*p.scale())
	return nil
}

// reportNight reports the first run.
func (p *session) reportNight(n int, took, copied time.Duration, wal int64) {
	p.seconds(fmt.Sprintf("night of %s employees", grouped(int64(n))), took, copied, floorNight*p.scale())
	p.report.add(Measure{Scenario: "night", Name: "employees", Unit: "employees/s", Figure: perSecond(int64(n), took),
		Baseline: perSecond(int64(n), copied), Better: Higher})
	p.report.add(
		Measure{
			Scenario: "night",
			Name:     "lines",
			Unit:     "lines/s",
			Figure:   perSecond(linesEach*int64(n), took),
			Better:   Higher,
		},
	)
	p.report.add(
		Measure{Scenario: "night", Name: "WAL an employee", Unit: "bytes", Figure: float64(wal) / float64(n), Better: Lower},
	)
}

// scale is the share of the floor's time that a smaller run may take: the cost of an employee is to stay the same. A
// run that is larger than the floor's gets its time as well.
func (p *session) scale() float64 { return float64(p.Employees) / employeesFloor }

func (p *session) seconds(name string, took, baseline time.Duration, floor float64) {
	p.report.add(
		Measure{
			Scenario: "night",
			Name:     name,
			Unit:     "s",
			Figure:   took.Seconds(),
			Baseline: baseline.Seconds(),
			Better:   Lower,
			Floor:    floor,
		},
	)
}

func (p *session) firstNight(ctx context.Context, c *processes, n int) (took time.Duration, wal int64, err error) {
	before, err := walBytes(ctx, p.dsn)
	if err != nil {
		return 0, 0, err
	}
	took, err = p.run(ctx, c, nightFirst, linesEach*int64(n))
	if err != nil {
		return 0, 0, err
	}
	after, err := walBytes(ctx, p.dsn)
	return took, after - before, err
}

// againAndEmpty repeats the same run, which must add nothing, and then runs the next one, where no employee is due.
func (p *session) againAndEmpty(ctx context.Context, c *processes, events int64) error {
	again, err := p.run(ctx, c, nightFirst, -1)
	if err != nil {
		return err
	}
	if n, err := p.eventsIn(store.FamilyEmployee)(ctx); err != nil || n != events {
		return fmt.Errorf("the same run again made %d events: %w", n-events, err)
	}
	empty, err := p.run(ctx, c, nightSecond, 0)
	if err != nil {
		return err
	}
	p.seconds("the same night again", again, 0, floorAgain)
	p.seconds("the next night, nobody due", empty, 0, floorAgain)
	return nil
}

// fewDue gives one employee in a hundred an addon that begins tomorrow, and bills it.
func (p *session) fewDue(ctx context.Context, c *processes, n int) error {
	few := max(n/fewShare, 1)
	known, err := p.outcomesIn(store.FamilyEmployee)(ctx)
	if err != nil {
		return err
	}
	if err := p.send(ctx, few, "", func(i int) command.Command { return addLate(i * fewShare % n) }); err != nil {
		return err
	}
	if _, err := p.reach(ctx, c, "late addons", known, known+int64(few), p.outcomesIn(store.FamilyEmployee)); err != nil {
		return err
	}
	took, err := p.run(ctx, c, nightThird, 2*int64(few))
	if err != nil {
		return err
	}
	p.seconds("a night in which 1 % is due", took, 0, floorFewDue)
	return nil
}

// run moves the clock to a date and drives its run from the start to run.completed. It compares the number of lines,
// unless that is negative.
func (p *session) run(ctx context.Context, c *processes, at time.Time, lines int64) (time.Duration, error) {
	if err := p.store.SetClock(ctx, at); err != nil {
		return 0, err
	}
	p.Say("night: run of %s", at.Format(time.DateOnly))
	select {
	case <-time.After(clockSeen):
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	d, all := p.driver(at), int64(p.Employees)+1
	began := time.Now()
	var last runs.Status
	progress := func(ctx context.Context) (int64, error) {
		status, err := d.Ensure(ctx)
		if err != nil || status.Complete() {
			last = status
			return all, err
		}
		return min(status.Examined, all-1), nil
	}
	if _, err := p.reach(ctx, c, "employees examined", 0, all, progress); err != nil {
		return 0, err
	}
	took := time.Since(began)
	if lines < 0 {
		return took, nil
	}
	return took, p.billedLines(ctx, last.Run, lines)
}

// billedLines refuses a run that billed another number of lines.
func (p *session) billedLines(ctx context.Context, run string, want int64) error {
	totals, err := p.store.RunTotals(ctx, run)
	if err != nil {
		return err
	}
	billed := int64(0)
	for _, t := range totals {
		billed += t.Lines
	}
	if billed != want {
		return fmt.Errorf("%s billed %d lines instead of %d", run, billed, want)
	}
	return nil
}

// fixed is a clock that does not move.
type fixed struct{ at time.Time }

// Now is its time.
func (s fixed) Now() time.Time { return s.at }

func (p *session) driver(at time.Time) *runs.Driver {
	shards := make([]int32, p.Partitions)
	for i := range shards {
		shards[i] = int32(store.ShardOf(store.FamilyEmployee, int32(i)))
	}
	return &runs.Driver{Store: p.store, Publisher: p.pub, Clock: fixed{at}, Policy: p.policy, Shards: shards, Log: p.Log}
}
