package bench

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"tenure/billing"
)

const (
	// monthsOfHistory is how many first nights of a month are behind the one that is compared with the first.
	monthsOfHistory = 24
	// floorYears is how many times as long as the first month's night that of the last month may take.
	floorYears = 1.2
	// floorLineBytes is what the database may grow by for each line.
	floorLineBytes = 800
)

// years measures whether a night stays as fast as the first: two years of first nights of a month, with their readers,
// then one more, and what the database has grown by for each line.
func years(ctx context.Context, p *session) error {
	if !p.sized {
		p.Employees = employeesYears
		p.report.Employees = p.Employees
	}
	return p.overnight(ctx, p.months)
}

func (p *session) months(ctx context.Context, c *processes) error {
	empty, err := databaseBytes(ctx, p.dsn)
	if err != nil {
		return err
	}
	var first, last delivery
	for month := range monthsOfHistory + 1 {
		at := nightFirst.AddDate(0, month, 0)
		if err := p.daysBefore(ctx, c, at); err != nil {
			return err
		}
		if last, err = p.pass(ctx, c, at); err != nil {
			return err
		}
		if err := p.billed(ctx, at, p.lines()); err != nil {
			return err
		}
		p.Say("%s: %s through in %s", p.scenario, at.Format(time.DateOnly), last.through.Round(time.Millisecond))
		if month == 0 {
			first = last
		}
	}
	full, err := databaseBytes(ctx, p.dsn)
	if err != nil {
		return err
	}
	lines := p.lines() * (monthsOfHistory + 1)
	if err := p.inReadModel(ctx, lines); err != nil {
		return err
	}
	p.seconds("night of the first month, through", first.through, 0, 0)
	p.seconds(fmt.Sprintf("night after %d months, through", monthsOfHistory), last.through, first.through, 0)
	p.report.add(Measure{Scenario: p.scenario, Name: "the last night, in first ones", Unit: "×",
		Figure: last.through.Seconds() / first.through.Seconds(), Better: Lower, Floor: floorYears})
	p.report.add(Measure{Scenario: p.scenario, Name: "bytes of the database, a line", Unit: "bytes",
		Figure: float64(full-empty) / float64(lines), Better: Lower, Floor: floorLineBytes})
	return nil
}

// daysBefore lets the nights before a first pass, in which nobody is due: a run takes them in their order, and they are
// no part of what is measured.
func (p *session) daysBefore(ctx context.Context, c *processes, first time.Time) error {
	if first.Equal(nightFirst) {
		return nil
	}
	last := first.AddDate(0, 0, -1)
	began := time.Now()
	if _, err := p.pass(ctx, c, last); err != nil {
		return err
	}
	p.Say("%s: the nights up to %s in %s", p.scenario, billing.DateOf(last, time.UTC),
		time.Since(began).Round(time.Millisecond))
	return nil
}

const sqlDatabaseBytes = `SELECT pg_database_size(current_database())`

// databaseBytes is the size of all tables and indexes.
func databaseBytes(ctx context.Context, dsn string) (size int64, err error) {
	err = connected(ctx, dsn, func(conn *pgx.Conn) error {
		return conn.QueryRow(ctx, sqlDatabaseBytes).Scan(&size)
	})
	return size, err
}
