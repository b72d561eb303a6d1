package runstate

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"tenure/billing"
	"tenure/domain"
	"tenure/internal/store"
)

// Closing are the cycles of documents that a run closes: its own, and those that abandoned runs before it left open.
func Closing(ctx context.Context, s *store.Store, run *domain.Run) (all []string, err error) {
	before, err := previous(ctx, s, run.ID)
	if err != nil {
		return nil, err
	}
	for before != nil && before.Abandoned != "" && before.Completed {
		left, err := Policy(before)
		if err != nil {
			return nil, err
		}
		all = append(all, cycles(left, before.Started.BusinessDate)...)
		if before, err = previous(ctx, s, before.ID); err != nil {
			return nil, err
		}
	}
	slices.Reverse(all)
	policy, err := Policy(run)
	if err != nil {
		return nil, err
	}
	for _, cycle := range cycles(policy, run.Started.BusinessDate) {
		if !slices.Contains(all, cycle) {
			all = append(all, cycle)
		}
	}
	return all, nil
}

// cycles are those that a run closes. The first of a month closes the month's also where each run has documents of its
// own: nights of that month may have been billed before the policy became so.
func cycles(p billing.Policy, asOf billing.Date) []string {
	if !domain.ClosesDocuments(p, asOf) {
		return nil
	}
	own := domain.DocumentCycle(p, asOf)
	p.DocumentCycle = billing.CycleMonthly
	if month := domain.DocumentCycle(p, asOf); month != own && domain.ClosesDocuments(p, asOf) {
		return []string{own, month}
	}
	return []string{own}
}

// Policy is the policy under which a run bills.
func Policy(run *domain.Run) (billing.Policy, error) {
	var policy billing.Policy
	if err := json.Unmarshal(run.Started.Policy, &policy); err != nil {
		return policy, fmt.Errorf("runstate: policy of %s: %w", run.ID, err)
	}
	return policy, nil
}

// Through reports whether every shard has worked through a run.
func Through(run *domain.Run, shards []store.RunShard) bool {
	return len(shards) == len(run.Started.Shards) &&
		!slices.ContainsFunc(shards, func(s store.RunShard) bool { return s.State != store.RunDone })
}
