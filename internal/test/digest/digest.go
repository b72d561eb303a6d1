package digest

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/domain"
	"tenure/events"
	"tenure/internal/store"
	"tenure/projections"
)

// Digest is a system as it stands for those who live off it, without what may differ between two lives that are the
// same: positions, instants, and whether a tick or a run was quicker to do what was due.
type Digest struct {
	Streams  map[string][]string // the events of each subject, in their order
	Answers  map[string]string   // the outcome of each command whose id begins with Prefix
	Lines    map[string]string   // as accounting reads them, by id
	Totals   map[string]string   // what each run announced
	Readable map[string]string   // what the read models show
}

// Prefix begins the ids of the commands whose answers count.
const Prefix = "script-"

// pageMax is how many events one read of a digest asks for.
const pageMax = 5_000

// Of reads the digest of a system that is quiet.
func Of(t testing.TB, db *store.Store) *Digest {
	t.Helper()
	d := &Digest{
		Streams: map[string][]string{}, Answers: map[string]string{}, Lines: map[string]string{},
		Totals: map[string]string{}, Readable: map[string]string{},
	}
	heads, err := db.Heads(context.Background())
	require.NoError(t, err)
	for _, shard := range slices.Sorted(maps.Keys(heads)) {
		eachEvent(t, db, shard, func(e store.Event) { d.take(t, e) })
		eachOutcome(t, db, shard, func(o store.Outcome) { d.answer(t, o) })
	}
	parked, err := db.ParkedList(context.Background(), store.ParkedFilter{})
	require.NoError(t, err)
	for i := range parked {
		if id := parked[i].CommandID; strings.HasPrefix(id, Prefix) {
			d.Answers[id] = "parked " + parked[i].Reason
		}
	}
	for stream := range d.Streams {
		if kind, id := domain.SplitStream(stream); kind == domain.KindEmployee {
			d.Readable[id] = shown(t, db, id)
		}
	}
	return d
}

func eachEvent(t testing.TB, db *store.Store, shard store.ShardID, take func(store.Event)) {
	t.Helper()
	each(t, db.Events, shard, func(e store.Event) int64 { return e.Position }, take)
}

func eachOutcome(t testing.TB, db *store.Store, shard store.ShardID, take func(store.Outcome)) {
	t.Helper()
	each(t, db.OutcomesAfter, shard, func(o store.Outcome) int64 { return o.Sequence }, take)
}

// each reads a shard's rows page by page, in the order of their place.
func each[Row any](
	t testing.TB, read func(context.Context, store.ShardID, int64, int) ([]Row, error), shard store.ShardID,
	place func(Row) int64, take func(Row),
) {
	t.Helper()
	for after := int64(0); ; {
		page, err := read(context.Background(), shard, after, pageMax)
		require.NoError(t, err)
		for _, row := range page {
			take(row)
			after = place(row)
		}
		if len(page) < pageMax {
			return
		}
	}
}

// take adds an event. Those of runs say where in the log their lines stand; of them only the announcement counts.
func (d *Digest) take(t testing.TB, e store.Event) {
	payload, err := events.Decode(e.Type, e.Payload)
	require.NoError(t, err)
	switch e := payload.(type) {
	case events.RunCompleted:
		announced, err := json.Marshal(e.Totals)
		require.NoError(t, err)
		d.Totals[e.Run] = fmt.Sprintf("%d %d %d %d %s", e.Examined, e.Billed, e.NotBilled, e.Documents, announced)
	case events.EmployeeInvoiced:
		for _, line := range e.Lines {
			written, err := json.Marshal(line)
			require.NoError(t, err)
			d.Lines[line.ID.String()] = string(written)
		}
	}
	if kind, _ := domain.SplitStream(e.Stream); kind == domain.KindRun || kind == domain.KindRunShard {
		return
	}
	d.Streams[e.Stream] = append(d.Streams[e.Stream], e.Type+" "+string(e.Payload))
}

// answer adds the final outcomes of employees' commands; how often one was asked again is not counted.
func (d *Digest) answer(t testing.TB, o store.Outcome) {
	if !o.Final || !strings.HasPrefix(o.CommandID, Prefix) {
		return
	}
	var a struct {
		Status string          `json:"status"`
		Error  json.RawMessage `json:"error"`
	}
	require.NoError(t, json.Unmarshal(o.Answer, &a))
	d.Answers[o.CommandID] = a.Status + " " + string(a.Error)
}

// shown is what the read models show of an employee.
func shown(t testing.TB, db *store.Store, id string) string {
	t.Helper()
	e, ok, err := projections.EmployeeByID(context.Background(), db, id)
	require.NoError(t, err)
	if !ok {
		return "nobody"
	}
	written, err := json.Marshal(e)
	require.NoError(t, err)
	var bare map[string]any
	require.NoError(t, json.Unmarshal(written, &bare))
	delete(bare, "position")
	written, err = json.Marshal(bare)
	require.NoError(t, err)
	return string(written)
}

// instant matches an instant as JSON has it; what follows its day is grouped.
var instant = regexp.MustCompile(`("\d{4}-\d{2}-\d{2})T[0-9:.]+(Z|[+-]\d{2}:\d{2})"`)

// planned matches the digest of a plan.
var planned = regexp.MustCompile(`\b[0-9a-f]{64}\b`)

// OnDays leaves of every instant its day alone: a process whose clock is wrong by hours decides at other instants. A
// refusal that names the digest of a plan names none: an employee who leaves is in the plan until the tick was there.
func (d *Digest) OnDays() *Digest {
	onDay := func(text string) string { return instant.ReplaceAllString(text, `$1"`) }
	for _, list := range d.Streams {
		for i := range list {
			list[i] = onDay(list[i])
		}
	}
	for id := range d.Readable {
		d.Readable[id] = onDay(d.Readable[id])
	}
	for id := range d.Answers {
		d.Answers[id] = planned.ReplaceAllString(d.Answers[id], "of a plan")
	}
	return d
}

// Equal fails with the first few differences.
func (d *Digest) Equal(t testing.TB, got *Digest) {
	t.Helper()
	same(t, "answer to", d.Answers, got.Answers)
	same(t, "line", d.Lines, got.Lines)
	same(t, "totals of", d.Totals, got.Totals)
	joined := func(streams map[string][]string) map[string]string {
		all := map[string]string{}
		for stream, facts := range streams {
			all[stream] = strings.Join(facts, "\n")
		}
		return all
	}
	same(t, "events of", joined(d.Streams), joined(got.Streams))
	same(t, "document of", d.Readable, got.Readable)
	require.False(t, t.Failed(), "the system is not as one to which nothing happened")
}

// differencesMax is how many differences of a kind are shown.
const differencesMax = 3

func same(t testing.TB, what string, want, got map[string]string) {
	t.Helper()
	shown := 0
	names := maps.Clone(want)
	maps.Copy(names, got)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if want[name] == got[name] {
			continue
		}
		if shown++; shown <= differencesMax {
			t.Errorf("%s %s\nundisturbed: %s\n  disturbed: %s", what, name, want[name], got[name])
		}
	}
	if shown > differencesMax {
		t.Errorf("%s: %d differences in all", what, shown)
	}
}
