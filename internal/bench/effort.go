package bench

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// An effort is processor time. It shows what bounds a rate, and unlike the rate it hardly varies on a busy machine.

// tick is the unit in which Linux counts a process's time, on every machine that Go runs on.
const tick = 10 * time.Millisecond

// effortOf is the processor time that a process has used so far, 0 where the system does not report it.
func effortOf(pid int) time.Duration {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	return parseEffort(string(raw))
}

// parseEffort reads user and system time, the 14th and 15th field. The second one, the name, may hold blanks.
func parseEffort(stat string) time.Duration {
	_, after, _ := strings.Cut(stat[strings.LastIndexByte(stat, ')')+1:], " ")
	fields := strings.Fields(after)
	const user, system = 14 - 3, 15 - 3
	if len(fields) <= system {
		return 0
	}
	ticks := int64(0)
	for _, field := range []string{fields[user], fields[system]} {
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return 0
		}
		ticks += n
	}
	return time.Duration(ticks) * tick
}

const sqlServerPIDs = `SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()`

// serverEffort is the processor time of each of the server's processes. Those that have ended are not in it.
func (s *stage) serverEffort(ctx context.Context) (map[int]time.Duration, error) {
	efforts := map[int]time.Duration{}
	err := connected(ctx, s.dsn, func(conn *pgx.Conn) error {
		rows, err := conn.Query(ctx, sqlServerPIDs)
		if err != nil {
			return err
		}
		pids, err := pgx.CollectRows(rows, pgx.RowTo[int32])
		for _, pid := range pids {
			efforts[int(pid)] = effortOf(int(pid))
		}
		return err
	})
	return efforts, err
}

// spent is the processor time that processes used between two samples.
func spent(before, after map[int]time.Duration) (total time.Duration) {
	for pid, effort := range after {
		total += effort - before[pid]
	}
	return total
}

// effort reports the processor time of one item in the processes and in the server since before, if they run beside
// this one.
func (p *session) effort(
	ctx context.Context,
	scenario, each string,
	n int64,
	c *processes,
	before map[int]time.Duration,
) error {
	parts := c.all()
	if len(parts) == 0 {
		return nil
	}
	after, err := p.serverEffort(ctx)
	if err != nil {
		return err
	}
	of := func(who string, took time.Duration) {
		p.report.add(Measure{Scenario: scenario, Name: "processor time of " + who + ", " + each, Unit: "µs",
			Figure: float64(took.Microseconds()) / float64(n), Better: Lower})
	}
	total := time.Duration(0)
	for _, part := range parts {
		took := effortOf(part.pid) - before[-part.pid]
		if total += took; len(parts) > 1 {
			of(part.name, took)
		}
	}
	of("Tenure", total)
	of("PostgreSQL", spent(before, after))
	return nil
}

// efforts are those of the server's processes and, with negative ids, of the measured ones.
func (p *session) efforts(ctx context.Context, c *processes) (map[int]time.Duration, error) {
	efforts, err := p.serverEffort(ctx)
	for _, part := range c.all() {
		efforts[-part.pid] = effortOf(part.pid)
	}
	return efforts, err
}

// all are the processes beside this one.
func (c *processes) all() []*processes {
	switch {
	case len(c.parts) > 0:
		return c.parts
	case c.pid != 0:
		return []*processes{c}
	}
	return nil
}
