package worker

import (
	"errors"
	"fmt"

	"tenure/billing"
	"tenure/domain"
	"tenure/internal/store"
)

// writeEventsMax is how many events one transaction may have: the store takes 10 000. Five hundred commands that each
// bring a dozen addons are more, and are halved until they fit.
const writeEventsMax = 8_000

// stateGrows is by how much most batches let a state grow at most.
const stateGrows = 1_024

// errTooWide says that a batch makes more events than one transaction takes.
var errTooWide = errors.New("worker: more events than one transaction takes")

// refusal is why a write is not taken however often it is sent: halving it finds the part to blame.
func refusal(err error) (why string, refused bool) {
	var conflict *store.ConflictError
	switch {
	case errors.As(err, &conflict):
		return conflict.Constraint, true
	case errors.Is(err, errTooWide):
		return err.Error(), true
	}
	return "", false
}

// rows completes the rows of the touched subjects. Where that fails on one, progress is set back to the item that was
// decided last on it. A parked subject keeps the due days that it had. A plan has no rows.
func (b *batch) rows() error {
	if b.discarded {
		return nil
	}
	for _, s := range b.order {
		if !s.touched || s.opaque {
			continue
		}
		if err := protect(func() error { return b.row(s) }); err != nil && !s.row.Parked {
			b.progress.Store(int64(s.last))
			return err
		}
	}
	return nil
}

// row computes what is stored of a subject besides its events.
func (b *batch) row(s *subject) error {
	raw, err := domain.AppendState(make([]byte, 0, len(s.row.State)+stateGrows), s.state)
	if err != nil {
		return fmt.Errorf("worker: state of %s: %w", s.stream, err)
	}
	s.row.State = raw
	world := b.world
	if !s.decided.IsZero() {
		world.Now = s.decided
	}
	s.row.NextDue, s.row.BillDue = s.state.NextDue(world), b.billDue(s, world)
	return nil
}

// billDue is the day by which the runs find the subject. A day since which something can be billed represents all days
// before it: while nights are missed it must stay the earliest, or the night whose documents the lines belong to would
// pass the employee. A run bills as of its date, and what comes after that date, even if that is past, is a later
// night's.
func (b *batch) billDue(s *subject, world domain.World) billing.Date {
	if b.asOf != 0 {
		world.Now = domain.Midnight(b.asOf, world.Policy.Zone())
		return s.state.BillDue(world)
	}
	due, was := s.state.BillDue(world), s.row.BillDue
	if due == world.Today() && was != 0 && was < due {
		return was
	}
	return due
}

// finish gives the write with the rows of the touched subjects, which are complete by now.
func (b *batch) finish() (store.Write, error) {
	if len(b.write.Events) > writeEventsMax {
		return b.write, errTooWide
	}
	b.write.DecidedAt = b.world.Now
	for _, s := range b.order {
		if s.touched {
			b.write.Subjects = append(b.write.Subjects, s.row)
		}
	}
	return b.write, nil
}
