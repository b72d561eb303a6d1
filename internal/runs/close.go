package runs

import (
	"context"

	"tenure/internal/runstate"
	"tenure/scheduler"
)

// close issues the documents that a run closes and, when all are there, ends it. By then no line of the cycle can be
// added: every shard is through, and later nights belong to the next cycle. The commands name run and documents only:
// the owners of their streams read what was billed, and refuse until every shard is through.
func (d *Driver) close(ctx context.Context, n *night) error {
	end := scheduler.Complete(n.run.ID)
	if d.plan.onItsWay(n.run, end.Type) {
		return nil
	}
	closing, err := runstate.Closing(ctx, d.Store, n.run)
	if err != nil {
		return err
	}
	for _, cycle := range closing {
		missing, err := d.documents(ctx, n.run.ID, cycle)
		if err != nil {
			return err
		}
		if len(missing) > 0 {
			return d.sendStep(ctx, n.run.ID, scheduler.Issue(n.run.ID, missing)...)
		}
	}
	return d.sendStep(ctx, n.run.ID, end)
}

// closeAbandoned ends an abandoned run: its end says what it did, and nothing more is issued. Its other documents are
// closed by the run after it that comes to its end.
func (d *Driver) closeAbandoned(ctx context.Context, n *night) error {
	return d.sendStep(ctx, n.run.ID, scheduler.Complete(n.run.ID))
}
