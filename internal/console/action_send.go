package console

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"tenure/domain"
	"tenure/internal/command"
	"tenure/internal/runs"
	"tenure/internal/runstate"
	"tenure/internal/status"
	"tenure/internal/store"
)

// ofEmployee makes a command with a reason about an employee.
func ofEmployee(kind string) func(order) command.Command {
	return func(o order) command.Command {
		return command.Command{Type: kind, Subject: o.Of, Actor: o.by.Actor, Data: map[string]string{"reason": o.Reason}}
	}
}

// sending is the deed of an action that is one command. Its id follows from the form's key, so that a form that is sent
// again gives the outcome of the first time.
func sending(of func(order) command.Command) func(context.Context, *console, order) (result, error) {
	return func(ctx context.Context, h *console, o order) (result, error) {
		c := of(o)
		c.ID = "console-" + o.id.String()
		return outcomeOf(h.Send(ctx, c))
	}
}

// outcomeOf words an outcome; one that is not known yet is never called done.
func outcomeOf(outcome domain.Outcome, err error) (result, error) {
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return result{Shape: status.ShapeWait, Title: "No outcome yet",
			Detail: "The command is sent and may still take effect. Do not repeat it: open the page again to see."}, nil
	case err != nil:
		return result{}, err
	case outcome.Error != nil:
		return result{Shape: status.ShapeBad, Title: "Refused: " + outcome.Error.Message, Detail: "Nothing was changed."}, nil
	case outcome.Status == domain.StatusParked:
		return result{Shape: status.ShapeParked, Title: "Parked: " + outcome.Reason, Detail: "See the page Parked."}, nil
	}
	return result{Done: true, Shape: status.ShapeOK, Title: "Done", Detail: "Command " + outcome.Command + ", position " +
		outcome.Position + "."}, nil
}

func replan(ctx context.Context, h *console, o order) (result, error) {
	date, err := runstate.NightOf(o.Of)
	if err != nil {
		return result{}, err
	}
	return outcomeOf(h.Replan(ctx, date, o.by.Actor, o.token))
}

// abandon halts first, so that nothing is billed between the two commands.
func abandon(ctx context.Context, h *console, o order) (result, error) {
	halt := runs.Halt(store.ScopeInvoicing, o.Reason, o.by)
	halt.ID = "console-halt-" + o.id.String()
	if first, err := outcomeOf(h.Send(ctx, halt)); err != nil || !first.Done {
		return first, err
	}
	return sending(func(o order) command.Command { return runs.Abandon(o.Of, o.Reason, o.by) })(ctx, h, o)
}

// repairing asks the owner of the message's shard; the request's id is the form's key.
func repairing(what string) func(context.Context, *console, order) (result, error) {
	return func(ctx context.Context, h *console, o order) (result, error) {
		topic, partition, offset, ok := placeOf(o.Of)
		if !ok {
			return result{}, errNotFound
		}
		m, found, err := h.Store.ParkedMessage(ctx, topic, partition, offset)
		if err != nil {
			return result{}, err
		}
		if !found {
			return result{}, errNotFound
		}
		r := store.Repair{
			ID: o.id, Shard: m.Shard, Action: what, Topic: m.Topic, Partition: m.Partition, Offset: m.Offset, By: o.who,
			Reason: o.Reason,
		}
		if m.Holds {
			r.Stream = m.Stream
		}
		if what == store.RepairEdit {
			r.Value = []byte(o.Value)
		}
		if known, err := h.Store.RepairsByID(ctx, []uuid.UUID{o.id}); err != nil || len(known) > 0 {
			return result{Done: true, Shape: status.ShapeOK, Title: "Asked for already"}, err
		}
		if err := h.Store.AskRepair(ctx, r); err != nil {
			return result{}, err
		}
		return result{Done: true, Shape: status.ShapeOK, Title: "Asked for",
			Detail: "The owner of the shard takes it up within a second; its result stands under Repairs."}, nil
	}
}

func retryReason(ctx context.Context, h *console, o order) (result, error) {
	ids, err := h.Store.AskRetries(ctx, store.ParkedFilter{Reason: o.Of}, o.who, o.Reason)
	if err != nil {
		return result{}, err
	}
	return result{Done: true, Shape: status.ShapeOK, Title: fmt.Sprintf("%d %s asked for", len(ids),
		status.Plural(int64(len(ids)), "retry", "retries")),
		Detail: "The owners of the shards take them up within a second. What is asked for already is left alone."}, nil
}
