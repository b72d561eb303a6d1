package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"tenure/contract"
	"tenure/internal/backoff"
	"tenure/internal/bus"
	"tenure/internal/store"
	"tenure/internal/table"
)

const growthPoll = time.Second

// growth is what an operator wants of the partitions of a topic.
type growth struct {
	partitions int32
	yes        bool
	timeout    time.Duration
}

// growthView is how far the topic is.
type growthView struct {
	Topic      string `json:"topic"`
	Partitions int32  `json:"partitions"` // of the topic
	Shards     int    `json:"shards"`     // that work
	Behind     int    `json:"behind"`     // of them, those that have not taken what was sent before
	Wanted     int32  `json:"wanted"`
	Complete   bool   `json:"complete"`
}

func (p *program) topicsGrow() *cobra.Command {
	var g growth
	cmd := &cobra.Command{
		Use:   "grow",
		Short: "Give the topic of the employees' commands more partitions, and so the log more shards",
		Args:  cobra.NoArgs,
		Long: "Employees stay in the shards in which they are; new ones are spread over all. Commands that arrive in\n" +
			"another partition than their employee's are sent on. The new shards begin when the old ones have taken what was\n" +
			"sent before, and the workers have seen the new partitions, within a minute or two. Without --yes the\n" +
			"present state is shown. It may be stopped and run again: it goes on where it was.",
		Example: "  tenure topics grow --partitions 32\n" +
			"  tenure topics grow --partitions 32 --yes",
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := p.openStore(cmd.Context())
			if err != nil {
				return err
			}
			defer s.Close()
			return p.grow(cmd.Context(), s, g)
		},
	}
	cmd.Flags().Int32Var(&g.partitions, "partitions", 0, "how many it is to have: a multiple of those that it has")
	cmd.Flags().BoolVar(&g.yes, "yes", false, "carry it out: partitions cannot be removed again")
	cmd.Flags().DurationVar(&g.timeout, "timeout", 10*time.Minute, "how long to wait for the new shards")
	_ = cmd.MarkFlagRequired("partitions")
	return cmd
}

// grow declares the count, gives the topic its partitions, and waits until all of them are shards.
func (p *program) grow(ctx context.Context, s *store.Store, g growth) error {
	kafka, lookup, err := p.lookup()
	if err != nil {
		return err
	}
	defer lookup.Close()
	view, err := viewGrowth(ctx, s, lookup, g.partitions)
	if err != nil {
		return err
	}
	if err := p.mayGrow(ctx, s, view, g); err != nil {
		return err
	}
	if err := bus.Grow(ctx, kafka, contract.EmployeeCommands, g.partitions, true); err != nil {
		return err
	}
	if err := s.DeclareGrowth(ctx, store.FamilyEmployee, g.partitions); err != nil {
		return coded(exitRefused, err)
	}
	if err := bus.Grow(ctx, kafka, contract.EmployeeCommands, g.partitions, false); err != nil {
		return err
	}
	return p.awaitShards(ctx, s, lookup, g)
}

// mayGrow refuses what is done, what cannot be, and what is not confirmed.
func (p *program) mayGrow(ctx context.Context, s *store.Store, view growthView, g growth) error {
	switch {
	case view.Complete:
		p.say("%s has %d partitions, each of them a shard", view.Topic, view.Partitions)
		return coded(exitNothing, errQuiet)
	case view.Partitions > g.partitions:
		return coded(exitRefused, fmt.Errorf("%s has %d partitions, and none can be removed", view.Topic, view.Partitions))
	}
	if err := s.MayGrow(ctx, store.FamilyEmployee, g.partitions); err != nil {
		return coded(exitRefused, err)
	}
	if g.yes {
		return nil
	}
	if err := p.printGrowth(view); err != nil {
		return err
	}
	return coded(exitUsage, errors.New("partitions cannot be removed again: use --yes to add them"))
}

func viewGrowth(ctx context.Context, s *store.Store, lookup *bus.TopicReader, wanted int32) (growthView, error) {
	states, err := lookup.TopicStates(ctx, []string{contract.EmployeeCommands})
	if err != nil {
		return growthView{}, err
	}
	g, err := s.GrowthOf(ctx, store.FamilyEmployee)
	if err != nil {
		return growthView{}, err
	}
	n := states[0].Count()
	return growthView{Topic: contract.EmployeeCommands, Partitions: n, Shards: g.Shards, Behind: g.Behind, Wanted: wanted,
		Complete: n == wanted && g.Partitions == n && g.Complete()}, nil
}

// awaitShards waits until every partition is a shard, and says how far that is.
func (p *program) awaitShards(ctx context.Context, s *store.Store, lookup *bus.TopicReader, g growth) error {
	ctx, cancel := context.WithTimeout(ctx, g.timeout)
	defer cancel()
	said := ""
	for {
		view, err := viewGrowth(ctx, s, lookup, g.partitions)
		switch {
		case ctx.Err() != nil:
			return coded(exitTryAgain, errors.New("some partition is no shard yet: workers must run; then run this again"))
		case err != nil:
			return err
		case view.Complete:
			return p.printGrowth(view)
		}
		text := fmt.Sprintf("%d of %d partitions are shards, %d have not taken what was sent before", view.Shards,
			g.partitions, view.Behind)
		if text != said {
			said = text
			p.say("%s", text)
		}
		backoff.Sleep(ctx, growthPoll)
	}
}

func (p *program) printGrowth(view growthView) error {
	t := table.New("TOPIC", ">PARTITIONS", ">WANTED", ">SHARDS", ">BEHIND")
	t.Add(view.Topic, count(int64(view.Partitions)), count(int64(view.Wanted)), count(int64(view.Shards)),
		count(int64(view.Behind)))
	return p.print(view, t)
}
