package status

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"tenure/internal/store"
)

const (
	// waitingMax commands may wait without a lamp: a batch is on its way at any time.
	waitingMax = 1_000
	// behindMax is how old the first event that a reader has not taken may be.
	behindMax = time.Minute
	// auditMax is the age of an audit that still says something: it runs every night.
	auditMax = 36 * time.Hour
	// skewMax between a process and the database is as much as deploy/README.md allows.
	skewMax = time.Second
	// processMax without a sign of life is a process that is gone.
	processMax = time.Minute
)

// relayReaders publish to Kafka; all others are read models.
var relayReaders = map[string]bool{"relay": true, "outcomes": true}

func (r *reading) waiting(ctx context.Context) (Lamp, error) {
	if r.Waiting == nil {
		return Lamp{Level: Unknown, Shape: ShapeUnknown, Value: "not known", Detail: "Kafka is not asked here"}, nil
	}
	by, err := r.Waiting(ctx)
	if err != nil {
		return Lamp{}, err
	}
	total, most, where := int64(0), int64(0), ""
	for _, partition := range slices.Sorted(maps.Keys(by)) {
		n := by[partition]
		if total += n; n > most {
			most, where = n, partition
		}
	}
	lamp := Lamp{Level: OK, Shape: ShapeOK, Value: Count(total)}
	if where != "" {
		lamp.Detail = "most in " + where
	}
	if total > waitingMax {
		lamp.Level, lamp.Shape = Attention, ShapeWait
		r.need(Todo{Level: Attention, Shape: ShapeWait, Title: Count(total) + " commands wait", Page: "/flow",
			Command: "tenure topics list",
			Text: "Most of them in " + where + ". More workers share the partitions; one that is blocked says why in its " +
				"log."})
	}
	return lamp, nil
}

// readersBehind are read once, for two lamps.
func (r *reading) readersBehind(ctx context.Context) ([]store.ReaderBehind, error) {
	if !r.behindOK {
		all, err := r.Store.Readers(ctx)
		if err != nil {
			return nil, err
		}
		r.behind, r.behindOK = all, true
	}
	return r.behind, nil
}

func (r *reading) relay(ctx context.Context) (Lamp, error) {
	return r.readers(ctx, true, "relay")
}

func (r *reading) readModels(ctx context.Context) (Lamp, error) {
	return r.readers(ctx, false, "read model")
}

// readers sums up how far the readers of a kind are behind.
func (r *reading) readers(ctx context.Context, relay bool, what string) (Lamp, error) {
	all, err := r.readersBehind(ctx)
	if err != nil {
		return Lamp{}, err
	}
	var events int64
	var worst store.ReaderBehind
	found := false
	for _, reader := range all {
		if relayReaders[reader.Name] != relay {
			continue
		}
		found = true
		events += reader.Events
		if reader.Events > 0 && (worst.Oldest.IsZero() || reader.Oldest.Before(worst.Oldest)) {
			worst = reader
		}
	}
	switch {
	case !found:
		return Lamp{Level: Unknown, Shape: ShapeUnknown, Value: "not known", Detail: "no feed has run yet"}, nil
	case events == 0:
		return Lamp{Level: OK, Shape: ShapeOK, Value: "current"}, nil
	}
	age := r.Now.Sub(worst.Oldest)
	lamp := Lamp{Level: OK, Shape: ShapeOK, Value: Count(events) + " events behind", Detail: Duration(age)}
	if age > behindMax {
		lamp.Level, lamp.Shape = Stopped, ShapeBad
		lamp.Detail = fmt.Sprintf("%s, shard %d, %s", worst.Name, worst.Shard, Duration(age))
		r.need(Todo{Level: Stopped, Shape: ShapeBad, Title: fmt.Sprintf("The %s %s is behind in shard %d", what, worst.Name,
			worst.Shard),
			Text:    fmt.Sprintf("Its first event waits for %s; %s events in all.", Duration(age), Count(events)),
			Page:    "/flow",
			Command: "tenure projection list"})
	}
	return lamp, nil
}

func (r *reading) parked(ctx context.Context) (Lamp, error) {
	parked, err := r.Store.ParkedSome(ctx)
	if err != nil {
		return Lamp{}, err
	}
	names := make([]string, 0, len(parked.Reasons))
	for _, reason := range parked.Reasons {
		names = append(names, reason.Reason)
	}
	if parked.Messages == 0 {
		return Lamp{Level: OK, Shape: ShapeOK, Value: "nothing"}, nil
	}
	age, many := Duration(r.Machine.Sub(parked.Oldest)), Count(parked.Messages)
	if parked.More {
		many = MoreThan(parked.Messages - 1)
	}
	r.need(Todo{Level: Attention, Shape: ShapeParked, Title: many + " " + Plural(parked.Messages, "message is",
		"messages are") + " parked",
		Text: fmt.Sprintf("Reasons: %s. %s %s behind them; the oldest for %s.", strings.Join(names, ", "),
			Count(parked.Subjects), Plural(parked.Subjects, "subject waits", "subjects wait"), age),
		Page: "/parked", Command: "tenure parked list"})
	return Lamp{Level: Attention, Shape: ShapeParked, Value: many + " " + Plural(parked.Messages, "message", "messages"),
		Detail: "oldest " + age}, nil
}

func (r *reading) halts(ctx context.Context) (Lamp, error) {
	halts, err := r.Store.Halts(ctx)
	if err != nil {
		return Lamp{}, err
	}
	r.status.Halts = halts
	if len(halts) == 0 {
		return Lamp{Level: OK, Shape: ShapeOK, Value: "none"}, nil
	}
	names := make([]string, 0, len(halts))
	for _, h := range halts {
		names = append(names, h.Scope)
		r.need(Todo{Level: Attention, Shape: ShapeHalt, Title: "Halt of " + h.Scope, Page: "/switches",
			Text:    fmt.Sprintf("Since %s: “%s”.", Duration(r.Now.Sub(h.At)), h.Reason),
			Command: "tenure run resume --scope " + h.Scope + " --reason REASON"})
	}
	return Lamp{Level: Attention, Shape: ShapeHalt, Value: fmt.Sprintf("%d: %s", len(halts), strings.Join(names, ", ")),
		Detail: Duration(r.Now.Sub(halts[0].At))}, nil
}

// living are the processes that gave a sign of life lately.
func (r *reading) living(ctx context.Context) ([]store.Process, error) {
	if r.processesOK {
		return r.processes, nil
	}
	all, err := r.Store.Processes(ctx)
	if err != nil {
		return nil, err
	}
	for _, p := range all {
		if p.Age <= processMax {
			r.processes = append(r.processes, p)
		}
	}
	r.processesOK = true
	return r.processes, nil
}

func (r *reading) shards(ctx context.Context) (Lamp, error) {
	heads, err := r.Store.Heads(ctx)
	if err != nil {
		return Lamp{}, err
	}
	processes, err := r.living(ctx)
	if err != nil {
		return Lamp{}, err
	}
	owned, blocked := map[int32]bool{}, map[int32]string{}
	for _, p := range processes {
		for _, shard := range p.Shards {
			owned[shard] = true
		}
		maps.Copy(blocked, p.Blocked)
	}
	value := fmt.Sprintf("%d of %d owned", len(owned), len(heads))
	switch {
	case len(heads) == 0:
		return Lamp{Level: Unknown, Shape: ShapeUnknown, Value: "none yet"}, nil
	case len(blocked) > 0:
		shard := slices.Min(slices.Collect(maps.Keys(blocked)))
		r.need(Todo{Level: Stopped, Shape: ShapeBad, Title: fmt.Sprintf("%d shards are blocked", len(blocked)), Page: "/flow",
			Text: fmt.Sprintf("Shard %d: %s.", shard, blocked[shard]), Command: "tenure check"})
		return Lamp{Level: Stopped, Shape: ShapeBad, Value: fmt.Sprintf("%d blocked", len(blocked)), Detail: value}, nil
	case len(owned) < len(heads):
		r.need(Todo{Level: Attention, Shape: ShapeWait, Title: fmt.Sprintf("%d shards have no owner", len(heads)-len(owned)),
			Page: "/flow",
			Text: "Their commands wait until a worker takes them.", Command: "tenure serve --roles worker"})
		return Lamp{Level: Attention, Shape: ShapeWait, Value: value}, nil
	}
	return Lamp{Level: OK, Shape: ShapeOK, Value: value}, nil
}

func (r *reading) audit(ctx context.Context) (Lamp, error) {
	last, found, err := r.Store.LastAudit(ctx)
	if err != nil {
		return Lamp{}, err
	}
	if !found {
		return Lamp{Level: Unknown, Shape: ShapeUnknown, Value: "never", Detail: "next: tenure audit"}, nil
	}
	age := Duration(last.Age)
	switch {
	case last.Broken > 0:
		r.need(Todo{Level: Stopped, Shape: ShapeBad, Title: fmt.Sprintf("The audit found %d broken invariants", last.Broken),
			Page: "/proofs",
			Text: "The last audit was " + age + " ago.", Command: "tenure audit"})
		return Lamp{Level: Stopped, Shape: ShapeBad, Value: fmt.Sprintf("%d broken", last.Broken), Detail: age + " ago"}, nil
	case last.Age > auditMax:
		return Lamp{Level: Attention, Shape: ShapeWait, Value: "too old", Detail: age + " ago"}, nil
	}
	return Lamp{Level: OK, Shape: ShapeOK, Value: "holds", Detail: fmt.Sprintf("%s ago, %d checks", age, last.Checks)}, nil
}

func (r *reading) versions(ctx context.Context) (Lamp, error) {
	processes, err := r.living(ctx)
	if err != nil {
		return Lamp{}, err
	}
	versions := map[string]bool{}
	for _, p := range processes {
		versions[p.Version] = true
	}
	detail := fmt.Sprintf("%d %s", len(processes),
		Plural(int64(len(processes)), "process", "processes"))
	switch len(versions) {
	case 0:
		return Lamp{Level: Stopped, Shape: ShapeBad, Value: "no process", Detail: "none gave a sign of life for " +
			Duration(processMax)}, nil
	case 1:
		return Lamp{Level: OK, Shape: ShapeOK, Value: "1 build", Detail: slices.Sorted(maps.Keys(versions))[0] + ", " +
			detail}, nil
	}
	return Lamp{Level: Running, Shape: ShapeRun, Value: fmt.Sprintf("%d builds", len(versions)), Detail: detail}, nil
}

func (r *reading) clock(ctx context.Context) (Lamp, error) {
	if r.Simulated {
		return Lamp{Level: OK, Shape: ShapeHeld, Value: "simulated", Detail: r.Now.In(r.Zone).Format("2 Jan 2006 15:04")}, nil
	}
	processes, err := r.living(ctx)
	if err != nil {
		return Lamp{}, err
	}
	var most time.Duration
	for _, p := range processes {
		most = max(most, p.Skew.Abs())
	}
	lamp := Lamp{Level: OK, Shape: ShapeOK, Value: "real", Detail: fmt.Sprintf("largest skew %.2f s", most.Seconds())}
	if most > skewMax {
		lamp.Level, lamp.Shape = Attention, ShapeWait
		r.need(Todo{Level: Attention, Shape: ShapeWait, Title: "A clock differs from the database's", Page: "/cluster",
			Text: lamp.Detail + ".", Command: "tenure check"})
	}
	return lamp, nil
}
