package main

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"tenure/internal/bus"
	"tenure/internal/feed"
	"tenure/internal/replay"
	"tenure/internal/store"
)

// replayTellEvery is how often a running replay says how far it is.
const replayTellEvery = time.Second

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
		RunE: p.orRebuild(&f, p.onReplay(func(ctx context.Context, r *replay.Runner, _ []string) error {
			o, err := f.order()
			if err != nil {
				return coded(exitUsage, err)
			}
			return p.replayPreview(ctx, r, o)
		})),
	}
	f.ask(cmd)
	return cmd
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
		RunE: p.orRebuild(&f, p.onReplay(func(ctx context.Context, r *replay.Runner, _ []string) error { return p.startReplay(ctx, r, f) })),
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

// startReplay counts, or writes the replay down and runs it.
func (p *program) startReplay(ctx context.Context, r *replay.Runner, f replayFlags) error {
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
		kafka, lookup, err := p.lookup()
		if err != nil {
			return err
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
	flags.StringVar(&a.reason, "reason", "", "why; kept beside the relay's place")
	flags.StringVar(&a.who, "who", operator(), "who does it; kept beside the relay's place")
	flags.BoolVar(&a.yes, "yes", false, "do it")
	flags.BoolVar(&a.dry, "dry-run", false, "show where the relay stands")
	return cmd
}
