package runs

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/google/uuid"

	"tenure/domain"
	"tenure/events"
	"tenure/internal/command"
	"tenure/scheduler"
)

// Who is the person that orders something about runs.
type Who struct {
	Actor events.Actor
	// Mark tells her token from others where it names no employee; see MarkOf. Empty: nobody can tell who she is.
	Mark string
}

// MarkOf is what is kept of a token to tell it from others: the beginning of a hash, from which nobody can make the token.
func MarkOf(token string) string {
	sum := sha256.Sum256([]byte("tenure token mark\n" + token))
	return hex.EncodeToString(sum[:6])
}

// Keep orders that a plan is kept, so that it can be approved and started.
func Keep(plan domain.PlanRun, by Who) (command.Order, error) {
	plan.Token = by.Mark
	step, err := scheduler.Plan(plan, nil)
	if err != nil {
		return command.Order{}, err
	}
	return command.Order{Type: step.Type, Subject: step.Subject, ID: step.ID + "/" + uuid.NewString(), Actor: by.Actor, Data: step.Data}, nil
}

// Approve orders that a plan may start although it exceeds bounds.
func Approve(run, digest, reason string, by Who) command.Order {
	return control("run.approve.v1", run, by, domain.ApproveRun{Digest: digest, Reason: reason, Token: by.Mark})
}

// Start orders that a planned run begins over shards, with so many employees changed since.
func Start(run *domain.Run, shards []int32, changed int64, by Who) command.Order {
	step := scheduler.Start(run, shards, changed)
	return command.Order{Type: step.Type, Subject: step.Subject, ID: step.ID + "/" + uuid.NewString(), Actor: by.Actor, Data: step.Data}
}

// Halt orders that what a scope names stops: invoicing, deletions, all.
func Halt(scope, reason string, by Who) command.Order {
	return control("run.halt.v1", domain.HaltID, by, domain.HaltRuns{Scope: scope, Reason: reason})
}

// Resume orders that what a scope names goes on.
func Resume(scope, reason string, by Who) command.Order {
	return control("run.resume.v1", domain.HaltID, by, domain.ResumeRuns{Scope: scope, Reason: reason})
}

// Abandon orders that nobody works on a run any more.
func Abandon(run, reason string, by Who) command.Order {
	return control("run.abandon.v1", run, by, domain.AbandonRun{Reason: reason})
}

// control is an order of a person, each of which is one of its own.
func control(kind, subject string, by Who, data any) command.Order {
	return command.Order{Type: kind, Subject: subject, ID: uuid.NewString(), Actor: by.Actor, Data: data}
}
