package bench

import (
	"context"
	"errors"
	"fmt"
	"time"
)

const (
	// employeesYear is how many employees the year of a simulated clock has.
	employeesYear = 3_000
	// floorYear is how many seconds the year may take, and floorBilled how many of them the twelve nights that bill all of
	// employeesYear: only they depend on how many employees there are.
	floorYear, floorBilled = 60, 15
	// nightsYear is how many nights the year has.
	nightsYear = 365
)

// year measures the move of a simulated clock over a year, as tenure clock advance makes it: to each night in turn,
// twelve of which bill everybody and the others nobody.
//
// What bounds it is the way of a night in which nobody is due, since there are 353: the clock is noticed, one look
// finds no shard with work, plan, start and end go to Kafka in one go, their owner decides them in a transaction or
// two, and the relay publishes them. With the run opened in all of 16 shards, three steps one after the other
// and polls of up to 200 ms it was 35 transactions and 225 ms of processor time, of which PostgreSQL had 125. What is
// left is mostly looks: the next factor two would be to wake feed and clock instead of polling.
func year(ctx context.Context, p *session) error {
	if p.Advance == nil {
		return errors.New("nothing moves a simulated clock")
	}
	if !p.sized {
		p.Employees = employeesYear
		p.report.Employees = p.Employees
	}
	return p.overnight(ctx, p.through365)
}

func (p *session) through365(ctx context.Context, c *processes) error {
	if err := p.caughtUp(ctx, c); err != nil {
		return err
	}
	before, err := p.efforts(ctx, c)
	if err != nil {
		return err
	}
	var longest time.Duration
	var at time.Time
	began := time.Now()
	last := began
	err = p.Advance(ctx, p.store, nightBefore.AddDate(1, 0, 0), func(step time.Time) {
		if took := time.Since(last); took > longest {
			longest, at = took, step
		}
		last = time.Now()
	})
	if err != nil {
		return fmt.Errorf("a year: %w", err)
	}
	took := time.Since(began)
	p.Say("%s: the longest step was to %s", p.scenario, at.Format(time.RFC3339))
	p.seconds("a simulated clock moved over a year", took, 0,
		floorYear-floorBilled+floorBilled*float64(p.Employees)/employeesYear)
	p.seconds("its longest step", longest, 0, 0)
	return p.effort(ctx, p.scenario, "a night", nightsYear, c, before)
}
