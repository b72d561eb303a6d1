package audit

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"

	"tenure/internal/store"
)

// Violation is one place where an invariant does not hold.
type Violation struct {
	Invariant string // I1, I2 …, as docs/reliability.md numbers them
	Detail    string // which row, and what is wrong with it; no payload
	Check     string // name of the check that found it
}

// violationsMax bounds the violations of one check: who has that many needs the first ones.
const violationsMax = 100

// Result is what one check found.
type Result struct {
	Check
	Found []Violation   // at most 100
	Took  time.Duration // real time
}

// Options say which checks run, and how far those of all events go. The zero value is everything.
type Options struct {
	Only     []string  // names of checks; none: all
	Fast     bool      // leave out checks that read all events or all lines
	Anytime  bool      // leave out checks that hold at rest only
	Since    time.Time // read hash chains from this business time on and believe what is before; zero: from the beginning
	Sample   int       // fold so many streams again, picked by chance; 0: all
	Progress Progress  // may be nil
}

// Progress hears how far a check is.
type Progress interface {
	// Chain is called after each page of a shard's hash chain.
	Chain(shard store.ShardID, position, head int64)
	// States is called after each stream whose state was compared.
	States(compared int)
}

// runs reports whether a check is asked for.
func (o Options) runs(c Check) bool {
	if len(o.Only) > 0 {
		return slices.Contains(o.Only, c.Name)
	}
	return !(o.Fast && c.Slow) && !(o.Anytime && c.AtRest)
}

// auditor is one run of the checks.
type auditor struct {
	store   *store.Store
	options Options
	word    string // picks the sample of streams
}

// Run runs the checks that are asked for in their order, and hands over the result of each.
func Run(ctx context.Context, s *store.Store, o Options, done func(Result) error) error {
	a := &auditor{store: s, options: o, word: uuid.NewString()}
	for _, check := range Checks() {
		if !o.runs(check) {
			continue
		}
		began := time.Now()
		details, err := check.run(a, ctx)
		if err != nil {
			return err
		}
		r := Result{Check: check, Took: time.Since(began)}
		for _, detail := range details[:min(len(details), violationsMax)] {
			r.Found = append(r.Found, Violation{Invariant: check.Invariant, Check: check.Name, Detail: detail})
		}
		if err := done(r); err != nil {
			return err
		}
	}
	return nil
}

// Violations runs all checks that hold at any moment but the fold of the states. None is what it should return.
func Violations(ctx context.Context, s *store.Store) ([]Violation, error) {
	var only []string
	for _, c := range Checks() {
		if !c.AtRest && c.Name != statesCheck {
			only = append(only, c.Name)
		}
	}
	var found []Violation
	err := Run(ctx, s, Options{Only: only}, func(r Result) error {
		found = append(found, r.Found...)
		return nil
	})
	return found, err
}

// query runs a check that is one query: each row, one text, is a violation. A row that the database cannot even read is
// one as well: it was changed outside Tenure.
func query(sql string) func(*auditor, context.Context) ([]string, error) {
	return func(a *auditor, ctx context.Context) ([]string, error) {
		found, err := a.store.Inspect(ctx, sql, violationsMax)
		var damaged *store.DamagedError
		if errors.As(err, &damaged) {
			return []string{"cannot be checked, a row is no longer what Tenure wrote: " + damaged.Reason}, nil
		}
		return found, err
	}
}
