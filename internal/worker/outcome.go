package worker

import (
	"encoding/json"
	"fmt"

	"tenure/domain"
	"tenure/internal/bus"
	"tenure/internal/history"
	"tenure/internal/store"
)

func (it *item) outcome(status string) domain.Outcome {
	_, id := domain.SplitStream(it.stream)
	return domain.Outcome{Command: it.id, Subject: id, Type: it.env.Type, Status: status}
}

// stored is an outcome as the store keeps it.
func (b *batch) stored(it *item, a domain.Outcome, final bool) (store.Outcome, error) {
	raw, err := json.Marshal(a)
	if err != nil {
		return store.Outcome{}, fmt.Errorf("worker: outcome of %s: %w", it.env.Type, err)
	}
	raw = history.WithTrace(raw, it.span.Traceparent)
	return store.Outcome{
		Command: it.key, Stream: it.stream, CommandID: it.id, Content: it.content, Final: final, At: b.world.Now, Answer: raw,
	}, nil
}

// repeated is the outcome of a command that came before: the same one, or a refusal when its content differs.
func (it *item) repeated(known store.Outcome) (domain.Outcome, error) {
	if string(known.Content) != string(it.content) {
		a := it.outcome(domain.StatusRejected)
		a.Error = &domain.Rejection{Status: 409, Code: "command",
			Message: "A command with this id and other content was answered before", Check: "id"}
		return a, nil
	}
	var a domain.Outcome
	if err := json.Unmarshal(known.Answer, &a); err != nil {
		return a, fmt.Errorf("worker: known outcome of %s: %w", it.env.Type, err)
	}
	a.Duplicate = true
	return a, nil
}

// position writes a place in the log as headers and outcomes have it.
func position(shard store.ShardID, pos int64) string { return bus.FormatPosition(int32(shard), pos) }
