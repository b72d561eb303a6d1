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
	after, err := p.efforts(ctx, c)
	if err == nil {
		p.reportEffort(items{scenario, each, n}, c, between(before, after), 0)
	}
	return err
}

// items are what processor time is divided by.
type items struct {
	scenario, each string
	n              int64
}

// between is what each process used between two samples.
func between(before, after map[int]time.Duration) map[int]time.Duration {
	used := make(map[int]time.Duration, len(after))
	for pid, effort := range after {
		used[pid] = effort - before[pid]
	}
	return used
}

// reportEffort reports the processor time that the processes and the server used, beside that of a baseline; 0: there
// is none.
func (p *session) reportEffort(of items, c *processes, used map[int]time.Duration, baseline time.Duration) {
	parts := c.all()
	if len(parts) == 0 {
		return
	}
	perItem := func(took time.Duration) float64 { return float64(took.Microseconds()) / float64(of.n) }
	add := func(who string, took time.Duration) {
		p.report.add(Measure{Scenario: of.scenario, Name: "processor time of " + who + ", " + of.each, Unit: "µs",
			Figure: perItem(took), Baseline: perItem(baseline), Better: Lower})
	}
	tenure, server := time.Duration(0), time.Duration(0)
	for _, part := range parts {
		tenure += used[-part.pid]
		if len(parts) > 1 {
			add(part.name, used[-part.pid])
		}
	}
	for pid, took := range used {
		if pid > 0 {
			server += took
		}
	}
	add("Tenure", tenure)
	add("PostgreSQL", server)
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
