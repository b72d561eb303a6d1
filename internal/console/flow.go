package console

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"tenure/internal/status"
	"tenure/internal/store"
)

// flowPage is where commands and events are: a row a shard, a column a reader.
type flowPage struct {
	Heading string
	Shape   status.Shape
	Readers []string
	Quiet   []flowRow
	Folded  []flowFamily // the quiet ones by topic
	Marked  []flowRow    // where something waits or is blocked
	Waiting bool         // whether the commands waiting are known
	Problem string
	At      time.Time
	Hour    []lagRow
	Since   time.Time // from when the hour is known
}

type flowRow struct {
	Shard      store.ShardID
	Name       string
	Head, Next int64
	Decided    time.Time
	Waiting    int64
	Owner      string
	Blocked    string
	Cells      []flowCell
	Worst      int64
}

type flowCell struct {
	Events int64
	Age    string
	Late   bool
}

// lateAfter is when what a reader has not taken is marked.
const lateAfter = time.Minute

func (h *console) flow(w http.ResponseWriter, r *request) error {
	p := flowPage{At: h.Machine()}
	heads, err := h.Store.Heads(r.Context())
	if err != nil {
		return err
	}
	observed, err := h.Store.Readers(r.Context())
	if err != nil {
		return err
	}
	rows := map[store.ShardID]*flowRow{}
	for _, head := range heads {
		rows[head.Shard] = &flowRow{
			Shard: head.Shard, Name: nameOfShard(head), Head: head.Head, Next: head.NextOffset,
			Decided: head.DecidedAt,
		}
	}
	if err := h.owners(r.Context(), rows); err != nil {
		return err
	}
	h.fillWaiting(r.Context(), &p, rows)
	p.Readers = readersOf(observed)
	h.fill(&p, rows, observed)
	p.fold(h.Now())
	p.headline()
	p.Hour, p.Since = h.lagRows(p.Readers)
	return h.show(w, r, view{Name: "flow", Title: p.Heading, Refresh: true, Content: p})
}

// ownerHeard is how old the sign of life of a process may be that owns a shard.
const ownerHeard = time.Minute

// nameOfShard is the topic and partition of a shard.
func nameOfShard(head store.Head) string { return fmt.Sprintf("%s/%d", head.Topic, head.Partition) }

func (h *console) owners(ctx context.Context, rows map[store.ShardID]*flowRow) error {
	processes, err := h.Store.Processes(ctx)
	if err != nil {
		return err
	}
	for _, process := range processes {
		if process.Age > ownerHeard {
			continue
		}
		for _, shard := range process.Shards {
			if row := rows[store.ShardID(shard)]; row != nil {
				row.Owner = process.ID
			}
		}
		for shard, reason := range process.Blocked {
			if row := rows[store.ShardID(shard)]; row != nil {
				row.Blocked = reason
			}
		}
	}
	return nil
}

// fillWaiting fills in how many commands wait; where Kafka does not answer the column says so and the others are still
// shown.
func (h *console) fillWaiting(ctx context.Context, p *flowPage, rows map[store.ShardID]*flowRow) {
	by, err := h.waitingCommands(ctx)
	if err != nil {
		p.Problem = "How many commands wait is not known: " + err.Error() + "."
		return
	}
	p.Waiting = true
	for _, row := range rows {
		row.Waiting = by[row.Name]
	}
}

func readersOf(all []store.ReaderBehind) []string {
	var names []string
	for _, reader := range all {
		if !slices.Contains(names, reader.Name) {
			names = append(names, reader.Name)
		}
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Compare(readerOrder(a), readerOrder(b)) })
	return names
}

// readerOrder puts what goes to Kafka first.
func readerOrder(name string) string {
	switch name {
	case "relay":
		return " 1"
	case "outcomes":
		return " 2"
	}
	return name
}

func (h *console) fill(p *flowPage, rows map[store.ShardID]*flowRow, all []store.ReaderBehind) {
	at := map[store.ShardID]map[string]store.ReaderBehind{}
	for _, reader := range all {
		if at[reader.Shard] == nil {
			at[reader.Shard] = map[string]store.ReaderBehind{}
		}
		at[reader.Shard][reader.Name] = reader
	}
	now := h.Now()
	for _, row := range rows {
		marked := row.Blocked != "" || row.Owner == ""
		for _, name := range p.Readers {
			behind := at[row.Shard][name]
			one := flowCell{Events: behind.Events}
			if behind.Events > 0 && !behind.Oldest.IsZero() {
				age := now.Sub(behind.Oldest)
				one.Age, one.Late = status.Duration(age), age > lateAfter
			}
			marked = marked || one.Late
			row.Worst = max(row.Worst, one.Events)
			row.Cells = append(row.Cells, one)
		}
		if marked {
			p.Marked = append(p.Marked, *row)
		} else {
			p.Quiet = append(p.Quiet, *row)
		}
	}
	order := func(a, b flowRow) int { return cmp.Compare(a.Shard, b.Shard) }
	slices.SortFunc(p.Marked, order)
	slices.SortFunc(p.Quiet, order)
}

// flowFamily is the quiet shards of a topic, folded into a line.
type flowFamily struct {
	Topic    string
	Readers  []string
	Rows     []flowRow
	Waiting  int64
	Events   int64         // that the slowest reader of a shard has not taken, at most
	LastEver time.Duration // since the last decision in any of them; 0: none was ever made
}

// fold groups what is quiet.
func (p *flowPage) fold(now time.Time) {
	for _, row := range p.Quiet {
		topic, _, _ := strings.Cut(row.Name, "/")
		at := slices.IndexFunc(p.Folded, func(f flowFamily) bool { return f.Topic == topic })
		if at < 0 {
			at, p.Folded = len(p.Folded), append(p.Folded, flowFamily{Topic: topic, Readers: p.Readers})
		}
		f := &p.Folded[at]
		f.Rows, f.Waiting, f.Events = append(f.Rows, row), f.Waiting+row.Waiting, max(f.Events, row.Worst)
		if since := now.Sub(row.Decided); !row.Decided.IsZero() && (f.LastEver == 0 || since < f.LastEver) {
			f.LastEver = max(since, time.Second)
		}
	}
}

// headline names the worst.
func (p *flowPage) headline() {
	p.Shape, p.Heading = status.ShapeOK, fmt.Sprintf("All %d shards move", len(p.Quiet))
	for _, row := range p.Marked {
		switch {
		case row.Blocked != "":
			p.Shape, p.Heading = status.ShapeBad, fmt.Sprintf("Shard %s is blocked: %s", row.Name, row.Blocked)
			return
		case row.Owner == "":
			p.Shape, p.Heading = status.ShapeWait, fmt.Sprintf("Shard %s has no owner", row.Name)
		default:
			p.Shape, p.Heading = status.ShapeWait, fmt.Sprintf("Readers are behind in shard %s", row.Name)
		}
	}
}
