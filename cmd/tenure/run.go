package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tenure/domain"
	"tenure/events"
	"tenure/internal/bus"
	"tenure/internal/clock"
	"tenure/internal/command"
	"tenure/internal/reconcile"
	"tenure/internal/runs"
	"tenure/internal/runstate"
	"tenure/internal/store"
)

// completedRun gives the end of a run; that it has none yet is exitTryAgain.
func completedRun(ctx context.Context, s *store.Store, run string) (events.RunCompleted, error) {
	completed, err := reconcile.Completed(ctx, s, run)
	return completed, notCompleted(err, run)
}

// notCompleted gives ErrNotCompleted its exit code and what to run next.
func notCompleted(err error, run string) error {
	if errors.Is(err, reconcile.ErrNotCompleted) {
		if _, unknown := runstate.NightOf(run); unknown != nil {
			return coded(exitUsage, unknown)
		}
		return coded(exitTryAgain, fmt.Errorf("%s is not completed; see: tenure run status %s", run, run))
	}
	return err
}

// lastRun is the id of the run that was opened last; without one the error has exitNothing.
func lastRun(ctx context.Context, s *store.Store) (string, error) {
	last, err := runstate.Last(ctx, s)
	if err != nil {
		return "", err
	}
	if last == nil {
		return "", coded(exitNothing, errors.New("no run yet"))
	}
	return last.ID, nil
}

// answerTime is how long a command waits for the answer of workers, unless it is told otherwise. Most answer within a
// second; while all parts start on a busy machine it is minutes, and nothing is lost by waiting.
const answerTime = 3 * time.Minute

// controlFlags are the flags of an operator's commands about runs.
type controlFlags struct {
	reason, token string
	timeout       time.Duration
}

// add adds the flags of a command with a reason.
func (f *controlFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.reason, "reason", "", "reason, recorded with the command")
	cmd.Flags().StringVar(&f.token, "token-file", "", "file with the operator's token ("+tokenVariable+")")
	cmd.Flags().DurationVar(&f.timeout, "timeout", answerTime, "how long to wait")
	_ = cmd.MarkFlagRequired("reason") // fails only for a flag that is not there
}

// onRuns connects what a command about runs needs.
func (p *program) onRuns(
	f *controlFlags,
	work func(ctx context.Context, s *store.Store, driver *runs.Driver, by runs.Who, args []string) error,
) func(*cobra.Command, []string) error {
	return p.onStoreWithin(&f.timeout, func(ctx context.Context, s *store.Store, args []string) error {
		by, err := p.issuer(ctx, s, f.token)
		if err != nil {
			return err
		}
		driver, end, err := p.driver(ctx, s)
		if err != nil {
			return err
		}
		defer end()
		return work(ctx, s, driver, by, args)
	})
}

// digestMin is how many characters of a digest identify a plan.
const digestMin = 12

// plannedRun finds a run by its plan. The digest may be the beginning of the newest plan's.
func plannedRun(ctx context.Context, s *store.Store, id, digest string) (*domain.Run, string, error) {
	run, err := runstate.Read(ctx, s, id)
	switch {
	case err != nil:
		return nil, "", err
	case run.Planned == nil:
		return nil, "", fmt.Errorf("%s has no plan; next: tenure run plan --record", id)
	case len(digest) < digestMin:
		return nil, "", coded(exitUsage, fmt.Errorf("--digest: give at least %d characters", digestMin))
	case !strings.HasPrefix(run.Planned.Digest, digest):
		return nil, "", coded(exitRefused, fmt.Errorf("the newest plan of %s is another one: %s", id, run.Planned.Digest))
	}
	return run, run.Planned.Digest, nil
}

// hasToken refuses what needs the token of an operator before anything is connected.
func (p *program) hasToken(file string) error {
	if token, _ := p.environ(tokenVariable); file == "" && token == "" {
		return coded(exitRefused, fmt.Errorf("an approval has an issuer: use a token of an ADMIN, by --token-file or %s; "+
			"next: tenure token create --level ADMIN --expires 12h", tokenVariable))
	}
	return nil
}

// issuer is the caller: the holder of a token, or without one an unknown ADMIN.
func (p *program) issuer(ctx context.Context, s *store.Store, tokenFile string) (runs.Who, error) {
	by, given, err := p.tokenHolder(ctx, s, tokenFile)
	if err != nil {
		return runs.Who{}, err
	}
	if !given {
		return runs.Who{Actor: events.Actor{AccessLevel: "ADMIN"}}, nil
	}
	token, _ := p.environ(tokenVariable)
	if tokenFile != "" {
		raw, err := os.ReadFile(tokenFile)
		if err != nil {
			return runs.Who{}, coded(exitUsage, fmt.Errorf("--token-file: %w", err))
		}
		token = string(raw)
	}
	return runs.Who{Actor: by, Mark: runs.MarkOf(strings.TrimSpace(token))}, nil
}

// command sends a command of the caller and waits for its outcome; a rejection is an error with the code of a refusal.
func (p *program) sendControl(ctx context.Context, s *store.Store, driver *runs.Driver, order command.Command) error {
	kafka, err := p.kafka()
	if err != nil {
		return err
	}
	d, err := command.New(kafka, driver.Publisher, s)
	if err != nil {
		return coded(exitTryAgain, err)
	}
	defer d.Close()
	answers, err := d.Send(ctx, []command.Command{order}, nil)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return coded(exitTryAgain, fmt.Errorf("no outcome of %s yet", order.Type))
	case err != nil:
		return err
	case len(answers) == 0:
		return coded(exitTryAgain, fmt.Errorf("no outcome of %s", order.Type))
	case answers[0].Error != nil:
		return coded(exitRefused, answers[0].Error)
	case answers[0].Status == domain.StatusParked:
		return coded(exitParked, fmt.Errorf("%s is parked: %s; see: tenure parked list", order.Type, answers[0].Reason))
	}
	p.say("%s", what(answers[0]))
	return nil
}

// runNamed is the run of the arguments, or the one under way or planned, or the last one; empty: there is none.
func (p *program) runNamed(ctx context.Context, s *store.Store, args []string) (string, error) {
	if len(args) == 1 {
		return args[0], nil
	}
	c, err := clock.Follow(ctx, s)
	if err != nil {
		return "", err
	}
	missing, err := runstate.Missing(ctx, s, c.Now(), p.config.Policy.Zone())
	if err != nil {
		return "", err
	}
	if len(missing) > 0 {
		next, err := runstate.Read(ctx, s, runstate.ID(missing[0]))
		if err != nil || next.Planned != nil || next.Started != nil {
			return next.ID, err
		}
	}
	last, err := runstate.Last(ctx, s)
	if last == nil || err != nil {
		return "", err
	}
	return last.ID, nil
}

// runPollInterval is the time between two reads of a run that is waited for.
const runPollInterval = 200 * time.Millisecond

func (p *program) runs() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Plan, approve, start, watch, halt and report nightly runs",
		Long: "A run bills one business date, once. It is planned first: the code of the run computes what it would\n" +
			"bill, and writes nothing. A plan inside the bounds (run-max-…, see: tenure help settings) starts\n" +
			"automatically; one outside needs an approval.",
	}
	cmd.AddCommand(
		p.runEnsure(),
		p.runPlan(),
		p.runApprove(),
		p.runStart(),
		p.runStatus(),
		p.runReport(),
		p.runHalt(),
		p.runResume(),
	)
	return cmd
}

// driver connects what drives runs; end disconnects it.
func (p *program) driver(ctx context.Context, s *store.Store) (driver *runs.Driver, end func(), err error) {
	kafka, err := p.kafka()
	if err != nil {
		return nil, nil, err
	}
	c, err := clock.Follow(ctx, s)
	if err != nil {
		return nil, nil, err
	}
	publisher, err := bus.NewPublisher(kafka)
	if err != nil {
		return nil, nil, coded(exitTryAgain, err)
	}
	driver = &runs.Driver{
		Store: s, Publisher: publisher, Clock: c, Policy: p.config.Policy, Log: p.log,
		Bounds: runs.BoundsFor(c, p.config.Bounds), ExpectBy: p.config.ExpectBy,
	}
	plans := planner(driver)
	driver.Planner, driver.Opens = plans.Plan, plans.Opens
	return driver, func() { _ = publisher.Close() }, nil
}
