package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tenure/billing"
	"tenure/internal/replay"
	"tenure/internal/store"
)

// replayFlags describe a replay.
type replayFlags struct {
	target, name, reason, who, rate string
	missing, yes, dry               bool
	from, to, streams, types        []string
	shards                          []int32
	ledgers                         []string
}

// ask defines the flags that select what is replayed.
func (f *replayFlags) ask(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(
		&f.target,
		"target",
		"",
		"topic:NAME, a separate topic that is created if it is missing (NAME.wholesale and NAME.cost carry\n"+
			"those ledgers); or projection:NAME, which is rebuilt",
	)
	flags.BoolVar(
		&f.missing,
		"missing",
		false,
		"the target is a topic of Tenure: publish what it lacks, up to the position of the relay",
	)
	flags.StringArrayVar(
		&f.from,
		"from",
		nil,
		"from a time on (2026-07-20T00:00:00Z, 2026-07-20), or from a position of a shard (3:1200; may be repeated)",
	)
	flags.StringArrayVar(&f.to, "to", nil, "up to a time, which is not part of it, or to a position of a shard, which is")
	flags.StringArrayVar(&f.streams, "stream", nil, "only of this stream, kind/id; * matches any characters")
	flags.StringArrayVar(&f.types, "type", nil, "only messages of this type, such as employee.created.v1 or 'billing.*'")
	flags.Int32SliceVar(&f.shards, "shard", nil, "only of these shards")
	flags.StringSliceVar(
		&f.ledgers,
		"ledger",
		nil,
		"amounts of these ledgers: CUSTOMER, RESELLER, COST (default CUSTOMER)",
	)
	_ = cmd.MarkFlagRequired("target") // fails only for a flag that is not there
}

// order reads the flags.
func (f *replayFlags) order() (o replay.Request, err error) {
	o = replay.Request{Name: f.name, Missing: f.missing, Reason: f.reason, Who: f.who}
	o.Filter.Streams, o.Filter.Types = f.streams, f.types
	if o.Topic, err = replay.ParseTarget(f.target); err != nil {
		return o, fmt.Errorf("--target: %w", err)
	}
	for _, text := range f.from {
		bound, err := replay.ParseBound(text)
		if err != nil {
			return o, fmt.Errorf("--from: %w", err)
		}
		o.Filter.From = append(o.Filter.From, bound)
	}
	for _, text := range f.to {
		bound, err := replay.ParseBound(text)
		if err != nil {
			return o, fmt.Errorf("--to: %w", err)
		}
		o.Filter.To = append(o.Filter.To, bound)
	}
	for _, shard := range f.shards {
		o.Filter.Shards = append(o.Filter.Shards, store.ShardID(shard))
	}
	for _, ledger := range f.ledgers {
		o.Filter.Ledgers = append(o.Filter.Ledgers, billing.Ledger(strings.ToUpper(ledger)))
	}
	if f.rate != "" {
		if o.Rate, err = strconv.ParseInt(strings.TrimSuffix(f.rate, "/s"), 10, 64); err != nil || o.Rate <= 0 {
			return o, errors.New("--rate must be messages a second, such as 500/s")
		}
	}
	if o.Name == "" {
		o.Name = o.Topic + "-" + time.Now().UTC().Format("20060102-150405")
	}
	return o, o.Check()
}

// orRebuild rebuilds the target projection:NAME: a read model is a fold of the whole log, so that a part of it replayed
// on top of what is there would be wrong.
func (p *program) orRebuild(
	f *replayFlags,
	run func(*cobra.Command, []string) error,
) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		name, ok := strings.CutPrefix(f.target, "projection:")
		if !ok {
			return run(cmd, args)
		}
		if f.missing || f.rate != "" || len(f.from)+len(f.to)+len(f.streams)+len(f.types)+len(f.shards)+len(f.ledgers) > 0 {
			return coded(exitUsage, errors.New("a read model is built from the whole log: give --target alone"))
		}
		rebuild, _, err := cmd.Root().Find([]string{"projection", "rebuild"})
		if err != nil {
			return err
		}
		rebuild.SetContext(cmd.Context())
		for flag, on := range map[string]bool{"yes": f.yes, "dry-run": f.dry || cmd.Name() == "plan"} {
			if err := rebuild.Flags().Set(flag, strconv.FormatBool(on)); err != nil {
				return err
			}
		}
		return rebuild.RunE(rebuild, []string{name})
	}
}
