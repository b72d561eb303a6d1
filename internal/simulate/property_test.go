package simulate

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"tenure/billing"
	"tenure/domain"
	"tenure/events"
)

// Histories per property: enough to find a slip in seconds, fewer for a quick look, and many more in the long run.
const (
	histories      = "500"
	historiesQuick = "100"
	historiesLong  = "10000"
)

func TestMain(m *testing.M) {
	flag.Parse()
	checks := histories
	switch {
	case os.Getenv("TENURE_LONG") == "1":
		checks = historiesLong
	case testing.Short():
		checks = historiesQuick
	}
	if !onCommandLine("rapid.checks") {
		if err := flag.Set("rapid.checks", checks); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

func onCommandLine(name string) (set bool) {
	flag.Visit(func(f *flag.Flag) { set = set || f.Name == name })
	return set
}

// nets are the signed sums per ledger, payer, source, product and terms, without those that are 0. What was billed once
// is left out: it is not corrected afterwards (rule 10).
func nets(lines []billing.Line) map[string]string {
	sums := map[string]decimal.Decimal{}
	for i := range lines {
		if l := &lines[i]; l.Recurrence != billing.None {
			key := fmt.Sprint(l.Ledger, " ", l.BillTo, " ", l.Source, " ", l.Product, " ", l.Units, "×", l.UnitPrice)
			sums[key] = sums[key].Add(l.Amount.Decimal())
		}
	}
	out := map[string]string{}
	for key, sum := range sums {
		if !sum.IsZero() {
			out[key] = sum.String()
		}
	}
	return out
}

// dump is lines as a failure shows them: written when it does, since a property compares them thousands of times.
type dump []billing.Line

// String is a row a line.
func (d dump) String() string {
	var b strings.Builder
	for i := range d {
		l := &d[i]
		fmt.Fprintln(&b, l.Kind, l.Ledger, l.BillTo, l.Source, l.Product, l.Period, l.Reason, l.Formula())
	}
	return b.String()
}

func TestProperty_AnyScheduleOfRunsGivesTheSameNetAsOneRunAtTheEnd(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l := newLife(t)
		l.play(func(billed) {})
		if l.inFront() {
			l.sameAsOneRun(l.today)
		}
		l.sameAsOneRun(l.last())
	})
}

// sameAsOneRun compares the nets, after a run as of the day, with those of one run that comes after all changes.
func (l *life) sameAsOneRun(asOf billing.Date) {
	l.run(asOf)
	once := l.begin(false)
	for _, d := range l.done {
		if d.asOf == 0 {
			l.again(once, d)
		}
	}
	foresight := l.again(once, deed{asOf: asOf}).lines
	require.Equal(l, nets(foresight), nets(l.lines), "as of %s\n%s\nonce:\n%s", asOf, dump(l.lines), dump(foresight))
}

// inFront reports whether the last day may be compared although days behind it were billed: every service has begun by
// then. A start that moved behind it keeps the days that stay served (rule 16), and in arrears the days of an end that
// was withdrawn stay billed.
func (l *life) inFront() bool {
	for i := range l.h.employee.Addons {
		if l.h.employee.Addons[i].Start > l.today {
			return false
		}
	}
	products := l.h.employee.Products
	begun := len(products) == 0 || products[len(products)-1].From <= l.today
	return begun && l.h.employee.NewProduct == nil && len(l.h.employee.RatePlans) == 0 && !l.arrears()
}

func TestProperty_ASecondRunOrAnEarlierOneEmitsNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l := newLife(t)
		l.play(func(b billed) {
			for _, asOf := range []billing.Date{b.asOf, b.asOf - 1, b.asOf - 45} {
				again := l.again(l.h, deed{asOf: asOf})
				require.Empty(t, dump(again.lines), "run as of %s after %s", asOf, b.asOf)
			}
		})
	})
}

func TestProperty_NobodyIsDueInVainAndNobodyIsForgotten(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l := newLife(t)
		l.play(func(b billed) {
			if b.asOf != l.today {
				return // a run of an earlier night: its next day counts from now
			}
			due := l.h.employee.BillDue(l.h.world)
			require.False(t, due != 0 && due <= b.asOf, "due %s right after a run as of %s", due, b.asOf)
			before := due - 1
			if due == 0 {
				before = b.asOf.AddMonths(120, 0)
			}
			if l.h.employee.NewProduct == nil { // its midnight would pass
				require.Empty(t, dump(l.invoice(before)), "due %s, billed as of %s", due, before)
			}
			if due != 0 {
				require.NotEmpty(t, l.invoice(due), "due in vain %s", due)
			}
		})
	})
}

// invoice asks what a run would bill, and records nothing.
func (l *life) invoice(asOf billing.Date) []billing.Line {
	w := l.h.world
	w.Now = w.Midnight(asOf)
	decided, _, err := l.h.employee.Invoice(w, domain.RunID(domain.RunNightly, asOf), asOf)
	require.NoError(l, err)
	for _, event := range decided {
		if invoiced, ok := event.(events.EmployeeInvoiced); ok {
			return invoiced.Lines
		}
	}
	return nil
}

func TestProperty_ReplayingTheEventsGivesTheSameStateAndCatalogue(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l := newLife(t)
		l.playWithOrders(func(billed) {})
		replayed := &domain.Employee{ID: employeeID}
		var catalogue []events.Recorded
		for _, r := range l.h.log {
			event, err := reread(r.Event)
			require.NoError(t, err)
			if r.Stream == l.h.stream() {
				replayed.Evolve(event)
			} else {
				r.Event = event
				catalogue = append(catalogue, r)
			}
		}
		require.JSONEq(t, toJSON(t, l.h.employee), toJSON(t, replayed))
		require.Equal(t, l.h.world.Catalog, domain.EmptyCatalog().With(catalogue...))
	})
}

func TestProperty_GoingThroughTheBytesOfTheStoreChangesNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l := newLife(t)
		l.playWithOrders(func(billed) {})
		stored := l.begin(true)
		var lines []billing.Line
		for _, d := range l.done {
			lines = append(lines, l.again(stored, d).lines...)
		}
		require.JSONEq(t, toJSON(t, l.lines), toJSON(t, lines))
		require.JSONEq(t, toJSON(t, l.h.employee), toJSON(t, stored.employee))
	})
}

func toJSON(t require.TestingT, v any) string {
	raw, err := json.Marshal(v)
	require.NoError(t, err)
	return string(raw)
}

func TestProperty_TheThreeLedgersCoverTheSameDaysOnce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l := newLife(t)
		l.wholeLedgers = true
		days, seen := map[billing.Ledger]map[coveredDay]int{}, 0
		for _, ledger := range []billing.Ledger{billing.Customer, billing.Reseller, billing.Cost} {
			days[ledger] = map[coveredDay]int{}
		}
		l.playWithOrders(func(billed) {
			for ; seen < len(l.lines); seen++ {
				cover(days[l.lines[seen].Ledger], &l.lines[seen])
			}
			for _, ledger := range []billing.Ledger{billing.Reseller, billing.Cost} {
				require.True(t, maps.Equal(days[billing.Customer], days[ledger]), "%s covers others\n%s", ledger, dump(l.lines))
			}
			for day, times := range days[billing.Customer] {
				require.Equal(t, 1, times, "%v\n%s", day, dump(l.lines))
			}
		})
	})
}

// coveredDay is a day of a source that lines cover; what is billed once covers days beside those that recur.
type coveredDay struct {
	source string
	once   bool
	day    billing.Date
}

// cover counts the days of a line; a credit takes them back. What is billed once covers no days besides its own.
func cover(days map[coveredDay]int, l *billing.Line) {
	step := 1
	if l.Kind == billing.Credit {
		step = -1
	}
	for d := l.Period.From; d < l.Period.To && !l.Manual; d++ {
		key := coveredDay{l.Source, l.Recurrence == billing.None, d}
		if days[key] += step; days[key] == 0 {
			delete(days, key)
		}
	}
}

func TestProperty_ACreditNeverTakesMoreThanWasChargedAndNumbersAreNeverReused(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l := newLife(t)
		l.playWithOrders(func(billed) {})
		net, sign, seen := map[string]decimal.Decimal{}, map[string]int{}, map[string]bool{}
		for i := range l.lines {
			line := &l.lines[i]
			id := line.ID.String()
			require.False(t, seen[id], "line id twice\n%s", dump(l.lines))
			seen[id] = true
			if line.Kind == billing.Charge {
				net[id], sign[id] = line.Amount.Decimal(), line.Amount.Sign()
				continue
			}
			if line.CorrectsLine == uuid.Nil {
				continue // an adjustment
			}
			corrected := line.CorrectsLine.String()
			net[corrected] = net[corrected].Add(line.Amount.Decimal())
			require.Contains(t, []int{0, sign[corrected]}, net[corrected].Sign(), "%s", dump(l.lines))
		}
	})
}
