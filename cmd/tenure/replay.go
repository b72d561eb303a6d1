package main

import (
	"context"
	"errors"
	"fmt"
	"os/user"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tenure/billing"
	"tenure/internal/bus"
	"tenure/internal/feed"
	"tenure/internal/replay"
	"tenure/internal/store"
)

// replayTellEvery is how often a running replay says how far it is.
const replayTellEvery = time.Second

// replayFlags are what a person says of a replay.
type replayFlags struct {
	target, name, reason, who, rate string
	missing, yes, dry               bool
	from, to, streams, types        []string
	shards                          []int32
	ledgers                         []string
}

func (p *program) replay() *cobra.Command {
	cmd := &cobra.Command{
		Use: "replay", Short: "Publish a part of the log once more",
		Long: "Publishes what the relay published once more, with the same keys, ids and positions, and the header ce_replay: to a\n" +
			"topic of its own for a consumer that lost some time, or to one of our topics what it lacks. Nothing here reads it.",
	}
	cmd.AddCommand(p.replayPlan(), p.replayStart(), p.replayStatus(), p.replayPause(), p.replayResume(), p.replayList(), p.replayAccept())
	return cmd
}

func (p *program) replayPlan() *cobra.Command {
	var f replayFlags
	cmd := &cobra.Command{
		Use: "plan", Short: "Count what a replay would publish", Args: cobra.NoArgs,
		Example: "  tenure replay plan --target topic:week-30 --from 2026-07-20 --to 2026-07-27 --type 'employee.*'\n" +
			"  tenure replay plan --target topic:employee.events --missing --from 2026-06-01",
		RunE: p.onReplay(func(ctx context.Context, r *replay.Runner, _ []string) error {
			o, err := f.order()
			if err != nil {
				return coded(exitUsage, err)
			}
			return p.replayPreview(ctx, r, o)
		}),
	}
	f.ask(cmd)
	return cmd
}

// ask defines the flags that say what is replayed.
func (f *replayFlags) ask(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.target, "target", "", "topic:NAME, one of its own that is made if it is missing; NAME.wholesale and NAME.cost carry those ledgers")
	flags.BoolVar(&f.missing, "missing", false, "the target is one of our topics: publish what it lacks, up to where the relay is")
	flags.StringArrayVar(&f.from, "from", nil, "from a time on (2026-07-20T00:00:00Z, 2026-07-20), or from a position of a shard (3:1200; may be repeated)")
	flags.StringArrayVar(&f.to, "to", nil, "up to a time, which is not part of it, or to a position of a shard, which is")
	flags.StringArrayVar(&f.streams, "stream", nil, "only of this stream, kind/id; * stands for any characters")
	flags.StringArrayVar(&f.types, "type", nil, "only messages of this type, such as employee.created.v1 or 'billing.*'")
	flags.Int32SliceVar(&f.shards, "shard", nil, "only of these shards")
	flags.StringSliceVar(&f.ledgers, "ledger", nil, "amounts of these ledgers: CUSTOMER, RESELLER, COST (default CUSTOMER)")
	_ = cmd.MarkFlagRequired("target") // fails only for a flag that is not there
}

// order reads the flags.
func (f *replayFlags) order() (o replay.Order, err error) {
	o = replay.Order{Name: f.name, Missing: f.missing, Reason: f.reason, Who: f.who}
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

func (p *program) replayStart() *cobra.Command {
	var f replayFlags
	cmd := &cobra.Command{
		Use: "start", Short: "Replay in the foreground; it can be stopped and resumed", Args: cobra.NoArgs,
		Long: "Writes the replay down and publishes until it is done. Stopped or killed, it goes on with tenure replay resume where\n" +
			"it was; messages of the page under way are then published once more, with the same ids. Without --yes it only counts.\n" +
			"Exit code 6 when there is nothing to publish.",
		Example: "  tenure replay start --target topic:week-30 --from 2026-07-20 --to 2026-07-27 --rate 2000/s --reason \"CRM lost its disk\" --yes\n" +
			"  tenure replay start --target topic:employee.events --missing --reason \"the topic was truncated\" --yes",
		RunE: p.onReplay(func(ctx context.Context, r *replay.Runner, _ []string) error {
			o, err := f.order()
			if err != nil {
				return coded(exitUsage, err)
			}
			if f.dry {
				return p.replayPreview(ctx, r, o)
			}
			if o.Reason == "" {
				return coded(exitUsage, errors.New("--reason says why; it is kept"))
			}
			if !f.yes {
				return errors.Join(p.replayPreview(ctx, r, o), coded(exitUsage, errors.New("say --yes to publish them")))
			}
			if _, err := r.Start(ctx, o); err != nil {
				return p.replayError(err)
			}
			return p.runReplay(ctx, r, o.Name)
		}),
	}
	f.ask(cmd)
	flags := cmd.Flags()
	flags.StringVar(&f.name, "name", "", "name of the replay, which ce_replay carries (default: the topic and the time)")
	flags.StringVar(&f.rate, "rate", "", "messages a second at most, such as 500/s (default: as fast as it goes)")
	flags.StringVar(&f.reason, "reason", "", "why; kept with the replay")
	flags.StringVar(&f.who, "who", operator(), "who does it; kept with the replay")
	flags.BoolVar(&f.yes, "yes", false, "publish")
	flags.BoolVar(&f.dry, "dry-run", false, "count, as tenure replay plan does")
	return cmd
}

// operator is who is logged in on this machine.
func operator() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return ""
}

// runReplay publishes until the replay is done, and says how far it is.
func (p *program) runReplay(ctx context.Context, r *replay.Runner, name string) error {
	var told time.Time
	r.Tell = func(now store.Replay) {
		if time.Since(told) >= replayTellEvery {
			told = time.Now()
			at := sumReplay(now)
			p.say("%s: %d of %d positions read, %d messages published", name, at.read, at.positions, at.messages)
		}
	}
	row, err := r.Run(ctx, name)
	if err != nil {
		if row.State == store.ReplayRunning {
			p.say("%s is not done; go on with: tenure replay resume %s", name, name)
		}
		return p.replayError(err)
	}
	if err := p.printReplay(row); err != nil {
		return err
	}
	if sumReplay(row).messages == 0 {
		return coded(exitNothing, errQuiet)
	}
	return nil
}

// replayCodes are the exit codes of what a replay may answer.
var replayCodes = []struct {
	err  error
	code int
}{
	{replay.ErrNothing, exitNothing}, {replay.ErrHeld, exitTryAgain}, {store.ErrLeaseLost, exitTryAgain}, {replay.ErrPaused, exitRefused},
	{replay.ErrTaken, exitRefused}, {replay.ErrAhead, exitMismatch}, {store.ErrReplayExists, exitUsage}, {replay.ErrUnknown, exitUsage},
}

// replayError gives an error of a replay its exit code.
func (p *program) replayError(err error) error {
	for _, known := range replayCodes {
		if errors.Is(err, known.err) {
			return coded(known.code, err)
		}
	}
	return err
}

// replayWork is what a command does with replays.
type replayWork func(ctx context.Context, r *replay.Runner, args []string) error

// onReplay connects to database and brokers before the work and disconnects after it.
func (p *program) onReplay(work replayWork) func(*cobra.Command, []string) error {
	return p.onStore(func(ctx context.Context, s *store.Store, args []string) error {
		kafka, err := p.kafka()
		if err != nil {
			return err
		}
		lookup, err := bus.NewLookup(kafka)
		if err != nil {
			return coded(exitTryAgain, err)
		}
		defer lookup.Close()
		publisher, err := bus.NewPublisher(kafka)
		if err != nil {
			return coded(exitTryAgain, err)
		}
		defer publisher.Close()
		return work(ctx, &replay.Runner{
			Store: s, Kafka: kafka, Lookup: lookup, Publisher: publisher, Clock: replay.RealClock(),
		}, args)
	})
}

func (p *program) replayPause() *cobra.Command {
	return &cobra.Command{
		Use: "pause NAME", Short: "Have it stop after the page under way; exit code 6 when it does not run", Args: cobra.ExactArgs(1),
		Example: "  tenure replay pause week-30",
		RunE: p.onStore(func(ctx context.Context, s *store.Store, args []string) error {
			return p.setReplay(ctx, s, args[0], store.ReplayPaused)
		}),
	}
}

// setReplay changes the state of a replay; nothing to do when it has that state, or is done.
func (p *program) setReplay(ctx context.Context, s *store.Store, name, state string) error {
	changed, err := s.SetReplayState(ctx, name, state)
	if err != nil {
		return err
	}
	row, found, err := s.Replay(ctx, name)
	switch {
	case err != nil:
		return err
	case !found:
		return p.replayError(replay.ErrUnknown)
	}
	if err := p.printReplay(row); err != nil || changed {
		return err
	}
	return coded(exitNothing, errQuiet)
}

func (p *program) replayResume() *cobra.Command {
	return &cobra.Command{
		Use: "resume NAME", Short: "Go on with one that was paused, stopped or killed", Args: cobra.ExactArgs(1),
		Long: "Goes on at the checkpoint, in the foreground. A runner that was killed holds the replay for some seconds more, which\n" +
			"are waited for; exit code 75 when another process runs it.",
		Example: "  tenure replay resume week-30",
		RunE: p.onReplay(func(ctx context.Context, r *replay.Runner, args []string) error {
			if _, err := r.Store.SetReplayState(ctx, args[0], store.ReplayRunning); err != nil {
				return err
			}
			return p.runReplay(ctx, r, args[0])
		}),
	}
}

// acceptance is what a person says about topics that know what the log does not.
type acceptance struct {
	reader, reason, who string
	shard               int32
	yes, dry            bool
}

func (p *program) replayAccept() *cobra.Command {
	var a acceptance
	cmd := &cobra.Command{
		Use: "accept", Short: "Let a relay go on although its topics know what the log does not", Args: cobra.NoArgs,
		Long: "A relay stops in a shard when a topic knows a position that the log does not have, or says something else of one: the\n" +
			"database is older than its topics. When you know what happened, this has it go on, with the next start of the\n" +
			"process: what the topics hold by now is not compared any more. Consumers have to be told: positions above the log's\n" +
			"end come a second time with other content. The reason is kept.",
		Example: "  tenure replay accept --reader relay --shard 3 --reason \"restored the backup of the night\" --yes",
		RunE: p.onStore(func(ctx context.Context, s *store.Store, _ []string) error {
			return p.accept(ctx, s, a)
		}),
	}
	flags := cmd.Flags()
	flags.StringVar(&a.reader, "reader", feed.RelayName, feed.RelayName+" or "+feed.OutcomesName+", as the error names it")
	flags.Int32Var(&a.shard, "shard", -1, "the shard, as the error names it")
	flags.StringVar(&a.reason, "reason", "", "why; kept")
	flags.StringVar(&a.who, "who", operator(), "who does it; kept")
	flags.BoolVar(&a.yes, "yes", false, "do it")
	flags.BoolVar(&a.dry, "dry-run", false, "show where the relay stands")
	return cmd
}
