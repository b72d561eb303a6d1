package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"tenure/internal/bus"
	"tenure/internal/store"
	"tenure/internal/table"
)

// rebase is an operator's decision about a shard whose topic has changed.
type rebase struct {
	shard    int32
	toOffset string
	reason   string
	yes, dry bool
}

func (p *program) topicsRebase() *cobra.Command {
	var r rebase
	cmd := &cobra.Command{
		Use:   "rebase",
		Short: "Rebase a shard whose topic was recreated, truncated or restored",
		Args:  cobra.NoArgs,
		Long: "A shard stops when its topic has another identity or partition count, does not hold its next offset, or\n" +
			"holds another message than the last one it processed. When the cause is known, this lets it continue:\n" +
			"messages between its offset and the new one are not processed. The reason is recorded.",
		Example: "  tenure topics rebase --shard 3 --to-offset oldest --reason \"topic restored from the mirror\" --yes",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if r.reason == "" {
				return coded(exitUsage, errors.New("--reason is required and recorded"))
			}
			s, err := p.openStore(cmd.Context())
			if err != nil {
				return err
			}
			defer s.Close()
			return p.onLookup(
				func(ctx context.Context, lookup *bus.TopicReader) error { return p.doRebase(ctx, s, lookup, r) },
			)(
				cmd,
				nil,
			)
		},
	}
	cmd.Flags().Int32Var(&r.shard, "shard", -1, "the shard, as the error names it")
	cmd.Flags().
		StringVar(&r.toOffset, "to-offset", "", "oldest, newest or an offset (default: its present offset, if the topic "+
			"holds that)")
	cmd.Flags().StringVar(&r.reason, "reason", "", "reason, recorded with the shard")
	cmd.Flags().BoolVar(&r.yes, "yes", false, "carry it out")
	cmd.Flags().BoolVar(&r.dry, "dry-run", false, "show the changes without applying them")
	return cmd
}

func (p *program) doRebase(ctx context.Context, s *store.Store, lookup *bus.TopicReader, r rebase) error {
	heads, err := s.Heads(ctx)
	if err != nil {
		return err
	}
	head, ok := heads[store.ShardID(r.shard)]
	if !ok {
		return coded(exitUsage, fmt.Errorf("--shard: there is no shard %d", r.shard))
	}
	states, err := lookup.TopicStates(ctx, []string{head.Topic})
	if err != nil {
		return err
	}
	if head.Partition >= states[0].Count() {
		return fmt.Errorf("topic %s has %d partitions, shard %d was partition %d",
			head.Topic, states[0].Count(), r.shard, head.Partition)
	}
	at := states[0].Partitions[head.Partition]
	offset, err := r.offset(head.NextOffset, at)
	if err != nil {
		return coded(exitUsage, err)
	}
	if err := p.printRebase(r, head, at, offset); err != nil || r.dry {
		return err
	}
	if !r.yes {
		return coded(exitUsage, errors.New("commands between the two offsets will never take effect: use --yes to continue"))
	}
	return s.Rebase(ctx, store.ShardID(r.shard), store.Topic{
		Name:       head.Topic,
		Partition:  head.Partition,
		ID:         states[0].ID,
		Partitions: states[0].Count(),
		Oldest:     at.Oldest,
		Newest:     at.Newest,
	}, offset, r.reason)
}

func (p *program) printRebase(r rebase, head store.Head, at bus.PartitionState, offset int64) error {
	t := table.New("SHARD", "TOPIC", ">PARTITION", ">OLDEST", ">NEWEST", ">OFFSET", ">NEW OFFSET")
	t.Add(count(int64(r.shard)), head.Topic, count(int64(head.Partition)), count(at.Oldest), count(at.Newest),
		count(head.NextOffset), count(offset))
	return p.print(map[string]any{
		"shard": r.shard, "topic": head.Topic, "from": head.NextOffset, "to": offset, "reason": r.reason,
	}, t)
}

// offset reads --to-offset against what the topic holds.
func (r rebase) offset(present int64, at bus.PartitionState) (int64, error) {
	to := present
	switch r.toOffset {
	case "":
	case "oldest":
		to = at.Oldest
	case "newest":
		to = at.Newest
	default:
		n, err := strconv.ParseInt(r.toOffset, 10, 64)
		if err != nil {
			return 0, errors.New("--to-offset must be oldest, newest or a number")
		}
		to = n
	}
	if to < at.Oldest || to > at.Newest {
		return 0, fmt.Errorf("--to-offset: the topic holds %d to %d, not %d", at.Oldest, at.Newest, to)
	}
	return to, nil
}
