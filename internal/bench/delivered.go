package bench

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"tenure/billing"
	"tenure/contract"
	"tenure/domain"
	"tenure/internal/feed"
	"tenure/internal/runstate"
	"tenure/internal/store"
	"tenure/projections"
)

// deliveredPoll is the time between two reads of how far a night is: a query of less than a millisecond, five times
// a second, so that watching takes less than half a percent of what is watched.
const deliveredPoll = 200 * time.Millisecond

// delivery is when what a night leads to was first seen, from the move of the clock on.
type delivery struct {
	planned   time.Duration // its plan is in the log
	completed time.Duration // its last line and its control totals are in the log
	through   time.Duration // and every reader has taken everything: topics and read models
}

// readers are all that take the log on: the read models and the relays.
func readers() store.ReadersOf {
	names := []string{feed.RelayName, feed.OutcomesName}
	for _, p := range projections.All() {
		names = append(names, p.Name())
	}
	return store.ReadersOf{Names: names, Outcomes: feed.OutcomesName}
}

// pass moves the clock to an instant and waits until the night that begins by then is through to topics and read
// models. The scheduler plans and starts it.
func (p *session) pass(ctx context.Context, c *processes, at time.Time) (d delivery, err error) {
	date := billing.DateOf(at, time.UTC)
	p.Say("%s: night of %s", p.scenario, at.Format(time.DateOnly))
	began := time.Now()
	if err := p.store.SetClock(ctx, at); err != nil {
		return d, err
	}
	err = p.poll(ctx, c, func() (bool, int64, error) {
		run, err := runstate.Read(ctx, p.store, domain.RunID(domain.RunNightly, date))
		if err != nil {
			return false, 0, err
		}
		// Asked after the run: when it is complete and nothing lacks, everything of it is through.
		taken, behind, err := p.store.Taken(ctx, readers())
		took := time.Since(began)
		if run.Planned != nil && d.planned == 0 {
			d.planned = took
		}
		if run.Completed && d.completed == 0 {
			d.completed = took
		}
		d.through = took
		return run.Completed && (behind == 0 || !c.has(roleFeed)), 2*taken + behind, err
	})
	if err != nil {
		return d, fmt.Errorf("night of %s: %w", at.Format(time.DateOnly), err)
	}
	return d, nil
}

// caughtUp waits until every reader has taken everything that is in the log.
func (p *session) caughtUp(ctx context.Context, c *processes) error {
	return p.poll(ctx, c, func() (bool, int64, error) {
		taken, behind, err := p.store.Taken(ctx, readers())
		return behind == 0, taken, err
	})
}

// poll asks until it is done. A mark that does not change for long is a scenario that does not get on.
func (p *session) poll(ctx context.Context, c *processes, ask func() (done bool, mark int64, err error)) error {
	ticker := time.NewTicker(deliveredPoll)
	defer ticker.Stop()
	w := watch{start: time.Now(), moved: time.Now()}
	for {
		done, mark, err := ask()
		if err != nil || done {
			return err
		}
		w.see(mark, time.Now())
		if w.stalled() {
			return fmt.Errorf("nothing moves for %s", stallMax)
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return ctx.Err()
		case <-c.ended:
			return c.err
		}
	}
}

// onLineTopics refuses a night whose lines are not all on the topics of their ledgers.
func (p *session) onLineTopics(ctx context.Context, want int64) error {
	found := int64(0)
	for _, ledger := range p.policy.Ledgers {
		topic, err := contract.LinesTopic(ledger)
		if err != nil {
			return err
		}
		n, err := p.onTopic(ctx, topic)
		if err != nil {
			return err
		}
		found += n
	}
	if found < want { // at least once: a page that was published again after a fault counts twice
		return fmt.Errorf("the topics of lines have %d messages of %d", found, want)
	}
	return nil
}

const sqlLineRows = `SELECT COALESCE(sum(lines), 0)::bigint FROM lines`

// inReadModel refuses a night whose lines are not all in the read model.
func (p *session) inReadModel(ctx context.Context, want int64) error {
	return connected(ctx, p.dsn, func(conn *pgx.Conn) error {
		var n int64
		if err := conn.QueryRow(ctx, sqlLineRows).Scan(&n); err != nil || n != want {
			return fmt.Errorf("the read model has %d lines of %d: %w", n, want, err)
		}
		return nil
	})
}

// billed refuses a night that billed another number of lines.
func (p *session) billed(ctx context.Context, at time.Time, want int64) error {
	run := domain.RunID(domain.RunNightly, billing.DateOf(at, time.UTC))
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
