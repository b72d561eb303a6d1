package runs

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"tenure/billing"
	"tenure/domain"
	"tenure/events"
	"tenure/internal/command"
	"tenure/internal/store"
	"tenure/scheduler"
)

// Who is the operator that issues a command about runs.
type Who struct {
	Actor events.Actor
	// Mark identifies the token where it names no employee; see MarkOf. Empty: the operator is not known.
	Mark string
}

// MarkOf is what is kept of a token to tell it from others: the beginning of a hash, from which the token cannot be
// made.
func MarkOf(token string) string {
	sum := sha256.Sum256([]byte("tenure token mark\n" + token))
	return hex.EncodeToString(sum[:6])
}

// AutomaticPlanner is the author of the plans that no operator asked for.
const AutomaticPlanner = "tenure"

// PlannerOf names the author of a plan.
func PlannerOf(plan *events.RunPlanned) string {
	switch {
	case plan.PlannedBy != "":
		return plan.PlannedBy
	case plan.Person:
		return "unknown"
	}
	return AutomaticPlanner
}

// Keep is the command that keeps a plan, so that it can be approved and started.
func Keep(plan domain.PlanRun, by Who) (command.Command, error) {
	plan.Token = by.Mark
	step, err := scheduler.Plan(plan, nil)
	if err != nil {
		return command.Command{}, err
	}
	return command.Command{
		Type:    step.Type,
		Subject: step.Subject,
		ID:      step.ID + "/" + uuid.NewString(),
		Actor:   by.Actor,
		Data:    step.Data,
	}, nil
}

// Approve is the command that lets a plan start although it exceeds bounds.
func Approve(run, digest, reason string, by Who) command.Command {
	return ApproveThrough(run, digest, reason, 0, by)
}

// ApproveThrough is Approve, and lets the missed nights after the run, up to the last one, be late.
func ApproveThrough(run, digest, reason string, last billing.Date, by Who) command.Command {
	return operate("run.approve.v1", run, by, domain.ApproveRun{Digest: digest, Reason: reason, Token: by.Mark,
		Through: last})
}

// Start is the command that begins a planned run, with so many employees changed since.
func Start(run *domain.Run, changed int64, by Who) command.Command {
	step := scheduler.Start(run, changed)
	return command.Command{
		Type:    step.Type,
		Subject: step.Subject,
		ID:      step.ID + "/" + uuid.NewString(),
		Actor:   by.Actor,
		Data:    step.Data,
	}
}

// Halt is the command that stops what a scope names: invoicing, deletions, all.
func Halt(scope, reason string, by Who) command.Command {
	return operate("run.halt.v1", domain.HaltID, by, domain.HaltRuns{Scope: scope, Reason: reason})
}

// HaltNow halts what a scope names at once, in the database: it works with Kafka away and with the stream of halts
// parked. Send the command Halt after it: its event says who halted and why. Where that fails, a scheduler sends one.
func HaltNow(ctx context.Context, s *store.Store, scope, reason string, by Who, now time.Time) error {
	if by.Actor.AccessLevel != "ADMIN" {
		return errors.New("only an ADMIN may halt")
	}
	scopes := []string{scope}
	switch scope {
	case "all":
		scopes = []string{store.ScopeInvoicing, store.ScopeDeletions}
	case store.ScopeInvoicing, store.ScopeDeletions:
	default:
		return fmt.Errorf("there is no scope %q: invoicing, deletions or all", scope)
	}
	if reason == "" {
		return errors.New("a halt needs a reason")
	}
	return s.HaltNow(ctx, scopes, reason, now)
}

// Resume is the command that continues what a scope names.
func Resume(scope, reason string, by Who) command.Command {
	return operate("run.resume.v1", domain.HaltID, by, domain.ResumeRuns{Scope: scope, Reason: reason})
}

// Abandon is the command that ends a run before it is through.
func Abandon(run, reason string, by Who) command.Command {
	return operate("run.abandon.v1", run, by, domain.AbandonRun{Reason: reason})
}

// operate is a command of an operator: each has an id of its making, so that the same may be issued again.
func operate(kind, subject string, by Who, data any) command.Command {
	return command.Command{Type: kind, Subject: subject, ID: uuid.NewString(), Actor: by.Actor, Data: data}
}
