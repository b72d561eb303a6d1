package worker

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"tenure/contract"
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
	raw, err := encodeOutcome(a)
	if err != nil {
		return store.Outcome{}, fmt.Errorf("worker: outcome of %s: %w", it.env.Type, err)
	}
	raw = history.WithTrace(raw, it.span.Traceparent)
	return store.Outcome{
		Command: it.key, Stream: it.stream, CommandID: it.id, Content: it.content, Final: final, At: b.world.Now, Answer: raw,
	}, nil
}

// deadLetterKind begins the name of a parked message's notice among the outcomes, which have the streams of commands.
const deadLetterKind = "letter"

// keptTextMax bounds what a notice repeats of a message: headers have that bound, a key has none.
const keptTextMax = 512

// deadLetter is the notice that a message was parked. What a fault of the program or of the database says may quote
// what is in a state, so it stays with the parked message.
func (b *batch) deadLetter(it *item) (store.Outcome, error) {
	_, subject := domain.SplitStream(it.stream)
	letter := contract.DeadLetter{
		Topic: it.msg.Topic, Partition: it.msg.Partition, Offset: it.msg.Offset, Shard: int32(b.owner.claim.Shard),
		Reason: it.parkAs, Type: it.env.Type, Subject: subject, Command: it.id,
	}
	if key := it.msg.Key; len(key) <= keptTextMax && utf8.Valid(key) {
		letter.Key = string(key)
	}
	if it.parkAs != reasonBroken && it.parkAs != reasonConflict {
		letter.Detail = cut(it.detail, keptTextMax)
	}
	raw, err := json.Marshal(letter)
	if err != nil {
		return store.Outcome{}, fmt.Errorf("worker: dead letter of %s: %w", it.env.Type, err)
	}
	stream := fmt.Sprintf("%s/%s/%d/%d", deadLetterKind, letter.Topic, letter.Partition, letter.Offset)
	return store.Outcome{Command: store.CommandKey(stream, ""), Stream: stream, At: b.world.Now, Answer: raw}, nil
}

// cut is the beginning of a text.
func cut(text string, bytes int) string { return strings.ToValidUTF8(text[:min(len(text), bytes)], "") }

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
