package bench

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"tenure/internal/bus"
	"tenure/internal/store"
)

// Scenarios are the names of the scenarios in their order.
func Scenarios() []string {
	names := make([]string, len(scenarios))
	for i, s := range scenarios {
		names[i] = s.name
	}
	return names
}

var scenarios = []struct {
	name string
	run  func(context.Context, *session) error
}{
	{"commands", commands},
	{"through", through},
	{"latency", latency},
	{"night", night},
	{"years", years},
	{"year", year},
	{"rebuild", rebuilds},
}

// The sizes that the floors are meant for, and smaller ones that still measure something.
const (
	commandsDefault  = 200_000
	employeesDefault = 20_000
	employeesYears   = 50_000
	// plainShare of the commands is enough for the baseline, which is some ten times slower.
	plainShare = 40
	plainMin   = 200
	// latencyRate is in commands a second.
	latencyRate    = 1_000
	latencyTime    = 20 * time.Second
	latencyPlain   = 5 * time.Second
	employeesFloor = 1_000_000 // the size that the floors of the nightly run are meant for
)

// Options select what is measured and on what. The zero value of each has a default.
type Options struct {
	Scenarios  []string // of Scenarios(); none: all
	Commands   int      // of each kind, in commands and through
	Employees  int      // of a nightly run
	Lines      int      // of an employee in a nightly run
	Partitions int32    // of the command topics
	Rate       int      // of latency, in commands a second
	For        time.Duration
	Program    string   // the tenure binary, for worker and feed as separate processes; empty: in this one
	Admin      string   // address of that process for profiles; empty: a free port
	Dir        string   // where temporary files go; empty: where the system keeps them
	Brokers    []string // a private Kafka without topics of Tenure; empty: the embedded broker
	// HeapLimit is the soft limit of the heap in a container of so many bytes; nil: the program's own.
	HeapLimit func(container int64) int64
	// Build is what is measured, as tenure version says it.
	Build string
	// Advance moves a simulated clock to an instant as an operator does, and says of each step that it is through; nil:
	// there is no scenario year.
	Advance func(ctx context.Context, s *store.Store, to time.Time, step func(time.Time)) error
	Log     *slog.Logger
	Say     func(format string, args ...any) // progress

	sized bool // Employees was asked for
}

func (o Options) complete() (Options, error) {
	if len(o.Scenarios) == 0 {
		o.Scenarios = Scenarios()
	}
	for _, name := range o.Scenarios {
		if !slices.Contains(Scenarios(), name) {
			return o, fmt.Errorf("bench: %q is not one of %s", name, strings.Join(Scenarios(), ", "))
		}
	}
	o.sized = o.Employees > 0
	o.Commands, o.Employees = cmp.Or(o.Commands, commandsDefault), cmp.Or(o.Employees, employeesDefault)
	o.Partitions, o.Rate = cmp.Or(o.Partitions, bus.PartitionsDefault), cmp.Or(o.Rate, latencyRate)
	o.For, o.Lines = cmp.Or(o.For, latencyTime), cmp.Or(o.Lines, linesDefault)
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Say == nil {
		o.Say = func(string, ...any) {}
	}
	return o, nil
}

// plainCommands is how many commands the baseline takes.
func (o Options) plainCommands() int { return max(o.Commands/plainShare, min(o.Commands, plainMin)) }

// session is one scenario under way.
type session struct {
	*stage
	scenario string
	report   *Report
}

// Run measures. Each scenario has a private database and topics, which are gone when it returns. The report holds what
// was measured also when a later scenario fails.
func Run(ctx context.Context, o Options) (*Report, error) {
	o, err := o.complete()
	if err != nil {
		return nil, err
	}
	report := &Report{Taken: time.Now().UTC(), Machine: describe(), Build: o.Build, Scenarios: o.Scenarios,
		Commands: o.Commands, Employees: o.Employees, Lines: o.Lines}
	if o.Program == "" {
		report.Notes = append(report.Notes, "worker and feed ran in the measuring process: memory is not theirs alone")
	}
	for _, s := range scenarios {
		if !slices.Contains(o.Scenarios, s.name) {
			continue
		}
		if err := one(ctx, o, report, s.name, s.run); err != nil {
			return report, fmt.Errorf("bench: %s: %w", s.name, ended(ctx, err))
		}
	}
	return report, nil
}

// ended adds the end of ctx to an error that it caused: a server that is killed while it starts reports its signal
// only.
func ended(ctx context.Context, err error) error {
	if cause := ctx.Err(); cause != nil && !errors.Is(err, cause) {
		return fmt.Errorf("%w: %w", cause, err)
	}
	return err
}

func one(
	ctx context.Context,
	o Options,
	report *Report,
	name string,
	scene func(context.Context, *session) error,
) (err error) {
	o.Say("%s: starting broker and database", name)
	st, err := newStage(ctx, o)
	if err != nil {
		return err
	}
	defer func() {
		if failed := st.close(context.WithoutCancel(ctx)); err == nil {
			err = failed
		}
	}()
	report.Machine.Postgres, report.Machine.Broker = st.postgresVersion, st.brokerKind
	return scene(ctx, &session{stage: st, scenario: name, report: report})
}
