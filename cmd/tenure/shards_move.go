package main

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tenure/internal/runs"
	"tenure/internal/store"
)

const (
	// moveTimeout is far above what a node's disk takes to copy.
	moveTimeout = 24 * time.Hour
	// moveReason begins the reason of a halt that is made for a move, and ends with it.
	moveReason = "shards move: "
)

// shardsMoving is a request to move shards.
type shardsMoving struct {
	controlFlags
	leave, use string
	yes, stop  bool
}

func (p *program) shardsMove() *cobra.Command {
	m := shardsMoving{}
	cmd := &cobra.Command{
		Use: "move", Short: "Spread the shards of a cluster evenly over its nodes", Args: cobra.NoArgs,
		Long: "Halts invoicing, has Citus spread the parts of the tables evenly over the nodes, and resumes. Commands\n" +
			"are processed meanwhile: a part is copied while it is written to, and its writers wait for the end of the\n" +
			"copy only. A node that was added gets its share; --leave empties one, --use gives it parts again.\n" +
			"Interrupted, the move continues by itself and invoicing stays halted: the same command waits for its end\n" +
			"and resumes. --stop ends a move that is under way, between two parts or in one, which stays where it was,\n" +
			"and resumes; the next move goes on with what is left.",
		Example: "  tenure shards move --reason \"a third node\" --yes\n" +
			"  tenure shards move --leave 10.0.0.7:5432 --reason \"its disk fails\" --yes\n" +
			"  tenure shards move --stop --reason \"the month ends\" --yes",
		RunE: p.onRuns(&m.controlFlags, func(
			ctx context.Context, s *store.Store, driver *runs.Driver, by runs.Who, _ []string,
		) error {
			return p.moveShards(ctx, s, driver, by, m)
		}),
	}
	m.add(cmd)
	cmd.Flags().Lookup("timeout").DefValue = moveTimeout.String()
	m.timeout = moveTimeout
	cmd.Flags().StringVar(&m.leave, "leave", "", "node to empty, host:port")
	cmd.Flags().StringVar(&m.use, "use", "", "node that gets parts again, host:port")
	cmd.Flags().BoolVar(&m.stop, "stop", false, "end a move that is under way")
	cmd.MarkFlagsMutuallyExclusive("stop", "leave")
	cmd.MarkFlagsMutuallyExclusive("stop", "use")
	cmd.Flags().BoolVar(&m.yes, "yes", false, "carry it out")
	return cmd
}

// moveShards halts invoicing around a move, unless it is halted already by another request.
func (p *program) moveShards(
	ctx context.Context, s *store.Store, driver *runs.Driver, by runs.Who, m shardsMoving,
) error {
	if !m.yes {
		return errors.Join(p.printNodes(ctx, s),
			coded(exitUsage, errors.New("this halts invoicing for as long as it takes: use --yes")))
	}
	if _, err := s.Nodes(ctx); err != nil {
		return clusterError(err)
	}
	halted, own, err := haltedFor(ctx, s)
	if err != nil {
		return err
	}
	goesOn := own
	if !halted && !m.stop {
		own, m.reason = true, moveReason+m.reason
		if err := p.haltForMove(ctx, s, driver, by, m.reason); err != nil {
			return err
		}
	}
	moved, err := p.moveParts(ctx, s, m)
	if err != nil {
		p.say("Invoicing stays halted. Next: tenure shards move once more, or tenure run resume --scope invoicing.")
		return err
	}
	if own {
		if err := p.sendControl(ctx, s, driver, runs.Resume(store.ScopeInvoicing, m.reason, by)); err != nil {
			return err
		}
	}
	if !moved && !goesOn { // else a move that was left alone has come to its end
		return coded(exitNothing, errors.New(m.nothing()))
	}
	return p.printNodes(ctx, s)
}

// haltForMove halts invoicing at once, and has the halt recorded.
func (p *program) haltForMove(
	ctx context.Context, s *store.Store, driver *runs.Driver, by runs.Who, reason string,
) error {
	if err := p.haltNow(ctx, s, store.ScopeInvoicing, reason, by); err != nil {
		return err
	}
	return p.sendControl(ctx, s, driver, runs.Halt(store.ScopeInvoicing, reason, by))
}

// nothing says what was not to be done.
func (m *shardsMoving) nothing() string {
	if m.stop {
		return "nothing moves: nothing to stop"
	}
	return "the parts are spread evenly: nothing to move"
}

// haltedFor reports whether invoicing is halted, and whether a former move has halted it.
func haltedFor(ctx context.Context, s *store.Store) (halted, own bool, err error) {
	halts, err := s.Halts(ctx)
	if err != nil {
		return false, false, err
	}
	for _, h := range halts {
		if h.Scope == store.ScopeInvoicing {
			return true, strings.HasPrefix(h.Reason, moveReason), nil
		}
	}
	return false, false, nil
}

func (p *program) moveParts(ctx context.Context, s *store.Store, m shardsMoving) (moved bool, err error) {
	for _, node := range []struct {
		name string
		used bool
	}{{m.leave, false}, {m.use, true}} {
		if node.name == "" {
			continue
		}
		if err := s.UseNode(ctx, node.name, node.used); err != nil {
			return false, clusterError(err)
		}
	}
	if m.stop {
		return s.StopMove(ctx, p.sayMove())
	}
	return s.MoveParts(ctx, p.sayMove())
}

// sayMove reports how far a move is, each time that it is farther or waits for another reason.
func (p *program) sayMove() func(store.Move) {
	var last store.Move
	first := true
	return func(at store.Move) {
		if first || at.Done != last.Done || at.State != last.State {
			p.say("%s: %d of %d steps", at.State, at.Done, at.Steps)
		}
		if at.Waits != "" && at.Waits != last.Waits {
			p.say("No step has been under way for a while: %s.", at.Waits)
		}
		last, first = at, false
	}
}

// clusterError makes a database without a cluster a fault of usage.
func clusterError(err error) error {
	if errors.Is(err, store.ErrNoCluster) {
		return coded(exitUsage, err)
	}
	return err
}
