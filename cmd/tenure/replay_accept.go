package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"tenure/internal/feed"
	"tenure/internal/store"
	"tenure/internal/table"
)

// acceptance is an operator's decision about topics that are ahead of the log.
type acceptance struct {
	reader, reason, who string
	shard               int32
	all, yes, dry       bool
}

func (p *program) replayAccept() *cobra.Command {
	var a acceptance
	cmd := &cobra.Command{
		Use:   "accept",
		Short: "Accept topics that are ahead of the log, so that a relay continues",
		Args:  cobra.NoArgs,
		Long: "A relay stops in a shard when a topic has a position that the log does not have, or has other content at\n" +
			"one: the database is older than its topics. When the cause is known, this lets the relay continue with\n" +
			"the next start of the process: what the topics hold at that point is no longer compared. Inform\n" +
			"consumers: positions above the head of the log come a second time with other content. The reason is\n" +
			"recorded.",
		Example: "  tenure replay accept --reader relay --shard 3 --reason \"restored last night's backup\" --yes\n" +
			"  tenure replay accept --all --reason \"the standby lost the last commits\" --yes",
	}
	cmd.RunE = p.onStore(func(ctx context.Context, s *store.Store, _ []string) error {
		if a.all && !cmd.Flags().Changed("reader") {
			a.reader = "" // both
		}
		return p.accept(ctx, s, a)
	})
	flags := cmd.Flags()
	flags.StringVar(&a.reader, "reader", feed.RelayName, feed.RelayName+" or "+feed.OutcomesName+", as the error names it")
	flags.Int32Var(&a.shard, "shard", -1, "the shard, as the error names it")
	flags.BoolVar(&a.all, "all", false, "every shard, of both relays unless --reader names one")
	flags.StringVar(&a.reason, "reason", "", "reason, recorded with the checkpoint")
	flags.StringVar(&a.who, "who", operator(), "name of the operator, recorded with the checkpoint")
	flags.BoolVar(&a.yes, "yes", false, "carry it out")
	flags.BoolVar(&a.dry, "dry-run", false, "show the position of the relay")
	return cmd
}

// accept records an operator's decision about the topics of a relay.
func (p *program) accept(ctx context.Context, s *store.Store, a acceptance) error {
	if err := a.check(); err != nil {
		return coded(exitUsage, err)
	}
	progress, err := feed.ProgressOf(ctx, s)
	if err != nil {
		return err
	}
	var chosen []feed.Progress
	for _, at := range progress {
		if a.wants(at) {
			chosen = append(chosen, at)
		}
	}
	if len(chosen) == 0 {
		return coded(exitUsage, fmt.Errorf("--shard: %s has no shard %d", a.reader, a.shard))
	}
	if err := p.printAccepted(chosen, a); err != nil || a.dry {
		return err
	}
	if !a.yes {
		return coded(
			exitUsage,
			errors.New("what the topics hold now will not be compared with the log: use --yes to continue"),
		)
	}
	for _, at := range chosen {
		if err := s.AcceptTail(ctx, at.Subscriber, at.Shard, a.reason, a.who); err != nil {
			return err
		}
	}
	return nil
}

// check refuses what does not say which relay, where and why.
func (a acceptance) check() error {
	switch {
	case a.reader != feed.RelayName && a.reader != feed.OutcomesName && a.reader != "":
		return fmt.Errorf("--reader: choose %s or %s", feed.RelayName, feed.OutcomesName)
	case a.reason == "":
		return errors.New("--reason is required and recorded")
	case a.all && a.shard >= 0:
		return errors.New("choose --shard or --all")
	}
	return nil
}

// wants reports whether the decision is about a relay in a shard.
func (a acceptance) wants(at feed.Progress) bool {
	relay := at.Subscriber == feed.RelayName || at.Subscriber == feed.OutcomesName
	return relay && (a.reader == "" || a.reader == at.Subscriber) && (a.all || at.Shard == store.ShardID(a.shard))
}

// acceptedView is a relay in a shard as it is printed.
type acceptedView struct {
	Reader   string `json:"reader"`
	Shard    int32  `json:"shard"`
	Position int64  `json:"position"`
	Head     int64  `json:"head"`
	Reason   string `json:"reason"`
}

// printAccepted prints one relay in one shard as before, and more of them as a list.
func (p *program) printAccepted(chosen []feed.Progress, a acceptance) error {
	t := table.New("READER", ">SHARD", ">POSITION", ">HEAD")
	views := make([]acceptedView, len(chosen))
	for i, at := range chosen {
		t.Add(at.Subscriber, count(int64(at.Shard)), count(at.Position), count(at.Head))
		views[i] = acceptedView{at.Subscriber, int32(at.Shard), at.Position, at.Head, a.reason}
	}
	if a.all {
		return p.print(views, t)
	}
	return p.print(views[0], t)
}
