package worker

import (
	"context"
	"fmt"

	"tenure/billing"
	"tenure/contract"
	"tenure/domain"
	"tenure/internal/store"
)

// A run is opened in the shards in which it has work. It was opened in all of them: a night in which nobody is due then
// was two transactions and three messages in each of sixteen shards, to find nothing in every one.
//
// A shard is left out where its owner has taken every command of its partition, nobody in it is due by the date, and
// time has nothing left to do there until the midnight that begins it: a plan that ends, or a change that is dropped on
// its day, may be what makes an employee due, and a shard that is opened does what time has to do first. To open the
// run there, at the end of the partition as it was when it was asked for, would give its two events and nothing else.
// So a run that leaves the shard out is one that has opened it at that moment, and what a command makes due from then
// on waits for the next run, as it does behind a run that is through.
//
// The ends are read before the work. A command that the broker has acknowledged before that in the shard of its
// employee is either taken, and then who it makes due is found, or the shard is opened behind it, however long its
// partition is. One that another shard sends on meanwhile counts as one that comes after. What cannot be told opens the
// shard: a partition that does not answer, one whose offset is not its end (a backlog, or a topic that was recreated),
// a shard that nobody has claimed yet. So does a day on which another policy begins to hold, which makes everybody due
// as the run is opened.
//
// Which shards a run is opened in stands in the command that starts it. Taking the commands again gives the same run,
// whatever is due by then.

// Opens are those shards of a plan in which the run of a date has work.
func (p *Planner) Opens(ctx context.Context, date billing.Date, shards []int32) ([]int32, error) {
	if p.Publisher == nil {
		return shards, nil
	}
	ends, err := p.Publisher.Ends(contract.EmployeeCommands)
	if err != nil {
		return nil, fmt.Errorf("worker: shards of the run of %s: %w", date, err)
	}
	policies, err := p.begins(ctx, date)
	if err != nil {
		return nil, fmt.Errorf("worker: shards of the run of %s: %w", date, err)
	}
	if policies {
		return shards, nil
	}
	work, err := p.Store.WorkOf(ctx, date, domain.Midnight(date, p.Policy.Zone()))
	if err != nil {
		return nil, fmt.Errorf("worker: shards of the run of %s: %w", date, err)
	}
	opens := []int32{} // none is a list too: the event of the start has it
	for _, shard := range shards {
		is, claimed := work[store.ShardID(shard)]
		end, known := ends[store.ShardID(shard).Partition()]
		if !claimed || !known || is.NextOffset != end || is.Bills || is.Acts {
			opens = append(opens, shard)
		}
	}
	return opens, nil
}

// begins reports whether another policy begins to hold on a date.
func (p *Planner) begins(ctx context.Context, date billing.Date) (bool, error) {
	known, err := p.Store.Read(ctx, store.Read{})
	if err != nil {
		return false, err
	}
	catalog, err := p.worker().latest(ctx, known)
	if err != nil {
		return false, err
	}
	return catalog.Policies().Begins(date), nil
}
