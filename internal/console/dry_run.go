package console

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"tenure/domain"
	"tenure/events"
	"tenure/internal/bus"
	"tenure/internal/status"
	"tenure/internal/store"
	"tenure/internal/timeline"
)

// typeHeader names the command of a message.
const typeHeader = "ce_type"

// dryRun says what the owner of the shard would do with an edited value now, without doing it. It decides on a copy of
// the employee; commands of other kinds are only read.
func (h *console) dryRun(ctx context.Context, m store.Parked, value []byte) (result, error) {
	var message struct {
		Actor events.Actor    `json:"actor"`
		Data  json.RawMessage `json:"data"`
	}
	if err := bus.Guard(value); err != nil {
		return refusedResult("It would be parked again: " + err.Error()), nil
	}
	if err := json.Unmarshal(value, &message); err != nil {
		return refusedResult("It would be parked again: " + err.Error()), nil
	}
	name := headerOf(m, typeHeader)
	command, err := domain.DecodeCommand(name, message.Data)
	var unknown *events.UnknownTypeError
	switch rejection, refused := domain.AsRejection(err); {
	case refused:
		return refusedResult("It would be rejected: " + rejection.Message), nil
	case errors.As(err, &unknown):
		return refusedResult("It would be parked again: this version does not know " + name), nil
	case err != nil:
		return refusedResult("It would be parked again: " + err.Error()), nil
	}
	kind, id := domain.SplitStream(m.Stream)
	if kind != domain.KindEmployee {
		return result{Shape: status.ShapeUnknown, Title: "It can be read as " + name +
			"; what is decided of it is known when it is sent."}, nil
	}
	return h.decideDry(ctx, id, m.CommandID, message.Actor, command)
}

func refusedResult(title string) result { return result{Shape: status.ShapeWait, Title: title} }

// decideDry decides a command on the employee as it is, by now.
func (h *console) decideDry(ctx context.Context, id, commandID string, by events.Actor, c domain.Command) (result,
	error) {
	e, ok, err := timeline.Load(ctx, h.Store, id)
	if err != nil {
		return result{}, err
	}
	if !ok {
		e = &domain.Employee{ID: id}
	}
	newest, err := h.Catalog.Latest(ctx)
	if err != nil {
		return result{}, err
	}
	now := h.Now()
	w := domain.World{Now: now, Catalog: newest.Catalog, Policy: newest.Catalog.PolicyAt(now, h.Policy),
		Actor: by, Number: 1,
		CommandID: domain.Stream(domain.KindEmployee, id) + "/" + commandID}
	for _, event := range e.Advance(w) {
		e.Evolve(event)
	}
	decided, err := e.Decide(c, w)
	rejection, refused := domain.AsRejection(err)
	switch {
	case refused:
		return refusedResult("It would be rejected: " + rejection.Message), nil
	case err != nil:
		return refusedResult("It would be parked again: " + err.Error()), nil
	case len(decided) == 0:
		return result{Shape: status.ShapeOK, Title: "It would change nothing: the employee is so already."}, nil
	}
	told := result{Done: true, Shape: status.ShapeOK, Title: "It would be applied:"}
	for _, event := range decided {
		told.Detail += fmt.Sprintf(" %s;", timeline.Tell(event))
	}
	return told, nil
}

// headerOf is a header of a parked message as it would be decided; empty: it has none of the name.
func headerOf(m store.Parked, name string) string {
	raw := m.Headers
	if m.EditedHeaders != nil {
		raw = m.EditedHeaders
	}
	for _, one := range headersOf(raw) {
		if one.Name == name {
			return one.Value
		}
	}
	return ""
}

// retries says what a retry of a reason is about, before it is sent: how many messages of how many subjects, since
// when.
func (h *console) retries(ctx context.Context, reason string, now time.Time) ([]boundRow, error) {
	parked, err := h.Store.ParkedSome(ctx)
	if err != nil {
		return nil, err
	}
	for _, one := range parked.Reasons {
		if one.Reason != reason {
			continue
		}
		messages := status.Count(one.Messages)
		if parked.More {
			messages = "at least " + messages
		}
		return []boundRow{{"Messages", messages}, {"Subjects", status.Count(one.Subjects)},
			{"Oldest", status.Duration(now.Sub(one.Oldest))}}, nil
	}
	return []boundRow{{"Messages", "0"}}, nil
}
