package scheduler

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"tenure/domain"
	"tenure/events"
)

// Step is a command that a run needs.
type Step struct {
	Type    string
	Subject string
	ID      string // computed from the run and the subject
	Shard   int32  // of the employees' shards, for a command addressed to one; -1: by its key
	Data    any
}

// anyShard is the Shard of a command that goes by its key.
const anyShard = -1

// Plan keeps a plan of a run in the place of the one before it, or of none. Its id follows from what it says and from
// when that one was made: two processes that find the same send one command, and what says the same hours later, of
// shards in which nothing happened meanwhile, takes effect all the same.
func Plan(plan domain.PlanRun, before *events.RunPlanned) (Step, error) {
	raw, err := json.Marshal(plan)
	if err != nil {
		return Step{}, fmt.Errorf("scheduler: plan of %s: %w", plan.BusinessDate, err)
	}
	sum := sha256.Sum256(raw)
	run := domain.RunID(plan.RunKind, plan.BusinessDate)
	id := "plan/" + run + "/" + hex.EncodeToString(sum[:idBytes])
	if before != nil {
		id += fmt.Sprintf("/%d", before.PlannedAt.UnixMilli())
	}
	return Step{Type: "run.plan.v1", Subject: run, ID: id, Shard: anyShard, Data: plan}, nil
}

// idBytes of a hash distinguish the plans of a night.
const idBytes = 8

// Start begins a planned run, over the shards of its plan. Its id is that of the plan: a start that was refused is
// another one after the next plan, or after an approval.
func Start(run *domain.Run, changed int64) Step {
	shards := make([]int32, len(run.Planned.Heads))
	for i, head := range run.Planned.Heads {
		shards[i] = head.Shard
	}
	return StartIn(run, shards, changed)
}

// StartIn is Start over some shards of the plan: those in which the run has work. In none it is the run of a night in
// which nobody is due.
func StartIn(run *domain.Run, shards []int32, changed int64) Step {
	plan := run.Planned
	id := fmt.Sprintf("start/%s/%.16s/%d", run.ID, plan.Digest, plan.PlannedAt.UnixMilli())
	if run.Approved == plan.Digest {
		id += "/approved"
	}
	return Step{
		Type:    "run.start.v1",
		Subject: run.ID,
		ID:      id,
		Shard:   anyShard,
		Data: domain.StartRun{
			RunKind:      plan.Kind,
			BusinessDate: plan.BusinessDate,
			Shards:       shards,
			Plan:         plan.Digest,
			Changed:      changed,
		},
	}
}

// StartWith begins the run of a plan that is sent before it in one go, so that the owner of the run takes both at once.
// The plan is not recorded yet, so the id follows from what the plan and the start say.
func StartWith(plan Step, shards []int32, changed int64) (Step, error) {
	planned, ok := plan.Data.(domain.PlanRun)
	if !ok {
		return Step{}, fmt.Errorf("scheduler: %s is no plan", plan.ID)
	}
	start := domain.StartRun{
		RunKind: planned.RunKind, BusinessDate: planned.BusinessDate, Shards: shards, Plan: planned.Digest, Changed: changed,
	}
	raw, err := json.Marshal(start)
	if err != nil {
		return Step{}, fmt.Errorf("scheduler: start of %s: %w", plan.Subject, err)
	}
	sum := sha256.Sum256(raw)
	id := "start/" + plan.ID + "/" + hex.EncodeToString(sum[:idBytes])
	return Step{Type: "run.start.v1", Subject: plan.Subject, ID: id, Shard: anyShard, Data: start}, nil
}

// CompleteWith ends the run of a start that is sent before it in one go: one without a shard to work in.
func CompleteWith(start Step) Step {
	end := Complete(start.Subject)
	end.ID = "complete/" + start.ID
	return end
}

// Open begins a run in the shards that have not opened it yet.
func Open(run events.RunStarted, opened map[int32]bool) []Step {
	var steps []Step
	for _, shard := range run.Shards {
		if opened[shard] {
			continue
		}
		id := domain.RunShardID(run.Run, shard)
		steps = append(steps, Step{
			Type: "run.open_shard.v1", Subject: id, ID: "open/" + id, Shard: shard,
			Data: domain.OpenRunShard{
				Run: run.Run, Shard: shard, BusinessDate: run.BusinessDate, CatalogVersion: run.CatalogVersion,
				CatalogChain: run.CatalogChain, Policy: run.Policy,
			},
		})
	}
	return steps
}

// Issue makes the documents that a run closes, by their references.
func Issue(run string, documents []string) []Step {
	steps := make([]Step, 0, len(documents))
	for _, ref := range documents {
		steps = append(steps, Step{
			Type: "billing.issue_document.v1", Subject: ref, ID: "issue/" + ref, Shard: anyShard,
			Data: domain.IssueDocument{Run: run},
		})
	}
	return steps
}

// Complete ends a run all of whose shards are through and whose documents are issued.
func Complete(run string) Step {
	return Step{
		Type: "run.complete.v1", Subject: run, ID: "complete/" + run, Shard: anyShard, Data: domain.CompleteRun{},
	}
}

// Halt records a halt that was written to the database directly.
func Halt(scope, reason string, at time.Time) Step {
	return Step{
		Type: "run.halt.v1", Subject: domain.HaltID, ID: fmt.Sprintf("halt/%s/%d", scope, at.UnixMicro()), Shard: anyShard,
		Data: domain.HaltRuns{Scope: scope, Reason: reason},
	}
}
