package bench

import (
	"context"
	"fmt"

	"tenure/contract"
	"tenure/internal/command"
	"tenure/projections"
)

// floorThroughRate is in commands a second on two cores.
const floorThroughRate = 18_000

// through measures the whole way, sustained: creates and changes wait on the topic, and the time is over when every
// read model and every topic has what they made.
func through(ctx context.Context, p *session) error {
	n := p.Commands
	if err := p.withCompany(ctx); err != nil {
		return err
	}
	p.Say("through: sending %s commands", grouped(int64(2*n)))
	if err := p.send(ctx, 2*n, "", func(i int) command.Command { return mixed(i, n) }); err != nil {
		return err
	}
	before, err := p.serverEffort(ctx)
	if err != nil {
		return err
	}
	c, err := p.startEach(ctx, roleWorker, roleFeed)
	if err != nil {
		return err
	}
	took, err := p.throughAll(ctx, c, int64(2*n), int64(hireEvents*n+n))
	if err == nil {
		err = p.effort(ctx, "through", "a command", int64(2*n), c, before)
	}
	p.memories(c)
	if failed := c.stop(); err == nil {
		err = failed
	}
	if err != nil {
		return err
	}
	creates, changes, err := p.plainBoth(ctx, true)
	if err != nil {
		return err
	}
	p.rate(
		"through",
		"through to read models and topics",
		took,
		span{n: creates.n + changes.n, took: creates.took + changes.took},
		floorThroughRate,
	)
	return nil
}

// mixed is a change for each create: half of the commands before, so that the employee exists.
func mixed(i, n int) command.Command {
	if i < n {
		return hire(i)
	}
	return change(scattered(i-n, n), 0)
}

// throughAll waits until all readers have taken everything, and compares with what must be there.
func (p *session) throughAll(ctx context.Context, c *processes, outcomes, events int64) (span, error) {
	readers := int64(len(projections.All()) + 1) // of events: the read models and the relay
	s, err := p.reach(ctx, c, "read models and topics", 0, readers*events+outcomes, p.taken)
	if err != nil {
		return s, err
	}
	if err := p.made(ctx, events); err != nil {
		return s, err
	}
	for topic, want := range map[string]int64{contract.EmployeeOutcomes: outcomes, contract.EmployeeEvents: events} {
		// At least once: a page that was published again after a fault counts twice.
		if n, err := p.onTopic(ctx, topic); err != nil || n < want {
			return s, fmt.Errorf("%s has %d messages of %d: %w", topic, n, want, err)
		}
	}
	s.n = s.n * outcomes / (readers*events + outcomes) // reported in commands, not in what readers processed
	return s, nil
}

// taken adds up how far all readers are in the employees' shards.
func (s *stage) taken(ctx context.Context) (int64, error) {
	of := readers()
	of.Shards = s.shards()
	n, _, err := s.store.Taken(ctx, of)
	return n, err
}

// onTopic counts the messages of a topic.
func (s *stage) onTopic(ctx context.Context, topic string) (n int64, err error) {
	states, err := s.lookup.TopicStates(ctx, []string{topic})
	if err != nil {
		return 0, err
	}
	for _, p := range states[0].Partitions {
		n += p.Newest
	}
	return n, nil
}
