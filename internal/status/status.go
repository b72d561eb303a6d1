package status

import (
	"context"
	"fmt"
	"strings"
	"time"

	"tenure/billing"
	"tenure/domain"
	"tenure/events"
	"tenure/internal/history"
	"tenure/internal/runstate"
	"tenure/internal/store"
)

// Level is how much a lamp asks for.
type Level int

// The levels, the worst last.
const (
	OK        Level = iota // nothing to do
	Running                // under way, on its own
	Unknown                // not known: neither good nor bad
	Attention              // an operator is needed
	Stopped                // blocked: nothing moves until an operator acts
)

// Shape is the symbol of a state; a word and a colour repeat it.
type Shape string

// The shapes.
const (
	ShapeOK      Shape = "ok"      // completed
	ShapeRun     Shape = "run"     // runs
	ShapeWait    Shape = "wait"    // waits for an approval
	ShapeHalt    Shape = "halt"    // halted
	ShapeBad     Shape = "bad"     // blocked, refused or abandoned
	ShapeHeld    Shape = "held"    // held from billing
	ShapeParked  Shape = "parked"  // parked
	ShapeUnknown Shape = "unknown" // to come, or not known
)

// Lamp is the state of one thing.
type Lamp struct {
	Name   string `json:"name"`
	Level  Level  `json:"level"`
	Shape  Shape  `json:"shape"`
	Value  string `json:"value"`            // a word or a figure
	Detail string `json:"detail,omitempty"` // since when, how many
	Page   string `json:"page,omitempty"`   // of the console, that shows what it counts
}

// Todo is something that an operator has to decide.
type Todo struct {
	Level   Level  `json:"level"`
	Shape   Shape  `json:"shape"`
	Title   string `json:"title"`
	Text    string `json:"text"`
	Page    string `json:"page"`
	Command string `json:"command"` // that shows more
}

// Status is what one reading found.
type Status struct {
	At       time.Time    `json:"at"` // business time
	Level    Level        `json:"level"`
	Shape    Shape        `json:"shape"`
	Sentence string       `json:"sentence"` // the finding
	Detail   string       `json:"detail"`
	Lamps    []Lamp       `json:"lamps"`
	Todo     []Todo       `json:"todo"`
	Halts    []store.Halt `json:"-"`
}

// Sources is where a status is read from.
type Sources struct {
	Store     *store.Store
	Now       time.Time // business time
	Machine   time.Time // real time
	Simulated bool      // the clock is
	Zone      *time.Location
	ExpectBy  time.Duration // after local midnight, by when the run is to be complete; 0: no hour is given
	// Progress reads how far a run is: runs.ProgressOf.
	Progress func(ctx context.Context, s *store.Store, id string) (runstate.Progress, error)
	// Waiting counts the commands that no worker has taken, by topic and partition; nil where Kafka is not asked.
	Waiting func(ctx context.Context) (map[string]int64, error)
}

// Read reads everything. A part that cannot be read becomes an unknown lamp with its error: the others are still shown.
func Read(ctx context.Context, from Sources) Status {
	s := Status{At: from.Now}
	r := &reading{Sources: from, status: &s}
	s.Lamps = []Lamp{
		r.lamp("Run", "/runs", func() (Lamp, error) { return r.run(ctx) }),
		r.lamp("Commands waiting", "/flow", func() (Lamp, error) { return r.waiting(ctx) }),
		r.lamp("Relay", "/flow", func() (Lamp, error) { return r.relay(ctx) }),
		r.lamp("Read models", "/flow", func() (Lamp, error) { return r.readModels(ctx) }),
		r.lamp("Parked", "/parked", func() (Lamp, error) { return r.parked(ctx) }),
		r.lamp("Halts", "/switches", func() (Lamp, error) { return r.halts(ctx) }),
		r.lamp("Shards", "/flow", func() (Lamp, error) { return r.shards(ctx) }),
		r.lamp("Audit", "/proofs", func() (Lamp, error) { return r.audit(ctx) }),
		r.lamp("Versions", "/cluster", func() (Lamp, error) { return r.versions(ctx) }),
		r.lamp("Clock", "/cluster", func() (Lamp, error) { return r.clock(ctx) }),
	}
	for _, l := range s.Lamps {
		s.Level = max(s.Level, l.Level)
	}
	r.sortTodo()
	return s
}

// reading is one reading under way.
type reading struct {
	Sources
	status      *Status
	behind      []store.ReaderBehind
	behindOK    bool
	processes   []store.Process
	processesOK bool
}

// lamp names a lamp and turns an error into one that says so.
func (r *reading) lamp(name, page string, read func() (Lamp, error)) Lamp {
	l, err := read()
	if err != nil {
		l = Lamp{Level: Unknown, Shape: ShapeUnknown, Value: "not known", Detail: err.Error()}
	}
	l.Name = name
	if l.Page == "" {
		l.Page = page
	}
	return l
}

func (r *reading) need(t Todo) { r.status.Todo = append(r.status.Todo, t) }

// sortTodo puts what is blocked before what waits, each in the order of the lamps.
func (r *reading) sortTodo() {
	var first, then []Todo
	for _, t := range r.status.Todo {
		if t.Level == Stopped {
			first = append(first, t)
		} else {
			then = append(then, t)
		}
	}
	r.status.Todo = append(first, then...)
}

// night finds the oldest run that is not complete, or the last one, and words the heading.
func (r *reading) run(ctx context.Context) (Lamp, error) {
	missing, err := runstate.Missing(ctx, r.Store, r.Now, r.Zone)
	if err != nil {
		return Lamp{}, err
	}
	if len(missing) == 0 {
		return r.runDone(ctx)
	}
	return r.runUnderWay(ctx, missing)
}

func (r *reading) runDone(ctx context.Context) (Lamp, error) {
	last, err := runstate.Last(ctx, r.Store)
	if err != nil {
		return Lamp{}, err
	}
	if last == nil {
		r.head(OK, ShapeUnknown, "No run yet", "The first one comes shortly after midnight in "+r.Zone.String()+".")
		return Lamp{Level: OK, Shape: ShapeUnknown, Value: "none yet"}, nil
	}
	date, err := runstate.NightOf(last.ID)
	if err != nil {
		return Lamp{}, err
	}
	done, _, err := history.Find[events.RunCompleted](ctx, r.Store, domain.Stream(domain.KindRun, last.ID))
	if err != nil {
		return Lamp{}, err
	}
	detail := fmt.Sprintf("%s of %s billed", Count(done.Event.Billed), Count(done.Event.Examined))
	for _, t := range done.Event.Totals {
		if t.Ledger == billing.Customer {
			detail += fmt.Sprintf(", %s %s", Money(t.Amount), t.Currency)
		}
	}
	r.head(OK, ShapeOK, "The run of "+dayText(date)+" is complete",
		detail+". The next one is in "+Duration(r.untilMidnight())+".")
	return Lamp{Level: OK, Shape: ShapeOK, Value: "complete", Detail: dayText(date), Page: "/runs/" + last.ID}, nil
}

func (r *reading) untilMidnight() time.Duration {
	local := r.Now.In(r.Zone)
	return time.Date(local.Year(), local.Month(), local.Day()+1, 0, 0, 0, 0, r.Zone).Sub(r.Now)
}

// words of the states of a run: shape, level, what the heading says, what the lamp says.
var runWords = map[string]struct {
	shape   Shape
	level   Level
	heading string
	value   string
}{
	runstate.StateNone:      {ShapeUnknown, Running, "is to begin", "to begin"},
	runstate.StatePlanning:  {ShapeRun, Running, "is being planned", "planning"},
	runstate.StateChanged:   {ShapeWait, Attention, "needs another plan: too much changed", "plan again"},
	runstate.StateWaiting:   {ShapeWait, Attention, "waits for an approval", "waits for approval"},
	runstate.StateStarting:  {ShapeRun, Running, "is starting", "starting"},
	runstate.StateRunning:   {ShapeRun, Running, "is running", "running"},
	runstate.StateHalted:    {ShapeHalt, Attention, "is halted", "halted"},
	runstate.StateClosing:   {ShapeRun, Running, "is issuing its documents", "closing"},
	runstate.StateCompleted: {ShapeOK, OK, "is complete", "complete"},
	runstate.StateAbandoned: {ShapeBad, Attention, "was abandoned", "abandoned"},
}

func (r *reading) runUnderWay(ctx context.Context, missing []billing.Date) (Lamp, error) {
	date := missing[0]
	id := runstate.ID(date)
	state := runstate.StateNone
	var progress runstate.Progress
	run, err := runstate.Read(ctx, r.Store, id)
	if err == nil && (run.Planned != nil || run.Started != nil) {
		if progress, err = r.Progress(ctx, r.Store, id); err == nil {
			state = progress.State
		}
	}
	if err != nil {
		return Lamp{}, err
	}
	words, ok := runWords[state]
	if !ok {
		words = runWords[runstate.StateWaiting]
		words.heading, words.value = "is "+state, state
	}
	detail := r.runDetail(progress, missing)
	r.head(words.level, words.shape, "The run of "+dayText(date)+" "+words.heading, detail)
	if words.level >= Attention {
		r.need(Todo{Level: words.level, Shape: words.shape, Title: "Decide on " + id + ": it " + words.heading,
			Text: detail, Page: "/runs/" + id, Command: "tenure run status " + id})
	}
	lamp := Lamp{Level: words.level, Shape: words.shape, Value: words.value, Detail: dayText(date), Page: "/runs/" + id}
	if late := r.late(date); late != "" && words.level < Attention {
		lamp.Level, lamp.Detail = Attention, late
	}
	return lamp, nil
}

// nightDetail says in a few sentences what is known of a run under way.
func (r *reading) runDetail(p runstate.Progress, missing []billing.Date) string {
	text := ""
	if p.Run != nil && p.Run.Planned != nil {
		sum := p.Run.Planned.Summary
		text = fmt.Sprintf("Planned: %s of %s employees", Count(sum.Billed), Count(sum.Examined))
		for _, t := range sum.Totals {
			if t.Ledger == billing.Customer {
				text += fmt.Sprintf(", %s %s", Money(t.Amount), t.Currency)
			}
		}
		text += ". "
	}
	if p.Run != nil && p.Run.Started != nil {
		text += fmt.Sprintf("%s of %s examined, %d of %d shards through. ", Count(p.Examined), Count(p.Expected), p.Done,
			len(p.Shards))
	}
	if late := r.late(missing[0]); late != "" {
		text += "It is " + late + ". "
	}
	if n := len(missing) - 1; n > 0 {
		text += fmt.Sprintf("%d more %s behind it.", n, Plural(int64(n), "run waits", "runs wait"))
	}
	if text == "" {
		text = "It begins on its own."
	}
	return strings.TrimSpace(text)
}

// late says by how much a run is behind its hour; empty: it is not.
func (r *reading) late(date billing.Date) string {
	if r.ExpectBy == 0 || r.Simulated {
		return ""
	}
	due := domain.Midnight(date, r.Zone).Add(r.ExpectBy)
	if !r.Now.After(due) {
		return ""
	}
	return Duration(r.Now.Sub(due)) + " late"
}

func (r *reading) head(level Level, shape Shape, sentence, detail string) {
	r.status.Shape, r.status.Sentence, r.status.Detail = shape, sentence, detail
	r.status.Level = max(r.status.Level, level)
}

// RunWords are the symbol of a state of a run and how a heading says it.
func RunWords(state string) (Shape, string) {
	if words, ok := runWords[state]; ok {
		return words.shape, words.heading
	}
	return ShapeWait, "is " + state
}
