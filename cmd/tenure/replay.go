package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"tenure/internal/bus"
	"tenure/internal/replay"
	"tenure/internal/store"
)

func (p *program) replay() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "replay",
		Short: "Publish a part of the log again",
		Long: "Publishes again what the relay has published, with the same keys, ids and positions, and the header\n" +
			"ce_replay: to a separate topic for a consumer that lost messages, or to a topic of Tenure what it lacks.\n" +
			"Tenure itself ignores it.",
	}
	cmd.AddCommand(
		p.replayPlan(),
		p.replayStart(),
		p.replayStatus(),
		p.replayPause(),
		p.replayResume(),
		p.replayList(),
		p.replayAccept(),
	)
	return cmd
}

// replayCodes are the exit codes of the errors of a replay.
var replayCodes = []struct {
	err  error
	code int
}{
	{
		replay.ErrNothing,
		exitNothing,
	},
	{replay.ErrHeld, exitTryAgain},
	{store.ErrLeaseLost, exitTryAgain},
	{replay.ErrPaused, exitRefused},
	{
		replay.ErrTaken,
		exitRefused,
	},
	{replay.ErrAhead, exitMismatch},
	{store.ErrReplayExists, exitUsage},
	{replay.ErrUnknown, exitUsage},
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
