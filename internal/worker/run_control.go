package worker

import (
	"context"
	"encoding/json"
	"fmt"

	"tenure/domain"
	"tenure/events"
	"tenure/internal/store"
)

// followControl writes what the events of halts, abandoned runs and deletions mean to the write besides themselves.
func (b *batch) followControl(s *subject, e events.Event) error {
	switch e := e.(type) {
	case events.DeletionStarted, events.ExtensionDeletionRequested, events.MvnoDeletionRequested, events.DeletionStalled:
		b.write.Deletes = true
	case events.RunsHalted:
		for _, scope := range e.Scopes {
			b.write.Halts = append(b.write.Halts, store.Halt{Scope: scope, Reason: e.Reason, At: b.world.Now})
		}
	case events.RunsResumed:
		for _, scope := range e.Scopes {
			b.write.Halts = append(b.write.Halts, store.Halt{Scope: scope, Lifted: true})
		}
	case events.RunAbandoned:
		return b.abandon(s, e)
	}
	return nil
}

// abandon ends the run in all its shards, in the transaction of the event that says so.
func (b *batch) abandon(s *subject, e events.RunAbandoned) error {
	run, ok := s.state.(*domain.Run)
	if !ok || run.Started == nil {
		return fmt.Errorf("worker: %s is no run that has started", s.stream)
	}
	manifest, err := manifestOf(events.RunShardOpened{
		Run: e.Run, BusinessDate: e.BusinessDate, CatalogVersion: run.Started.CatalogVersion,
		CatalogChain: run.Started.CatalogChain, Policy: run.Started.Policy,
	})
	if err != nil {
		return err
	}
	b.write.Abandoned = append(b.write.Abandoned, store.AbandonedRun{
		Run: e.Run, BusinessDate: e.BusinessDate, Manifest: manifest, Shards: e.Shards,
	})
	return nil
}

// manifestOf is what the shards of a run keep of it: the same in every one of them.
func manifestOf(e events.RunShardOpened) ([]byte, error) {
	e.Shard = 0
	manifest, err := json.Marshal(e)
	if err != nil {
		return nil, fmt.Errorf("worker: manifest of %s: %w", e.Run, err)
	}
	return manifest, nil
}

// publishPolicy keeps the policy where whoever plans a run finds it. The owners of the runs' streams do, because they
// compare a plan with their own.
func (w *Worker) publishPolicy(ctx context.Context, shard store.ShardID) error {
	if shard.Family() != store.FamilyBilling {
		return nil
	}
	policy, err := json.Marshal(w.Policy)
	if err != nil {
		return fmt.Errorf("worker: policy: %w", err)
	}
	return w.Store.KeepPolicy(ctx, policy)
}
