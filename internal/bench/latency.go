package bench

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"tenure/contract"
	"tenure/internal/bus"
	"tenure/internal/command"
	"tenure/internal/store"
)

const (
	// latencyEmployees is how many employees the commands go round.
	latencyEmployees = 5_000
	// beat is how often commands are sent: it is part of what is measured, half of it on average.
	beat = 2 * time.Millisecond
	// listenTime bounds joining the topic of events.
	listenTime = 30 * time.Second
	// latencyFloor is the p99 in ms.
	latencyFloor = 250
)

// latency measures the time from the moment at which a command is due to be sent to its event's arrival at a consumer.
// A sender that falls behind does not hide it.
func latency(ctx context.Context, p *session) error {
	if err := p.withCompany(ctx); err != nil {
		return err
	}
	employees := min(latencyEmployees, p.Commands)
	p.Say("latency: %d commands/s for %s", p.Rate, p.For)
	own, err := p.own(ctx, employees)
	if err != nil {
		return err
	}
	theirs, err := p.theirs(ctx, employees)
	if err != nil {
		return err
	}
	for _, m := range []struct {
		name  string
		at    float64
		floor float64
	}{{"p50", 50, 0}, {"p99", 99, latencyFloor}, {"max", 100, 0}} {
		p.report.add(
			Measure{
				Scenario: "latency",
				Name:     fmt.Sprintf("command to event at %d/s, %s", p.Rate, m.name),
				Unit:     "ms",
				Figure: milliseconds(
					percentile(own, m.at),
				),
				Baseline: milliseconds(percentile(theirs, m.at)),
				Better:   Lower,
				Floor:    m.floor,
			},
		)
	}
	return nil
}

// own measures worker and relay.
func (p *session) own(ctx context.Context, employees int) (took []time.Duration, err error) {
	c, err := p.start(ctx, roleWorker, roleFeed)
	if err != nil {
		return nil, err
	}
	err = p.send(ctx, employees, "", hire)
	if err == nil {
		_, err = p.reach(ctx, c, "employees", 0, int64(employees), p.outcomesIn(store.FamilyEmployee))
	}
	if err == nil {
		took, err = p.rated(ctx, c, pace{events: contract.EmployeeEvents, lasting: p.For,
			make: func(i int) command.Command { return change(scattered(i%employees, employees), i) }})
	}
	if failed := c.stop(); err == nil {
		err = failed
	}
	return took, err
}

// theirs measures the baseline, for a shorter time.
func (p *session) theirs(ctx context.Context, employees int) ([]time.Duration, error) {
	base, err := p.newPlain(ctx, true)
	if err != nil {
		return nil, err
	}
	employees = min(employees, p.plainCommands())
	if _, err := p.plainly(
		ctx,
		base,
		employees,
		"plain employees",
		func(i int) command.Command { return hire(plainFrom + i) },
	); err != nil {
		return nil, err
	}
	c := p.begin(ctx, base)
	took, err := p.rated(ctx, c, pace{topic: plainTopic, events: plainEvents, lasting: min(p.For, latencyPlain),
		make: func(i int) command.Command { return change(plainFrom+scattered(i%employees, employees), i) }})
	if failed := c.stop(); err == nil {
		err = failed
	}
	return took, err
}

// pace is what is sent at the rate, and where its events are heard.
type pace struct {
	topic   string // empty: the commands' own
	events  string
	lasting time.Duration
	make    func(i int) command.Command
}

// rated sends at the rate until the last event was heard.
func (p *session) rated(ctx context.Context, c *processes, at pace) ([]time.Duration, error) {
	e := &listener{due: map[string]time.Time{}}
	stop, err := p.listen(ctx, e, at.events)
	if err != nil {
		return nil, err
	}
	defer stop()
	n := int(at.lasting.Seconds() * float64(p.Rate))
	if err := p.sendRated(ctx, e, n, at); err != nil {
		return nil, err
	}
	_, err = p.reach(ctx, c, "events", 0, int64(n), func(context.Context) (int64, error) { return e.received(), nil })
	return e.took, err
}

// sendRated publishes n commands, each when it is due.
func (s *stage) sendRated(ctx context.Context, e *listener, n int, at pace) error {
	ticker := time.NewTicker(beat)
	defer ticker.Stop()
	began := time.Now()
	for sent := 0; sent < n; {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
		due := min(int(time.Since(began).Seconds()*float64(s.Rate)), n)
		from := sent
		err := s.send(ctx, due-from, at.topic, func(i int) command.Command {
			o := at.make(from + i)
			e.expect(o.ID, began.Add(time.Duration(from+i)*time.Second/time.Duration(s.Rate)))
			return o
		})
		if err != nil {
			return err
		}
		sent = due
	}
	return nil
}

// listener receives events and knows when the command of each was due to be sent.
type listener struct {
	mu      sync.Mutex
	due     map[string]time.Time // by command id, until its first event
	took    []time.Duration
	claimed int
}

func (e *listener) expect(id string, due time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.due[id] = due
}

func (e *listener) received() int64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	return int64(len(e.took))
}

func (e *listener) receive(messages []bus.Message, at time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, m := range messages {
		id := string(m.Header("ce_commandid"))
		if due, ok := e.due[id]; ok {
			delete(e.due, id)
			e.took = append(e.took, at.Sub(due))
		}
	}
}

// Claim begins at the end of the partition.
func (e *listener) Claim(_ context.Context, _ string, partition int32, state bus.TopicState) (int64, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.claimed++
	return state.Partitions[partition].Newest, nil
}

// Work hears until ctx ends.
func (e *listener) Work(ctx context.Context, p *bus.Partition) error {
	for {
		messages, err := p.Next(ctx, sendPage, time.Second)
		if err != nil {
			return err
		}
		e.receive(messages, time.Now())
	}
}

func (e *listener) ready(partitions int32) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.claimed >= int(partitions)
}

// listen joins the topic and returns once every partition is heard.
func (s *stage) listen(ctx context.Context, e *listener, topic string) (stop func(), err error) {
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() {
		ended <- bus.Consume(ctx, s.bus, "listener."+strings.ReplaceAll(topic, ".", "-"), []string{topic}, e)
	}()
	stop = sync.OnceFunc(func() {
		cancel()
		err := <-ended // cancelled on purpose
		_ = err
	})
	deadline := time.Now().Add(listenTime)
	for !e.ready(s.Partitions) {
		if time.Now().After(deadline) || ctx.Err() != nil {
			stop()
			return nil, fmt.Errorf("no consumer received %s within %s", topic, listenTime)
		}
		time.Sleep(pollInterval)
	}
	return stop, nil
}
