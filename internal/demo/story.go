package demo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"golang.org/x/sync/errgroup"

	"tenure/billing"
	"tenure/domain"
	"tenure/internal/bus"
	"tenure/internal/command"
	"tenure/internal/feed"
	"tenure/internal/provider"
	"tenure/internal/runstate"
	"tenure/internal/store"
	"tenure/projections"
)

// Begin is when the demonstration starts on the simulated clock.
var Begin = time.Date(2026, 10, 30, 12, 0, 0, 0, time.UTC)

// The instants to which the clock is moved. The last one is half an hour after midnight of 1 November in Copenhagen.
var (
	dayTwo        = time.Date(2026, 10, 31, 8, 0, 0, 0, time.UTC)
	deletionTime  = time.Date(2026, 10, 31, 20, 0, 30, 0, time.UTC)
	afterMidnight = time.Date(2026, 10, 31, 23, 30, 0, 0, time.UTC)
)

// The employees of the story.
const (
	whoIsDeleted  = 7
	whoChanges    = 11
	whoTerminates = 12
	whoIsSwitched = 16
)

// stepTimeMax bounds each wait: everything here takes a second or two, so that a longer wait is a fault.
const stepTimeMax = 60 * time.Second

// Config is the running system to work with. Its clock must be simulated and at Begin, its topics empty.
type Config struct {
	Kafka  bus.Config
	Store  *store.Store
	Policy billing.Policy
	// Say receives progress.
	Say func(format string, args ...any)
}

// session is a demonstration under way.
type session struct {
	Config
	dispatcher *command.Sender
	lookup     *bus.TopicReader
}

// Run plays the story and reads the results back. Totals that do not agree are not an error but part of the report.
func Run(ctx context.Context, c Config) (*Report, error) {
	publisher, err := bus.NewPublisher(c.Kafka)
	if err != nil {
		return nil, err
	}
	defer func() { _ = publisher.Close() }()
	lookup, err := bus.NewTopicReader(c.Kafka)
	if err != nil {
		return nil, err
	}
	defer lookup.Close()
	dispatcher, err := command.New(c.Kafka, publisher, c.Store)
	if err != nil {
		return nil, err
	}
	defer dispatcher.Close()
	s := &session{Config: c, dispatcher: dispatcher, lookup: lookup}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var g errgroup.Group
	simulated := &provider.Simulated{
		Kafka:     c.Kafka,
		Publisher: publisher,
		Behaviour: provider.Answer,
		Log:       slog.New(slog.DiscardHandler),
	}
	g.Go(func() error { return simulated.Run(ctx) })
	report, err := s.play(ctx)
	cancel()
	return report, errors.Join(err, g.Wait())
}

// play goes through the days.
func (s *session) play(ctx context.Context) (*Report, error) {
	for _, day := range []func(context.Context) error{s.setUp, s.lastDay, s.deletion, s.midnight} {
		ctx, cancel := context.WithTimeout(ctx, stepTimeMax)
		err := day(ctx)
		cancel()
		if err != nil {
			return nil, fmt.Errorf("demo: %w", err)
		}
	}
	s.Say("reading the topics back")
	return s.readBack(ctx)
}

// setUp creates the company, after the first run of a new system.
func (s *session) setUp(ctx context.Context) error {
	s.Say(
		"30 October 2026, 13:00 in Copenhagen: a company of %d resellers, %d customers and %d employees, "+
			"as commands over Kafka",
		resellers,
		customers,
		employees,
	)
	if err := s.runsDone(ctx); err != nil {
		return err
	}
	return s.send(ctx, append(catalogue(), staff()...))
}

// lastDay bills October by the nightly run, and then changes things that are billed already.
func (s *session) lastDay(ctx context.Context) error {
	s.Say("31 October, 09:00: the nightly run has billed October; four employees change")
	if err := s.goTo(ctx, dayTwo); err != nil {
		return err
	}
	payer := id(kindCustomer, neighbour(customerOf(whoIsSwitched)))
	return s.send(ctx, []command.Command{
		compose("employee.schedule_deletion.v1", id(kindEmployee, whoIsDeleted), "delete",
			object{"deleteDate": "2026-10-31", "deleteExtensions": true, "deleteMvnoAccounts": true}),
		compose("employee.schedule_product_change.v1", id(kindEmployee, whoChanges), "change",
			object{"newProduct": id(kindProduct, productPlus)}),
		compose("employee.terminate_addon.v1", id(kindEmployee, whoTerminates), "terminate",
			object{"_id": id(kindAddon, whoTerminates*10+productRecording), "terminate": "2026-10-20"}),
		compose("employee.update.v1", id(kindEmployee, whoIsSwitched), "switch",
			object{"billingCustomer": payer, "effective": "2026-10-25"}),
	})
}

// deletion lets the instant of a deletion pass, and waits until the provider has confirmed it.
func (s *session) deletion(ctx context.Context) error {
	s.Say("31 October, 21:00: a deletion is due; extension and account go first, the provider confirms")
	if err := s.Store.SetClock(ctx, deletionTime); err != nil {
		return err
	}
	return s.until(ctx, "the deletion", func() (bool, error) {
		e, ok, err := projections.EmployeeByID(ctx, s.Store, id(kindEmployee, whoIsDeleted))
		return ok && e.State == "DELETED", err
	})
}

// midnight begins November: the product change, the run of the first, and the documents.
func (s *session) midnight(ctx context.Context) error {
	s.Say("1 November, 00:30: the month has changed; the nightly run bills November and closes the documents")
	if err := s.goTo(ctx, afterMidnight); err != nil {
		return err
	}
	return feed.Caught(ctx, s.Store, nil, feed.RelayName)
}

// goTo moves the clock and waits for the runs on the way.
func (s *session) goTo(ctx context.Context, t time.Time) error {
	if err := s.Store.SetClock(ctx, t); err != nil {
		return err
	}
	return s.runsDone(ctx)
}

func (s *session) runsDone(ctx context.Context) error {
	return s.until(ctx, "the nightly run", func() (bool, error) {
		now, _, err := s.Store.Clock(ctx)
		if err != nil {
			return false, err
		}
		missing, err := runstate.Missing(ctx, s.Store, now, s.Policy.Zone())
		return len(missing) == 0, err
	})
}

// pollInterval is the time between two checks of what is waited for.
const pollInterval = 50 * time.Millisecond

func (s *session) until(ctx context.Context, what string, done func() (bool, error)) error {
	ticker := time.NewTicker(pollInterval)
	defer ticker.Stop()
	for {
		if ok, err := done(); ok || err != nil {
			return err
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return fmt.Errorf("wait for %s: %w", what, ctx.Err())
		}
	}
}

// send sends commands and fails unless all of them are applied.
func (s *session) send(ctx context.Context, list []command.Command) error {
	answers, err := s.dispatcher.Send(ctx, list, nil)
	if err != nil {
		return err
	}
	for i, a := range answers {
		if a.Status != domain.StatusApplied {
			return fmt.Errorf("%s for %s was %s: %v %s", list[i].Type, a.Subject, a.Status, a.Error, a.Reason)
		}
	}
	s.Say("%d commands applied", len(answers))
	return nil
}
