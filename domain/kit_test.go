package domain_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/access"
	"tenure/billing"
	"tenure/domain"
	"tenure/events"
)

// noon is when commands come unless a row says otherwise: an ordinary day, far from every boundary.
const noon = "2026-05-12T10:00:00Z"

// nightDelay is how long after local midnight a run starts.
const nightDelay = 5 * time.Minute

// tb is a test or a check of a property.
type tb interface {
	require.TestingT
	Helper()
}

func day(s string) billing.Date {
	if s == "" {
		return 0
	}
	return billing.MustDate(s)
}

func amount(s string) billing.Amount { return billing.MustAmount(s) }

func price(s string) *billing.Amount {
	a := amount(s)
	return &a
}

func instant(s string) time.Time {
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return at
}

// facts is a history in the order in which it happened.
type facts []events.Event

// and gives the history with more of it.
func (f facts) and(more ...events.Event) facts {
	return append(append(facts(nil), f...), more...)
}

// row is one sentence about a command: given facts, when an order comes at an instant, then facts, or a refusal, or
// neither, because nothing would change.
type row struct {
	name  string
	by    events.Actor // default: an ADMIN of c1, or the scheduler where only Tenure may
	taken bool         // the login name that it asks for is another employee's
	given facts
	at    string              // default noon
	world func(*domain.World) // what else the decision may look at
	when  string              // the order's name on the wire without employee. and .v1
	data  string
	then  facts
	code  string // "status code: message" of the refusal
	// repeats marks an order whose effect is not in the state, so that sending it again gives facts again.
	repeats bool
}

// check runs the row on a subject: kind/id.
func (r row) check(t *testing.T, stream, prefix string) {
	t.Helper()
	w := at(or(r.at, noon))
	if w.LoginTaken = r.taken; r.by != (events.Actor{}) {
		w.Actor = r.by
	} else if c, err := domain.DecodeCommand(prefix+r.when+".v1", nil); err == nil && c.Operation() == access.Internal {
		w.Actor = scheduler
	}
	if r.world != nil {
		r.world(&w)
	}
	s := replay(t, stream, r.given...)
	before := state(t, s)
	got, err := order(s, w, prefix+r.when+".v1", r.data)
	assert.Equal(t, before, state(t, s), "a decision changes no state")
	if r.code != "" {
		assert.Equal(t, r.code, refusal(t, err))
		assert.Empty(t, got)
		return
	}
	require.NoError(t, err)
	assert.Equal(t, written(t, r.then...), written(t, besides(r.then, got)...))
	fold(s, got...)
	if again, err := order(s, w, prefix+r.when+".v1", r.data); err == nil && !r.repeats {
		assert.Empty(t, again, "the same order again changes nothing")
	}
}

func checkRows(t *testing.T, stream, prefix string, rows []row) {
	t.Helper()
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			r.check(t, stream, prefix)
		})
	}
}

// order decodes a command as it comes from Kafka and lets the subject decide.
func order(s domain.Subject, w domain.World, name, data string) ([]events.Event, error) {
	c, err := domain.DecodeCommand(name, []byte(data))
	if err != nil {
		return nil, err
	}
	return s.Decide(c, w)
}

// at is the sample world at an instant.
func at(s string) domain.World {
	return domain.World{
		Now: instant(s), Catalog: sampleCatalog(), Policy: billing.DefaultPolicy(), Number: 1024,
		Actor: events.Actor{Customer: "c1", AccessLevel: "ADMIN"}, ShortIDs: true,
	}
}

func replay(t tb, stream string, history ...events.Event) domain.Subject {
	t.Helper()
	s, err := domain.NewSubject(stream)
	require.NoError(t, err)
	fold(s, history...)
	return s
}

func fold(s domain.Subject, history ...events.Event) {
	for _, e := range history {
		s.Evolve(e)
	}
}

// employee is the sample employee with a history.
func employee(t tb, history ...events.Event) *domain.Employee {
	t.Helper()
	return replay(t, "employee/e1", history...).(*domain.Employee)
}

// state is a subject's as it would be stored, without the places of events in the stream.
func state(t tb, s domain.Subject) string {
	t.Helper()
	if e, is := s.(*domain.Employee); is {
		placeless := *e
		placeless.Version, placeless.Causes = 0, nil
		s = &placeless
	}
	return stored(t, s)
}

// stored is a state as the database has it.
func stored(t tb, s domain.Subject) string {
	t.Helper()
	raw, err := json.Marshal(s)
	require.NoError(t, err)
	return string(raw)
}

// written shows events as they would be stored, one a line, so that a difference can be read.
func written(t tb, all ...events.Event) string {
	t.Helper()
	var b strings.Builder
	for _, e := range all {
		raw, err := events.Encode(e)
		require.NoError(t, err)
		fmt.Fprintf(&b, "%s %s\n", e.EventType(), raw)
	}
	return b.String()
}

// refusal writes a rejection as "status code: message", and those inside it after another.
func refusal(t tb, err error) string {
	t.Helper()
	if err == nil {
		return "accepted"
	}
	r, ok := domain.AsRejection(err)
	require.True(t, ok, "not a rejection: %v", err)
	if len(r.Inner) == 0 {
		return fmt.Sprintf("%d %s: %s", r.Status, r.Code, r.Message)
	}
	each := make([]string, len(r.Inner))
	for i, inner := range r.Inner {
		each[i] = refusal(t, inner)
	}
	return fmt.Sprintf("%d %s: %s [%s]", r.Status, r.Code, r.Message, strings.Join(each, "; "))
}

// login is the login name that is reserved for a subject.
func login(s domain.Subject) string {
	for _, name := range domain.NamesOf(s) {
		if name[0] != ' ' {
			return name
		}
	}
	return ""
}

func or(value, fallback string) string {
	if value == "" {
		return fallback
	}
	return value
}

// besides leaves out as what holdings are billed, unless it is among what is wanted: tests of holdings look at it, and
// others speak of something else.
func besides(want, got []events.Event) []events.Event {
	is := func(e events.Event) bool { _, ok := e.(events.HoldingRated); return ok }
	if slices.ContainsFunc(want, is) {
		return got
	}
	return slices.DeleteFunc(slices.Clone(got), is)
}

// wantFacts compares events by what would be stored of them.
func wantFacts(t tb, got []events.Event, want ...events.Event) {
	t.Helper()
	assert.Equal(t, written(t, want...), written(t, besides(want, got)...))
}
