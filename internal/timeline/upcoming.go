package timeline

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"tenure/billing"
	"tenure/domain"
	"tenure/events"
	"tenure/internal/store"
)

// stepsMax bounds what is looked at ahead: automatic changes of presence three times a day for years.
const stepsMax = 20_000

// Upcoming returns what time and the nightly runs will do to an employee until an instant, without further commands and
// with the catalogue as it is. The employee is not changed. Confirmations count as not coming, so that a deletion that
// waits for one stays as it is.
func Upcoming(e *domain.Employee, w domain.World, until time.Time) ([]Moment, error) {
	ahead, err := copyOf(e)
	if err != nil {
		return nil, err
	}
	u := &outlook{employee: ahead, world: w}
	for range stepsMax {
		act, night := ahead.NextDue(u.world), u.nextNight()
		switch {
		case !act.IsZero() && (night == 0 || act.Before(u.runAt(night))):
			if act.After(until) {
				return u.moments, nil
			}
			u.pass(act)
		case night != 0 && !u.runAt(night).After(until):
			if err := u.bill(night); err != nil {
				return nil, err
			}
		default:
			return u.moments, nil
		}
	}
	return u.moments, fmt.Errorf(
		"timeline: more than %d steps until %s: ask for less",
		stepsMax,
		until.Format(time.DateOnly),
	)
}

// outlook is an employee who is lived ahead.
type outlook struct {
	employee *domain.Employee
	world    domain.World
	billed   billing.Date // the last night
	moments  []Moment
}

// runAt is when the run of a night starts.
func (u *outlook) runAt(night billing.Date) time.Time {
	return u.world.Midnight(night).Add(domain.NightDelay)
}

// nextNight is the next run that could bill the employee; 0: none.
func (u *outlook) nextNight() billing.Date {
	due := u.employee.BillDue(u.world)
	if due == 0 {
		return 0
	}
	return max(due, u.billed+1, domain.Tonight(u.world.Now, u.world.Policy.Zone())+1)
}

func (u *outlook) pass(at time.Time) {
	u.world.Now = later(u.world.Now, at)
	for _, event := range u.employee.Advance(u.world) {
		u.take(event, ruleOf(event))
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func (u *outlook) bill(night billing.Date) error {
	u.pass(u.runAt(night))
	run := domain.RunID(domain.RunNightly, night)
	decided, _, err := u.employee.Invoice(u.world, run, night)
	if err != nil {
		return fmt.Errorf("timeline: night of %s: %w", night, err)
	}
	for _, event := range decided {
		u.take(event, "run "+run)
	}
	u.billed = night
	return nil
}

func (u *outlook) take(event events.Event, by string) {
	u.employee.Evolve(event)
	u.moments = append(u.moments, Moment{At: u.world.Now.UTC(), What: Tell(event), By: by, Type: event.EventType()})
}

// copyOf copies the employee by what the store keeps.
func copyOf(e *domain.Employee) (*domain.Employee, error) {
	raw, err := json.Marshal(e)
	if err != nil {
		return nil, fmt.Errorf("timeline: copy: %w", err)
	}
	c := &domain.Employee{ID: e.ID}
	return c, json.Unmarshal(raw, c)
}

// Load reads an employee's state; false when there is no such employee.
func Load(ctx context.Context, s *store.Store, id string) (*domain.Employee, bool, error) {
	row, ok, err := s.Subject(ctx, domain.Stream(domain.KindEmployee, id))
	if err != nil || !ok {
		return nil, false, err
	}
	e := &domain.Employee{ID: id}
	if err := json.Unmarshal(row.State, e); err != nil {
		return nil, false, fmt.Errorf("timeline: state of %s: %w", id, err)
	}
	return e, true, nil
}
