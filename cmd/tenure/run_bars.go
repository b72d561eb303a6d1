package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"tenure/internal/clock"
	"tenure/internal/runs"
	"tenure/internal/runstate"
	"tenure/internal/status"
	"tenure/internal/store"
)

const (
	// watchLineEvery is how often progress is a line where stderr is no terminal: a log keeps each of them.
	watchLineEvery = 5 * time.Second
	// barWidth is the length of a shard's bar.
	barWidth = 30
	// barsMax bounds the bars that are drawn: more do not fit on a screen.
	barsMax = 32
)

// watch shows how far a run is: bars on a terminal, else a line every few seconds. What it shows is in the database, so
// that every watcher sees the same.
type watch struct {
	program  *program
	store    *store.Store
	clock    clock.Clock
	terminal bool
	drawn    int // lines of bars on the screen
	printed  string
	state    string // of the run that was printed last
	at       time.Time
}

func (p *program) watch(s *store.Store) *watch {
	return &watch{program: p, store: s, terminal: isTerminal(p.err)}
}

// show reads a run and shows it, unless that was done a moment ago.
func (w *watch) show(ctx context.Context, id string, behind int) {
	if w.clock == nil {
		c, err := clock.Follow(ctx, w.store)
		if err != nil {
			return // the next call tries again
		}
		w.clock = c
	}
	progress, err := runs.ProgressOf(ctx, w.store, id)
	if err != nil {
		progress = runstate.Progress{State: runstate.StatePlanning} // it is computed, and nothing of it is kept yet
	}
	line := summary(id, progress, w.clock.Now(), behind)
	if w.terminal {
		w.draw(line, progress)
		return
	}
	if state := id + progress.State; state != w.state || line != w.printed && time.Since(w.at) >= watchLineEvery {
		w.program.say("%s", line)
		w.printed, w.state, w.at = line, state, time.Now()
	}
}

// summary is the progress of a run on one line.
func summary(id string, p runstate.Progress, now time.Time, behind int) string {
	line := fmt.Sprintf("%s: %s", id, p.State)
	if len(p.Shards) > 0 {
		line += fmt.Sprintf(", %d of %d shards, %d employees examined", p.Done, len(p.Shards), p.Examined)
		if p.Expected > 0 {
			line += fmt.Sprintf(" of about %d", p.Expected)
		}
	}
	if rate, left := p.Rate(now); rate > 0 {
		line += fmt.Sprintf(", %d/s", rate)
		if left > 0 {
			line += fmt.Sprintf(", %s left", left)
		}
	}
	if behind > 0 {
		line += fmt.Sprintf(", %d %s behind", behind, status.Plural(int64(behind), "run", "runs"))
	}
	for _, refused := range p.Refused {
		line += "; refused: " + refused
	}
	return line
}

// draw writes the line and a bar for each shard over what it drew before.
func (w *watch) draw(line string, p runstate.Progress) {
	var b strings.Builder
	if w.drawn > 0 {
		fmt.Fprintf(&b, "\x1b[%dA", w.drawn) // up to where it began
	}
	fmt.Fprintf(&b, "\r\x1b[K%s\n", line)
	w.drawn = 1
	for i, shard := range p.Shards {
		if i == barsMax {
			break
		}
		fmt.Fprintf(&b, "\r\x1b[K  %4d [%s] %d\n", shard.Shard, bar(shard), shard.Examined)
		w.drawn++
	}
	b.WriteString("\x1b[J") // fewer bars than before
	_, _ = fmt.Fprint(w.program.err, b.String())
}

// bar is a shard's part of its plan. Employees who became due since make it longer than planned, never longer than
// full.
func bar(s runstate.ShardProgress) string {
	full := 0
	switch {
	case s.State == store.RunDone:
		full = barWidth
	case s.Expected > 0:
		full = int(min(s.Examined*barWidth/s.Expected, barWidth-1))
	}
	return strings.Repeat("#", full) + strings.Repeat(".", barWidth-full)
}

// end leaves what is drawn.
func (w *watch) end() { w.drawn = 0 }
