package console

import (
	"cmp"
	"context"
	"fmt"
	"html/template"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"tenure/internal/store"
)

const (
	lagEvery = 30 * time.Second
	lagHour  = 120 // samples of an hour
)

// lag is how far readers were behind in the last hour, as this process has seen it.
type lag struct {
	mu      sync.Mutex
	next    time.Time
	at      []time.Time
	readers map[string][]int64 // events behind in all shards, as many as there are times
}

// add keeps a sample and drops what is older than an hour.
func (l *lag) add(at time.Time, behind map[string]int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.readers == nil {
		l.readers = map[string][]int64{}
	}
	for name := range behind {
		if l.readers[name] == nil {
			l.readers[name] = make([]int64, len(l.at))
		}
	}
	l.at = append(l.at, at)
	cut := max(0, len(l.at)-lagHour)
	l.at = l.at[cut:]
	for name, values := range l.readers {
		l.readers[name] = append(values, behind[name])[cut:]
	}
}

// of is the history of a reader, and since when it is known.
func (l *lag) of(reader string) (values []int64, since time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.at) == 0 {
		return nil, time.Time{}
	}
	return append(values, l.readers[reader]...), l.at[0]
}

// names are the readers that are known, in the order of the page Flow.
func (l *lag) names() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := slices.Collect(maps.Keys(l.readers))
	all = slices.DeleteFunc(all, func(name string) bool { return name == waitingName })
	slices.SortFunc(all, func(a, b string) int { return cmp.Compare(readerOrder(a), readerOrder(b)) })
	return all
}

// waitingName is how the commands that no worker has taken are kept.
const waitingName = "commands"

// sample reads how far everything is, twice a minute.
func (h *console) sample(ctx context.Context) {
	now := h.Machine()
	if now.Before(h.lag.next) {
		return
	}
	h.lag.next = now.Add(lagEvery)
	readers, err := h.Store.Readers(ctx)
	if err != nil {
		return // the page says what is known; the lamps say that the database does not answer
	}
	behind := sumOf(readers)
	if by, err := h.waitingCommands(ctx); err == nil {
		for _, n := range by {
			behind[waitingName] += n
		}
	}
	h.lag.add(now, behind)
}

func sumOf(readers []store.ReaderBehind) map[string]int64 {
	behind := map[string]int64{waitingName: 0}
	for _, reader := range readers {
		behind[reader.Name] += reader.Events
	}
	return behind
}

// lagRow is the hour of a reader as a line, with its words beside.
type lagRow struct {
	Name    string
	Drawing template.HTML
	Now     int64
	Most    int64
}

// lagRows are the hours of all readers, commands that wait first.
func (h *console) lagRows(readers []string) (rows []lagRow, since time.Time) {
	for _, name := range append([]string{waitingName}, readers...) {
		values, from := h.lag.of(name)
		if len(values) == 0 {
			continue
		}
		since = from
		row := lagRow{Name: name, Now: values[len(values)-1]}
		for _, v := range values {
			row.Most = max(row.Most, v)
		}
		row.Drawing = spark(values, row.Most)
		rows = append(rows, row)
	}
	return rows, since
}

// spark draws values over an hour; the drawing stretches.
func spark(values []int64, most int64) template.HTML {
	var b strings.Builder
	for i, v := range values {
		y := int64(20)
		if most > 0 {
			y -= v * 18 / most
		}
		fmt.Fprintf(&b, "%d,%d ", lagHour-len(values)+i, y)
	}
	return template.HTML(fmt.Sprintf( // numbers
		`<svg class="spark" viewBox="0 0 %d 22" preserveAspectRatio="none" aria-hidden="true"><polyline class="tick" points="%s"/></svg>`,
		lagHour, strings.TrimSpace(b.String())))
}
