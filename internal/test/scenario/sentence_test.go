package scenario

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/domain"
	"tenure/projections"
)

// act is what an operator orders of it at an instant, or nothing: then the clock only goes there.
type act struct {
	at      string // local date and time in October or November 2026, "10-31 23:59" in UTC
	order   string // name on the wire without employee. and .v1
	data    object
	refused string // why, where it is
}

// sentence is one sentence of the rules of time, T1 to T8, lived through by one employee. It is hired on 20 October
// with a product, an extension, and an account whose number is being ported in.
type sentence struct {
	name string
	acts []act
	then func(t *testing.T, e projections.Employee)
	// also looks at the log, where the document does not tell.
	also func(t *testing.T, s *system, n int)
}

func (a act) when() time.Time {
	at, err := time.Parse("2006-01-02 15:04:05", "2026-"+a.at)
	if err != nil {
		panic(err)
	}
	return at
}

// TestSentences_OfTime lets all of them live through October and November in one company, on one clock: what is due
// for one must not depend on the others.
func TestSentences_OfTime(t *testing.T) {
	t.Parallel()
	all := slices.Concat(sentencesOfTheMonth(), sentencesOfDeletion(), sentencesOfPresence())
	s := newSystem(t, "2026-10-20T08:00:00Z")
	s.startWorker()
	s.company()
	type step struct {
		act
		n int
	}
	var steps []step
	for n, sentence := range all {
		s.hire(n)
		for _, a := range sentence.acts {
			steps = append(steps, step{a, n})
		}
	}
	slices.SortStableFunc(steps, func(a, b step) int { return a.when().Compare(b.when()) })
	for _, step := range steps {
		s.goTo(step.when().Format(time.RFC3339))
		if step.order == "" {
			continue
		}
		a := s.send("employee."+step.order+".v1", employeeID(step.n), step.data)
		if step.refused != "" {
			require.Equal(t, step.refused, code(a), "%s: %s", all[step.n].name, step.order)
			continue
		}
		require.Equal(t, domain.StatusApplied, a.Status, "%s: %s: %s", all[step.n].name, step.order, code(a))
	}
	s.goTo("2026-11-30T12:00:00Z")
	s.nights()
	for n, sentence := range all {
		t.Run(sentence.name, func(t *testing.T) {
			if sentence.then != nil {
				sentence.then(t, s.document(n))
			}
			if sentence.also != nil {
				sentence.also(t, s, n)
			}
		})
	}
	s.audited()
}
