package provider

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"

	"tenure/access"
	"tenure/contract"
	"tenure/domain"
	"tenure/events"
	"tenure/internal/bus"
	"tenure/internal/command"
)

// Behaviour is how it treats a request.
type Behaviour string

// The behaviours.
const (
	Answer Behaviour = "answer" // it deletes and confirms
	Refuse Behaviour = "refuse" // it refuses with a reason
	Silent Behaviour = "silent" // it does nothing
)

// Parse reads a behaviour by its name.
func Parse(text string) (Behaviour, error) {
	switch b := Behaviour(text); b {
	case Answer, Refuse, Silent:
		return b, nil
	}
	return "", fmt.Errorf("provider: %q is not one of answer, refuse, silent", text)
}

// Clock returns business time.
type Clock interface {
	// Now is business time, in UTC.
	Now() time.Time
}

// Simulated is the provider. Its fields are set once, before Run.
type Simulated struct {
	Kafka     bus.Config
	Publisher *bus.Publisher
	Behaviour Behaviour
	// Delay is the business time between a request and its confirmation, so that a simulated clock shows the requests that
	// are sent again.
	Delay time.Duration
	Clock Clock // only for Delay; may be nil without
	Log   *slog.Logger

	read bus.Ends
	open map[string]request // open requests, by employee and id
}

// request is one thing that is to be deleted.
type request struct {
	employee, id string
	event        string // id of the newest request's event
	confirm      string // the command that confirms it
	first        time.Time
	answered     bool // this request: a repeated one is answered again
}

// pollInterval is the time between two reads.
const pollInterval = 100 * time.Millisecond

// pauseMax bounds the pause after a failure: it doubles with each, so that an outage does not flood the log.
const pauseMax = 15 * time.Second

// reason is why it refuses.
const reason = "The simulated provider refuses every deletion"

// Run confirms requests until ctx ends. It begins with the oldest event, and ignores what was resolved since. Faults
// are logged and waited out.
func (s *Simulated) Run(ctx context.Context) error {
	lookup, err := bus.NewTopicReader(s.Kafka)
	if err != nil {
		return err
	}
	defer lookup.Close()
	pause := pollInterval
	for {
		if err := s.poll(ctx, lookup); err == nil {
			pause = pollInterval
		} else if ctx.Err() == nil {
			pause = min(2*pause, pauseMax)
			s.Log.Warn("provider: poll failed, trying again", "error", err, "pause", pause)
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return nil
		}
	}
}

// poll reads new events and confirms requests whose delay has passed.
func (s *Simulated) poll(ctx context.Context, lookup *bus.TopicReader) error {
	if s.read == nil {
		s.read, s.open = bus.Ends{}, map[string]request{}
	}
	err := lookup.ReadAll(ctx, []string{contract.EmployeeEvents}, s.read, func(m bus.Message) error {
		for len(s.read[m.Topic]) <= int(m.Partition) {
			s.read[m.Topic] = append(s.read[m.Topic], 0)
		}
		s.read[m.Topic][m.Partition] = m.Offset + 1
		return s.observe(m)
	})
	if err != nil {
		return fmt.Errorf("provider: read: %w", err)
	}
	if s.Behaviour == Silent {
		return nil
	}
	return s.confirm(ctx)
}

// The types of events that matter to a provider.
var (
	confirmations = map[string]string{
		events.ExtensionDeletionRequested{}.EventType(): "employee.confirm_extension_deleted.v1",
		events.MvnoDeletionRequested{}.EventType():      "employee.confirm_mvno_account_deleted.v1",
	}
	resolved = map[string]bool{
		events.ExtensionDeleted{}.EventType(): true, events.MvnoAccountDeleted{}.EventType(): true,
		events.MvnoAccountRestored{}.EventType(): true, "employee.mvno_account_restored.v1": true,
	}
)

// observe records a request, or that it is resolved.
func (s *Simulated) observe(m bus.Message) error {
	kind := string(m.Header("ce_type"))
	confirm, requested := confirmations[kind]
	if !requested && !resolved[kind] {
		return nil
	}
	var what struct {
		ID      string `json:"_id"`
		Account struct {
			ID string `json:"_id"`
		} `json:"account"`
	}
	if err := json.Unmarshal(m.Value, &what); err != nil {
		return fmt.Errorf("%s at %s/%d@%d: %w", kind, m.Topic, m.Partition, m.Offset, err)
	}
	employee := string(m.Key)
	place := employee + "/" + what.ID + what.Account.ID
	if !requested {
		delete(s.open, place)
		return nil
	}
	at, err := time.Parse(time.RFC3339Nano, string(m.Header("ce_time")))
	if err != nil {
		return fmt.Errorf("ce_time at %s/%d@%d: %w", m.Topic, m.Partition, m.Offset, err)
	}
	r := request{employee: employee, id: what.ID, event: string(m.Header("ce_id")), confirm: confirm, first: at}
	if before, known := s.open[place]; known {
		r.first = before.first
	}
	s.open[place] = r
	return nil
}

// confirm sends the commands. Their ids follow from the request's events, so that a repetition takes effect once.
func (s *Simulated) confirm(ctx context.Context) error {
	var messages []bus.Message
	var places []string
	for place, r := range s.open {
		if r.answered || s.Delay > 0 && s.Clock.Now().Before(r.first.Add(s.Delay)) {
			continue
		}
		o := command.Command{
			Type: r.confirm, Subject: r.employee, ID: "provider/" + r.event, Actor: events.Actor{System: access.Provider},
			Data: domain.ConfirmMvnoAccountDeleted{ID: r.id}, At: time.Now(),
		}
		if s.Behaviour == Refuse {
			o.Type, o.Data = "employee.refuse_deletion.v1", map[string]string{"_id": r.id, "reason": reason}
		}
		m, err := command.Compose(o)
		if err != nil {
			return err
		}
		messages, places = append(messages, m), append(places, place)
	}
	if len(messages) == 0 {
		return nil
	}
	if err := s.Publisher.PublishCommands(ctx, messages); err != nil {
		return fmt.Errorf("provider: confirm: %w", err)
	}
	for _, place := range places {
		r := s.open[place]
		r.answered = true
		s.open[place] = r
	}
	return nil
}
