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

// Behaviour is what it says to a request.
type Behaviour string

// The behaviours.
const (
	Answer Behaviour = "answer" // it deletes and confirms
	Refuse Behaviour = "refuse" // it says that it does not, and why
	Silent Behaviour = "silent" // it never answers
)

// Parse reads a behaviour as a person writes it.
func Parse(text string) (Behaviour, error) {
	switch b := Behaviour(text); b {
	case Answer, Refuse, Silent:
		return b, nil
	}
	return "", fmt.Errorf("provider: %q is not one of answer, refuse, silent", text)
}

// Clock tells business time.
type Clock interface {
	// Now is business time, in UTC.
	Now() time.Time
}

// Simulated is the provider. Its fields are set once, before Run.
type Simulated struct {
	Kafka     bus.Config
	Publisher *bus.Publisher
	Behaviour Behaviour
	// Delay is how long after a request it answers, in business time, so that a rehearsal with a simulated clock shows the
	// requests that are sent again.
	Delay time.Duration
	Clock Clock // only for Delay; may be nil without
	Log   *slog.Logger

	read bus.Ends
	open map[string]request // what is asked for and not answered, by employee and id
}

// request is one thing that is to be deleted.
type request struct {
	employee, id string
	event        string // id of the newest request's event
	confirm      string // the command that confirms it
	first        time.Time
	answered     bool // this request, that is: when asked again it answers again
}

// lookEvery is how often it reads on.
const lookEvery = 100 * time.Millisecond

// reason is why it refuses.
const reason = "The simulated provider refuses every deletion"

// Run answers until ctx ends. It begins with the oldest event, and leaves alone what was settled since. Faults are logged
// and waited out.
func (s *Simulated) Run(ctx context.Context) error {
	lookup, err := bus.NewLookup(s.Kafka)
	if err != nil {
		return err
	}
	defer lookup.Close()
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for {
		if err := s.look(ctx, lookup); err != nil && ctx.Err() == nil {
			s.Log.Warn("provider: look failed, trying again", "error", err)
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// look reads what is new and answers what has waited long enough.
func (s *Simulated) look(ctx context.Context, lookup *bus.Lookup) error {
	if s.read == nil {
		s.read, s.open = bus.Ends{}, map[string]request{}
	}
	err := lookup.ReadAll(ctx, []string{contract.EmployeeEvents}, s.read, func(m bus.Message) error {
		for len(s.read[m.Topic]) <= int(m.Partition) {
			s.read[m.Topic] = append(s.read[m.Topic], 0)
		}
		s.read[m.Topic][m.Partition] = m.Offset + 1
		return s.hear(m)
	})
	if err != nil {
		return fmt.Errorf("provider: read: %w", err)
	}
	if s.Behaviour == Silent {
		return nil
	}
	return s.speak(ctx)
}

// The types of events that matter to a provider.
var (
	confirmations = map[string]string{
		events.ExtensionDeletionRequested{}.EventType(): "employee.confirm_extension_deleted.v1",
		events.MvnoDeletionRequested{}.EventType():      "employee.confirm_mvno_account_deleted.v1",
	}
	settled = map[string]bool{
		events.ExtensionDeleted{}.EventType(): true, events.MvnoAccountDeleted{}.EventType(): true,
		events.MvnoAccountRestored{}.EventType(): true, "employee.mvno_account_restored.v1": true,
	}
)

// hear notes a request, or that there is nothing to answer any more.
func (s *Simulated) hear(m bus.Message) error {
	kind := string(m.Header("ce_type"))
	confirm, asked := confirmations[kind]
	if !asked && !settled[kind] {
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
	if !asked {
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

// speak answers. The command's id follows from the request's event, so that answering twice takes effect once.
func (s *Simulated) speak(ctx context.Context) error {
	var answers []bus.Message
	var places []string
	for place, r := range s.open {
		if r.answered || s.Delay > 0 && s.Clock.Now().Before(r.first.Add(s.Delay)) {
			continue
		}
		o := command.Order{
			Type: r.confirm, Subject: r.employee, ID: "provider/" + r.event, Actor: events.Actor{System: access.Provider},
			Data: domain.ConfirmMvnoAccountDeleted{ID: r.id}, At: time.Now(),
		}
		if s.Behaviour == Refuse {
			o.Type, o.Data = "employee.refuse_deletion.v1", map[string]string{"_id": r.id, "reason": reason}
		}
		m, err := command.Message(o)
		if err != nil {
			return err
		}
		answers, places = append(answers, m), append(places, place)
	}
	if len(answers) == 0 {
		return nil
	}
	if err := s.Publisher.Publish(ctx, answers); err != nil {
		return fmt.Errorf("provider: answer: %w", err)
	}
	for _, place := range places {
		r := s.open[place]
		r.answered = true
		s.open[place] = r
	}
	return nil
}
