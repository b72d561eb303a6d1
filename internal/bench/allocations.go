package bench

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// What a process allocates for an employee hardly depends on the machine or on what else it does, and the collector's
// part of the processor time follows from it: of Tenure's own figures it is the one that a busy machine can compare.

// allocatedMetric counts the bytes that a process has ever allocated, among its metrics.
const allocatedMetric = "go_memstats_alloc_bytes_total "

// allocations are the bytes that each process has allocated so far, by its id.
func allocations(ctx context.Context, c *processes) (map[int]float64, error) {
	all := make(map[int]float64)
	for _, part := range c.all() {
		n, err := part.allocated(ctx)
		if err != nil {
			return nil, fmt.Errorf("bench: allocations of %s: %w", part.name, err)
		}
		all[part.pid] = n
	}
	return all, nil
}

// answerWait is how long a process that was started a moment ago may take until it serves its metrics.
const answerWait, answerPause = 30 * time.Second, 50 * time.Millisecond

func (c *processes) allocated(ctx context.Context) (n float64, err error) {
	ctx, cancel := context.WithTimeout(ctx, answerWait)
	defer cancel()
	for {
		if n, err = allocated(ctx, c.admin); !errors.Is(err, syscall.ECONNREFUSED) {
			return n, err
		}
		select {
		case <-time.After(answerPause):
		case <-c.ended:
			return 0, err
		case <-ctx.Done():
			return 0, err
		}
	}
}

func allocated(ctx context.Context, admin string) (float64, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+admin+"/metrics", http.NoBody)
	if err != nil {
		return 0, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err
	}
	defer func() { _ = response.Body.Close() }()
	lines := bufio.NewScanner(response.Body)
	for lines.Scan() {
		if text, found := strings.CutPrefix(lines.Text(), allocatedMetric); found {
			return strconv.ParseFloat(text, 64)
		}
	}
	if err := lines.Err(); err != nil {
		return 0, err
	}
	return 0, fmt.Errorf("no %sin its metrics", allocatedMetric)
}

// reportAllocations reports what each process allocated for an item between two samples.
func (p *session) reportAllocations(of items, c *processes, before, after map[int]float64) {
	for _, part := range c.all() {
		p.report.add(Measure{Scenario: of.scenario, Name: "allocated by " + part.name + ", " + of.each, Unit: "bytes",
			Figure: (after[part.pid] - before[part.pid]) / float64(of.n), Better: Lower, Steady: true})
	}
}
