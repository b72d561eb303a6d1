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
	yes, dry            bool
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
		Example: "  tenure replay accept --reader relay --shard 3 --reason \"restored last night's backup\" --yes",
		RunE: p.onStore(func(ctx context.Context, s *store.Store, _ []string) error {
			return p.accept(ctx, s, a)
		}),
	}
	flags := cmd.Flags()
	flags.StringVar(&a.reader, "reader", feed.RelayName, feed.RelayName+" or "+feed.OutcomesName+", as the error names it")
	flags.Int32Var(&a.shard, "shard", -1, "the shard, as the error names it")
	flags.StringVar(&a.reason, "reason", "", "reason, recorded with the checkpoint")
	flags.StringVar(&a.who, "who", operator(), "name of the operator, recorded with the checkpoint")
	flags.BoolVar(&a.yes, "yes", false, "carry it out")
	flags.BoolVar(&a.dry, "dry-run", false, "show the position of the relay")
	return cmd
}

// accept records an operator's decision about the topics of a relay.
func (p *program) accept(ctx context.Context, s *store.Store, a acceptance) error {
	if a.reader != feed.RelayName && a.reader != feed.OutcomesName {
		return coded(exitUsage, fmt.Errorf("--reader: choose %s or %s", feed.RelayName, feed.OutcomesName))
	}
	if a.reason == "" {
		return coded(exitUsage, errors.New("--reason is required and recorded"))
	}
	all, err := feed.ProgressOf(ctx, s)
	if err != nil {
		return err
	}
	for _, at := range all {
		if at.Subscriber != a.reader || at.Shard != store.ShardID(a.shard) {
			continue
		}
		t := table.New("READER", ">SHARD", ">POSITION", ">HEAD")
		t.Add(a.reader, count(int64(a.shard)), count(at.Position), count(at.Head))
		plan := map[string]any{
			"reader":   a.reader,
			"shard":    a.shard,
			"position": at.Position,
			"head":     at.Head,
			"reason":   a.reason,
		}
		if err := p.print(plan, t); err != nil || a.dry {
			return err
		}
		if !a.yes {
			return coded(
				exitUsage,
				errors.New("what the topics hold now will not be compared with the log: use --yes to continue"),
			)
		}
		return s.AcceptTail(ctx, a.reader, at.Shard, a.reason, a.who)
	}
	return coded(exitUsage, fmt.Errorf("--shard: %s has no shard %d", a.reader, a.shard))
}
