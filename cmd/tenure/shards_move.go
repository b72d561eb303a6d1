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
	yes        bool
}

func (p *program) shardsMove() *cobra.Command {
	m := shardsMoving{}
	cmd := &cobra.Command{
		Use: "move", Short: "Spread the shards of a cluster evenly over its nodes", Args: cobra.NoArgs,
		Long: "Halts invoicing, has Citus spread the parts of the tables evenly over the nodes, and resumes. Commands\n" +
			"are processed meanwhile: a part is copied while it is written to, and its writers wait for the end of the\n" +
			"copy only. A node that was added gets its share; --leave empties one, --use gives it parts again.\n" +
			"Interrupted, the move continues by itself and invoicing stays halted: the same command waits for its end\n" +
			"and resumes.",
		Example: "  tenure shards move --reason \"a third node\" --yes\n" +
			"  tenure shards move --leave 10.0.0.7:5432 --reason \"its disk fails\" --yes",
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
	if !halted {
		own, m.reason = true, moveReason+m.reason
		if err := p.haltNow(ctx, s, store.ScopeInvoicing, m.reason, by); err != nil {
			return err
		}
		if err := p.sendControl(ctx, s, driver, runs.Halt(store.ScopeInvoicing, m.reason, by)); err != nil {
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
	if !moved {
		return coded(exitNothing, errors.New("the parts are spread evenly: nothing to move"))
	}
	return p.printNodes(ctx, s)
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
	last := int64(-1)
	return s.MoveParts(ctx, func(at store.Move) {
		if at.Done != last {
			last = at.Done
			p.say("%s: %d of %d steps", at.State, at.Done, at.Steps)
		}
	})
}

// clusterError makes a database without a cluster a fault of usage.
func clusterError(err error) error {
	if errors.Is(err, store.ErrNoCluster) {
		return coded(exitUsage, err)
	}
	return err
}
