package runs

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"tenure/access"
	"tenure/contract"
	"tenure/domain"
	"tenure/events"
	"tenure/internal/bus"
	"tenure/internal/command"
	"tenure/internal/store"
	"tenure/scheduler"
)

const (
	// resendAfter is when a step that shows no effect is sent again: its id makes that harmless.
	resendAfter = 15 * time.Second
	// outcomeAfter is when the outcome of a step that shows no effect is first read.
	outcomeAfter = 2 * time.Second
	// outcomesMax bounds how many outcomes are read in one poll: a night may issue a thousand documents at a time.
	outcomesMax = 20
)

// sentStep is a step in flight.
type sentStep struct {
	at    time.Time // real time
	asked bool      // its outcome was read
}

// inFlight reports whether a step was sent a moment ago.
func (d *Driver) inFlight(id string) bool {
	s, ok := d.sent[id]
	return ok && time.Since(s.at) < resendAfter
}

// send publishes steps that are not in flight already. Of one that shows no effect it reads the outcome: a step that
// was refused or parked is not sent again, since its id has the same outcome indefinitely, but logged as an error.
func (d *Driver) send(ctx context.Context, steps ...scheduler.Step) error {
	now := time.Now()
	if d.sent == nil {
		d.sent, d.refused = map[string]*sentStep{}, map[string]string{}
	}
	wanted := make(map[string]bool, len(steps))
	asked := 0
	var fresh []scheduler.Step
	for _, step := range steps {
		wanted[step.ID] = true
		was, known := d.sent[step.ID]
		if known && now.Sub(was.at) < resendAfter && (asked == outcomesMax || was.inFlight(now)) {
			continue
		}
		if known {
			asked++
			if refused, err := d.isRefused(ctx, step, was); err != nil {
				return err
			} else if refused {
				was.at = now // and read again: a parked one may be released
				continue
			}
		}
		if !known || now.Sub(was.at) >= resendAfter {
			fresh = append(fresh, step)
		}
	}
	d.dropSent(now, wanted)
	return d.publish(ctx, now, fresh)
}

// inFlight reports whether the outcome of a step was read already, or is not to be expected yet.
func (s *sentStep) inFlight(now time.Time) bool { return s.asked || now.Sub(s.at) < outcomeAfter }

// isRefused reads the outcome of a step that was sent, and notes where it was refused.
func (d *Driver) isRefused(ctx context.Context, step scheduler.Step, was *sentStep) (bool, error) {
	why, postponed, err := refusal(ctx, d.Store, step)
	if err != nil {
		return false, err
	}
	was.asked = true
	d.postponed = d.postponed || postponed
	d.noteRefused(step, why)
	return why != "", nil
}

// sendStep sends steps of a run. An owner may have refused one for the time being, when it was taken before the run was
// as far in its log as in the sender's (after a restore), or behind a halt.
func (d *Driver) sendStep(ctx context.Context, run string, steps ...scheduler.Step) error {
	for i := range steps {
		steps[i] = d.attempt(run, steps[i])
	}
	d.postponed = false
	err := d.send(ctx, steps...)
	if d.postponed {
		d.tryAgain(run)
	}
	return err
}

// attempt gives a step the id of its present attempt: an id has one outcome, so that what was refused and may be taken
// now is sent under another.
func (d *Driver) attempt(run string, step scheduler.Step) scheduler.Step {
	if n := d.attempts[run]; n > 0 {
		step.ID += fmt.Sprintf("/%d", n+1)
	}
	return step
}

// tryAgain has the next steps of a run be another attempt.
func (d *Driver) tryAgain(run string) {
	if d.attempts == nil {
		d.attempts = map[string]int{}
	}
	d.attempts[run]++
}

// dropSent drops steps that are not wanted any more.
func (d *Driver) dropSent(now time.Time, wanted map[string]bool) {
	maps.DeleteFunc(d.sent, func(id string, s *sentStep) bool { return !wanted[id] && now.Sub(s.at) >= resendAfter })
	maps.DeleteFunc(d.refused, func(id string, _ string) bool { return !wanted[id] })
}

func (d *Driver) publish(ctx context.Context, now time.Time, steps []scheduler.Step) error {
	if len(steps) == 0 {
		return nil
	}
	partitions, err := d.partitions(steps)
	if err != nil {
		return err
	}
	messages := make([]bus.Message, len(steps))
	for i, step := range steps {
		message, err := message(step, partitions, now)
		if err != nil {
			return err
		}
		messages[i] = message
	}
	if err := d.Publisher.PublishCommands(ctx, messages); err != nil {
		return fmt.Errorf("runs: %w", err)
	}
	d.published = true
	for _, step := range steps {
		d.sent[step.ID] = &sentStep{at: now}
	}
	return nil
}

// noteRefused keeps and logs why a step was refused; an empty reason takes it back.
func (d *Driver) noteRefused(step scheduler.Step, why string) {
	if why == "" {
		delete(d.refused, step.ID)
		return
	}
	d.refused[step.ID] = fmt.Sprintf("%s of %s: %s", step.Type, step.Subject, why)
	d.Log.Error(
		"runs: a step is refused, the run is blocked",
		"type",
		step.Type,
		"run",
		step.Subject,
		"command_id",
		step.ID,
		"error",
		why,
	)
}

// refusals lists why steps were refused that the last poll wanted.
func (d *Driver) refusals() []string {
	return slices.Sorted(maps.Values(d.refused))
}

// refusal returns why a step was rejected, or is parked; empty: it was applied, or has no outcome yet, or is postponed:
// it was refused for the time being.
func refusal(ctx context.Context, s *store.Store, step scheduler.Step) (why string, postponed bool, err error) {
	kind, ok := domain.CommandKind(step.Type)
	if !ok {
		return "", false, fmt.Errorf("runs: there is no command %s", step.Type)
	}
	stream := domain.Stream(kind, step.Subject)
	known, ok, err := s.Outcome(ctx, stream, step.ID)
	if err != nil {
		return "", false, err
	}
	if ok {
		var outcome domain.Outcome
		if err := json.Unmarshal(known.Answer, &outcome); err != nil {
			return "", false, fmt.Errorf("runs: outcome of %s: %w", step.ID, err)
		}
		switch {
		case outcome.Error == nil:
			return "", false, nil
		case outcome.Error.Code == domain.CodeNotReady:
			return "", true, nil
		}
		return "rejected: " + outcome.Error.Error(), false, nil
	}
	reason, detail, parked, err := s.ParkedCommand(ctx, stream, step.ID)
	if err != nil || !parked {
		return "", false, err
	}
	return fmt.Sprintf("parked (%s): %s; see: tenure parked list --stream %s", reason, detail, stream), false, nil
}

// partitions is how many partitions the topic of the employees' commands has, where a step goes to one of them: the
// shards of a run may be more than this process has heard of.
func (d *Driver) partitions(steps []scheduler.Step) (int32, error) {
	if !slices.ContainsFunc(steps, isOpen) {
		return 0, nil
	}
	n, err := d.Publisher.CountPartitions(contract.EmployeeCommands)
	if err != nil {
		return 0, fmt.Errorf("runs: %w", err)
	}
	for _, step := range steps {
		if partition := store.ShardID(step.Shard).Partition(); isOpen(step) && partition >= n {
			return 0, fmt.Errorf("runs: %s has %d partitions, and %s has begun in shard %d", contract.EmployeeCommands, n,
				step.Subject, step.Shard)
		}
	}
	return n, nil
}

// isOpen reports whether a step goes to a shard.
func isOpen(s scheduler.Step) bool { return strings.HasPrefix(s.Type, "run.open_shard.") }

// message addresses a step: to a shard by a key that its partition gets, else by the subject's key.
func message(step scheduler.Step, partitions int32, now time.Time) (bus.Message, error) {
	order := command.Command{
		Type: step.Type, Subject: step.Subject, ID: step.ID, Data: step.Data, At: now,
		Actor: events.Actor{System: access.Scheduler},
	}
	if isOpen(step) {
		order.Key = bus.KeyFor(step.Subject+"/", store.ShardID(step.Shard).Partition(), partitions)
	}
	return command.Compose(order)
}
