package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"tenure/internal/bus"
	"tenure/internal/store"
	"tenure/internal/table"
)

// rebase is an operator's decision about a shard whose topic has changed.
type rebase struct {
	shard    int32
	all      bool
	toOffset string
	reason   string
	who      string
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
			"messages between its offset and the new one are not processed. Reason and operator are recorded. --all takes every\n" +
			"shard whose topic is another than it knows, or does not hold its offset. A topic with another partition\n" +
			"count is refused: keys would lead to other shards.",
		Example: "  tenure topics rebase --shard 3 --to-offset oldest --reason \"topic restored from the mirror\" --yes\n" +
			"  tenure topics rebase --all --to-offset oldest --reason \"the topics were recreated\" --yes",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if r.reason == "" {
				return coded(exitUsage, errors.New("--reason is required and recorded"))
			}
			if r.all && (cmd.Flags().Changed("shard") || r.toOffset != "oldest" && r.toOffset != "newest") {
				return coded(exitUsage, errors.New("--all needs --to-offset oldest or newest, and no --shard"))
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
	cmd.Flags().BoolVar(&r.all, "all", false, "every shard that its topic stops")
	cmd.Flags().
		StringVar(&r.toOffset, "to-offset", "", "oldest, newest or an offset (default: its present offset, if the topic "+
			"holds that)")
	cmd.Flags().StringVar(&r.reason, "reason", "", "reason, recorded with the shard")
	cmd.Flags().StringVar(&r.who, "who", operator(), "name of the operator, recorded with the shard")
	cmd.Flags().BoolVar(&r.yes, "yes", false, "carry it out")
	cmd.Flags().BoolVar(&r.dry, "dry-run", false, "show the changes without applying them")
	return cmd
}

// rebaseStep is a shard with the place at which it is to continue.
type rebaseStep struct {
	head  store.Head
	topic store.Topic
	to    int64
}

func (p *program) doRebase(ctx context.Context, s *store.Store, lookup *bus.TopicReader, r rebase) error {
	steps, err := r.steps(ctx, s, lookup)
	if err != nil {
		return err
	}
	if err := p.printRebase(r, steps); err != nil || r.dry {
		return err
	}
	if !r.yes {
		return coded(exitUsage, errors.New("commands between the two offsets will never take effect: use --yes to continue"))
	}
	for _, step := range steps {
		if err := s.Rebase(ctx, step.head.Shard, step.topic, step.to, r.recorded(time.Now())); err != nil {
			return err
		}
	}
	return nil
}

// recorded is the reason as it is kept: when, who, why.
func (r rebase) recorded(now time.Time) string {
	return now.UTC().Format(time.RFC3339) + " " + r.who + ": " + r.reason
}

// steps are the shards that are to continue elsewhere, in their order.
func (r rebase) steps(ctx context.Context, s *store.Store, lookup *bus.TopicReader) (steps []rebaseStep, err error) {
	heads, err := s.Heads(ctx)
	if err != nil {
		return nil, err
	}
	for _, shard := range slices.Sorted(maps.Keys(heads)) {
		if !r.all && shard != store.ShardID(r.shard) {
			continue
		}
		step, needed, err := r.step(ctx, lookup, heads[shard])
		if err != nil {
			return nil, err
		}
		if needed || !r.all {
			steps = append(steps, step)
		}
	}
	switch {
	case len(steps) == 0 && r.all:
		return nil, coded(exitNothing, errors.New("every shard's topic is the one that it knows, and holds its offset"))
	case len(steps) == 0:
		return nil, coded(exitUsage, fmt.Errorf("--shard: there is no shard %d", r.shard))
	}
	return steps, nil
}

// step finds where a shard is to continue, and whether its topic stops it.
func (r rebase) step(ctx context.Context, lookup *bus.TopicReader, head store.Head) (step rebaseStep, needed bool,
	err error) {
	if head.Topic == "" {
		return step, false, nil // a shard without a topic
	}
	states, err := lookup.TopicStates(ctx, []string{head.Topic})
	if err != nil {
		return step, false, err
	}
	topic := states[0]
	if head.Partition >= topic.Count() || r.all && head.Partitions != 0 && head.Partitions != topic.Count() {
		return step, false, fmt.Errorf("topic %s has %d partitions, shard %d was partition %d of %d; create the topic again "+
			"with as many (tenure topics create), then rebase", head.Topic, topic.Count(), head.Shard, head.Partition,
			head.Partitions)
	}
	at := topic.Partitions[head.Partition]
	step = rebaseStep{head: head, topic: store.Topic{
		Name: head.Topic, Partition: head.Partition, ID: topic.ID, Partitions: topic.Count(), Oldest: at.Oldest,
		Newest: at.Newest,
	}}
	needed = head.TopicID != "" && head.TopicID != topic.ID || head.NextOffset < at.Oldest || head.NextOffset > at.Newest
	if step.to, err = r.offset(head.NextOffset, at); err != nil {
		return step, needed, coded(exitUsage, err)
	}
	return step, needed, nil
}

func (p *program) printRebase(r rebase, steps []rebaseStep) error {
	t := table.New("SHARD", "TOPIC", ">PARTITION", ">OLDEST", ">NEWEST", ">OFFSET", ">NEW OFFSET")
	list := make([]map[string]any, len(steps))
	for i, step := range steps {
		t.Add(count(int64(step.head.Shard)), step.topic.Name, count(int64(step.topic.Partition)), count(step.topic.Oldest),
			count(step.topic.Newest), count(step.head.NextOffset), count(step.to))
		list[i] = map[string]any{"shard": step.head.Shard, "topic": step.topic.Name, "from": step.head.NextOffset,
			"to": step.to, "reason": r.reason}
	}
	if r.all {
		return p.print(list, t)
	}
	return p.print(list[0], t)
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
