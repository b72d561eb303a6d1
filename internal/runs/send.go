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
		if known && (was.asked || now.Sub(was.at) < outcomeAfter || asked == outcomesMax) && now.Sub(was.at) < resendAfter {
			continue
		}
		if known {
			asked++
			why, err := Refusal(ctx, d.Store, step)
			if err != nil {
				return err
			}
			was.asked = true
			if d.noteRefused(step, why); why != "" {
				was.at = now // and asked again: a parked one may be released
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

// dropSent drops steps that are not wanted any more.
func (d *Driver) dropSent(now time.Time, wanted map[string]bool) {
	maps.DeleteFunc(d.sent, func(id string, s *sentStep) bool { return !wanted[id] && now.Sub(s.at) >= resendAfter })
	maps.DeleteFunc(d.refused, func(id string, _ string) bool { return !wanted[id] })
}

func (d *Driver) publish(ctx context.Context, now time.Time, steps []scheduler.Step) error {
	if len(steps) == 0 {
		return nil
	}
	messages := make([]bus.Message, len(steps))
	for i, step := range steps {
		message, err := d.message(step, now)
		if err != nil {
			return err
		}
		messages[i] = message
	}
	if err := d.Publisher.Publish(ctx, messages); err != nil {
		return fmt.Errorf("runs: %w", err)
	}
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

// Refusal returns why a step was rejected, or is parked; empty: it was applied, or has no outcome yet.
func Refusal(ctx context.Context, s *store.Store, step scheduler.Step) (string, error) {
	kind, ok := domain.CommandKind(step.Type)
	if !ok {
		return "", fmt.Errorf("runs: there is no command %s", step.Type)
	}
	stream := domain.Stream(kind, step.Subject)
	outcome, ok, err := s.Outcome(ctx, stream, step.ID)
	if err != nil {
		return "", err
	}
	if ok {
		var a domain.Outcome
		if err := json.Unmarshal(outcome.Answer, &a); err != nil {
			return "", fmt.Errorf("runs: outcome of %s: %w", step.ID, err)
		}
		if a.Error != nil {
			return "rejected: " + a.Error.Error(), nil
		}
		return "", nil
	}
	reason, detail, parked, err := s.ParkedCommand(ctx, stream, step.ID)
	if err != nil || !parked {
		return "", err
	}
	return fmt.Sprintf("parked (%s): %s; see: tenure parked list --stream %s", reason, detail, stream), nil
}

// message addresses a step: to a shard by a key that its partition gets, else by the subject's key.
func (d *Driver) message(step scheduler.Step, now time.Time) (bus.Message, error) {
	order := command.Order{
		Type: step.Type, Subject: step.Subject, ID: step.ID, Data: step.Data, At: now,
		Actor: events.Actor{System: access.Scheduler},
	}
	if strings.HasPrefix(step.Type, "run.open_shard.") {
		order.Key = bus.KeyFor(step.Subject+"/", store.ShardID(step.Shard).Partition(), int32(len(d.Shards)))
	}
	return command.Message(order)
}
