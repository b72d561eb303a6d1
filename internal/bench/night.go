package bench

import (
	"context"
	"fmt"
	"time"

	"tenure/billing"
	"tenure/internal/command"
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
	// linesDefault is the lines of one employee in a run: product and two addons in two ledgers.
	linesDefault = 6
	// ledgersEach is in how many ledgers an employee is billed.
	ledgersEach = 2
	// fewShare of the employees are due in the last run.
	fewShare = 100
)

// The floors of a nightly run with a million employees, in seconds, and of one of any size in times of a raw COPY.
const (
	floorNight   = 120
	floorThrough = 180
	floorCopies  = 7
	floorAgain   = 5
	floorFewDue  = 10
	// memoryMax is what a process may take at most meanwhile, in MiB, however many lines an employee has.
	memoryMax = 400
)

// addons is how many addons make an employee's lines together with its product.
func (p *session) addons() int { return max(p.Lines/ledgersEach-1, 0) }

// lines is how many lines the employees have in a month.
func (p *session) lines() int64 { return int64(p.Employees) * int64(p.addons()+1) * ledgersEach }

// hireAllEvents is what a hire with all addons makes.
func (p *session) hireAllEvents() int64 { return int64(hireEvents + p.addons()) }

// hireAll is the creation of an employee with a product and addons from the first of the run's month on.
func hireAll(n, addons int) command.Command {
	from := day(billing.DateOf(nightFirst, time.UTC))
	list := make([]object, addons)
	for i := range list {
		list[i] = object{"_id": fmt.Sprintf("5d1%04x%017d", i, n), "product": secondProduct, "start": from}
		if i == 0 {
			list[i]["product"], list[i]["units"] = addonProduct, 2
		}
	}
	return compose("employee.create.v1", employeeID(n), fmt.Sprintf("hire-%d", n), object{
		"customer": customerID(n), "name": fmt.Sprintf("Sample employee %07d", n), "product": userProduct, "effective": from,
		"addonProducts": list})
}

// addLate is an addon that begins on the day of the third run.
func addLate(n int) command.Command {
	id := fmt.Sprintf("late-%d", n)
	return compose("employee.add_addon.v1", employeeID(n), id, object{
		"_id": fmt.Sprintf("5d3%021d", n), "product": secondProduct, "start": day(billing.DateOf(nightThird, time.UTC))})
}

// night measures the run of a first from midnight to the last line on the topics and in the read models, the same
// again, one in which no employee is due, and one in which one in a hundred is. Worker, feed and scheduler are
// separate processes, as in production, and the readers have caught up before.
//
// What bounds it is the processors' time of all parts together: plan, run, relay and read models go on side by side,
// and both cores are full from the first chunk to the last page. Of 100 000 employees of six lines on a quiet machine,
// 152 µs of Tenure and 113 µs of PostgreSQL an employee:
//
//   - the plan, 30 µs: reads states and bills them as the run will;
//   - the run, 59 µs: a quarter to read and write states, a quarter to bill, a tenth to encode events, an eighth to
//     send;
//   - relay and lines, 64 µs, of which Kafka's client was 32 of 100 before it was another one
//     (docs/decisions/0013): to make messages, to decode the events, once for both, to read the log, to hash events for
//     their ids, to the collector;
//   - PostgreSQL: a quarter to the update of states, for which a due day that moves touches three indexes, a fifth to
//     lines (of 21 µs 15 are the two indexes), a fifth to events, a tenth to the totals of documents, a fifteenth to
//     vacuum. Due days in a separate table would save one entry of an index and cost a row and its index.
//
// The next step would be an index of due days without the stream, so that its entries are appended and deduplicated,
// with a cursor of chunks that also goes on where a run is open.
func night(ctx context.Context, p *session) error {
	return p.overnight(ctx, p.nights)
}

// overnight creates the employees, starts worker, feed and scheduler as separate processes, and measures with them.
func (p *session) overnight(ctx context.Context, measure func(context.Context, *processes) error) error {
	if err := p.store.SetClock(ctx, nightBefore); err != nil {
		return err
	}
	if err := p.population(ctx, roleWorker, roleFeed); err != nil {
		return err
	}
	c, err := p.startEach(ctx, roleWorker, roleFeed, roleScheduler)
	if err != nil {
		return err
	}
	err = measure(ctx, c)
	p.memories(c)
	if failed := c.stop(); err == nil {
		err = failed
	}
	return err
}

// memories reports the peak of each process.
func (p *session) memories(c *processes) {
	for _, part := range c.parts {
		p.memory(p.scenario, part.name+"'s memory", part, memoryMax)
	}
}

// population creates the employees with other processes than those that are measured, so that the memory of the run is
// measured alone. With a feed it waits until the readers have taken everything.
func (p *session) population(ctx context.Context, roles ...string) error {
	c, err := p.startEach(ctx, roles...)
	if err != nil {
		return err
	}
	n := p.Employees
	err = p.company(ctx, c)
	p.Say("%s: creating %s employees", p.scenario, grouped(int64(n)))
	if err == nil {
		err = p.send(ctx, n, "", func(i int) command.Command { return hireAll(i, p.addons()) })
	}
	if err == nil {
		_, err = p.reach(ctx, c, "employees", 0, int64(n), p.outcomesIn(store.FamilyEmployee))
	}
	if err == nil && len(roles) > 1 {
		err = p.caughtUp(ctx, c)
	}
	if failed := c.stop(); err == nil {
		err = failed
	}
	if err == nil {
		err = p.made(ctx, p.hireAllEvents()*int64(n))
	}
	return err
}

func (p *session) nights(ctx context.Context, c *processes) error {
	if err := p.caughtUp(ctx, c); err != nil {
		return err
	}
	before, err := p.sampled(ctx, c)
	if err != nil {
		return err
	}
	first, err := p.pass(ctx, c, nightFirst)
	if err == nil {
		err = p.delivered(ctx, nightFirst, p.lines())
	}
	if err != nil {
		return err
	}
	after, err := p.sampled(ctx, c)
	if err != nil {
		return err
	}
	copied, err := p.copyOfRun(ctx)
	if err != nil {
		return err
	}
	p.reportNight(first, copied, after.wal-before.wal)
	each := items{p.scenario, "an employee", int64(p.Employees)}
	p.reportEffort(each, c, between(before.efforts, after.efforts), copied.effort)
	p.reportAllocations(each, c, before.allocated, after.allocated)
	if err := p.againAndEmpty(ctx, c); err != nil {
		return err
	}
	return p.fewDue(ctx, c)
}

// used is what processes and server have used so far.
type used struct {
	efforts   map[int]time.Duration
	allocated map[int]float64
	wal       int64
}

func (p *session) sampled(ctx context.Context, c *processes) (u used, err error) {
	if u.efforts, err = p.efforts(ctx, c); err != nil {
		return u, err
	}
	if u.allocated, err = allocations(ctx, c); err != nil {
		return u, err
	}
	u.wal, err = walBytes(ctx, p.dsn)
	return u, err
}

// delivered compares what a night has made with what it must: in the log, on the topics and in the read model.
func (p *session) delivered(ctx context.Context, at time.Time, lines int64) error {
	if err := p.billed(ctx, at, lines); err != nil {
		return err
	}
	if err := p.onLineTopics(ctx, lines); err != nil {
		return err
	}
	return p.inReadModel(ctx, lines)
}

// copyOfRun is how long a COPY takes of as many rows of the same sizes as the first run wrote into the log.
func (p *session) copyOfRun(ctx context.Context) (copied, error) {
	events, err := p.eventsIn(store.FamilyEmployee)(ctx)
	if err != nil {
		return copied{}, err
	}
	n := int64(p.Employees)
	sizes, err := p.sample(ctx, events-p.hireAllEvents()*n, n)
	if err != nil {
		return copied{}, err
	}
	p.Say("%s: the same rows by COPY", p.scenario)
	return p.rawCopy(ctx, sizes)
}

// reportNight reports the first run.
func (p *session) reportNight(took delivery, plain copied, wal int64) {
	copied := plain.took
	n := int64(p.Employees)
	p.seconds("night through to topics and read models", took.through, copied, floorThrough*p.scale())
	p.report.add(Measure{Scenario: p.scenario, Name: "through, in times of a COPY", Unit: "×",
		Figure: took.through.Seconds() / copied.Seconds(), Better: Lower, Floor: floorCopies})
	p.seconds("plan", took.planned, 0, 0)
	p.seconds("night into the log", took.completed, copied, floorNight*p.scale())
	p.report.add(Measure{Scenario: p.scenario, Name: "employees through", Unit: "employees/s",
		Figure: perSecond(n, took.through), Baseline: perSecond(n, copied), Better: Higher})
	p.report.add(Measure{Scenario: p.scenario, Name: "lines through", Unit: "lines/s",
		Figure: perSecond(p.lines(), took.through), Better: Higher})
	p.report.add(Measure{Scenario: p.scenario, Name: "WAL an employee", Unit: "bytes",
		Figure: float64(wal) / float64(n), Baseline: float64(plain.wal) / float64(n), Better: Lower, Steady: true})
}

// scale is the share of the floor's time that a smaller run may take: the cost of a line is to stay the same. A run
// that is larger than the floor's gets its time as well.
func (p *session) scale() float64 { return float64(p.lines()) / (employeesFloor * linesDefault) }

func (p *session) seconds(name string, took, baseline time.Duration, floor float64) {
	p.report.add(Measure{Scenario: p.scenario, Name: name, Unit: "s", Figure: took.Seconds(),
		Baseline: baseline.Seconds(), Better: Lower, Floor: floor})
}

// againAndEmpty asks for the same run again, which must add nothing, and then has the next one, where no employee is
// due.
func (p *session) againAndEmpty(ctx context.Context, c *processes) error {
	events, err := p.eventsIn(store.FamilyEmployee)(ctx)
	if err != nil {
		return err
	}
	empty, err := p.pass(ctx, c, nightSecond)
	if err != nil {
		return err
	}
	p.seconds("the next night, nobody due", empty.through, 0, floorAgain)
	// The completion of the run in each shard is an event of another stream in it.
	n, err := p.eventsIn(store.FamilyEmployee)(ctx)
	if most := events + 2*int64(p.Partitions); err != nil || n > most {
		return fmt.Errorf("a run in which nobody is due made %d events: %w", n-events, err)
	}
	return p.billed(ctx, nightSecond, 0)
}

// fewDue gives one employee in a hundred an addon that begins tomorrow, and bills it.
func (p *session) fewDue(ctx context.Context, c *processes) error {
	n := p.Employees
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
	took, err := p.pass(ctx, c, nightThird)
	if err != nil {
		return err
	}
	p.seconds("a night in which 1 % is due", took.through, 0, floorFewDue)
	return p.billed(ctx, nightThird, ledgersEach*int64(few))
}
