package worker

import (
	"errors"
	"strings"
	"time"

	"github.com/google/uuid"

	"tenure/contract"
	"tenure/domain"
	"tenure/events"
	"tenure/internal/bus"
	"tenure/internal/store"
	"tenure/internal/telemetry"
)

// The reasons for which a message is parked, besides those that bus.Guard gives for malformed ones.
const (
	reasonUnknownType = "unknown_type" // a newer version may know the command: it waits
	reasonKey         = "key"          // the key is not that of the subject
	reasonReplay      = "replay"       // it is marked as sent again for the readers of events
	reasonBroken      = "broken"       // our fault: a panic, or an error that is not a rejection
	reasonConflict    = "conflict"     // the database refuses what this command alone writes
	reasonQueued      = "queued"       // an earlier command of the stream is parked
	reasonFailed      = "failed"       // time or a run failed on the subject: no command is to blame
	reasonLost        = "not_sent_on"  // it came to the wrong partition, and the right one does not take it
)

// item is one message on its way through a batch.
type item struct {
	msg      bus.Message
	env      bus.Envelope
	stream   string
	kind     string
	id       string    // the command's id
	key      uuid.UUID // of the command within its stream
	content  []byte    // hash of type and value
	actor    events.Actor
	actorRaw []byte
	command  domain.Command
	refused  *domain.Rejection // what decoding found
	parkAs   string            // reason to park it; empty: it is decided
	detail   string
	login    string // the name that was reserved for it
	// loginTaken: the name that it asks for is another employee's.
	loginTaken bool
	result     *domain.RunResult     // what the run billed that it ends
	document   *domain.DocumentTotal // what the lines of the document sum to that it issues
	moved      bool                  // it belongs to another partition and was sent on
	rightKey   []byte                // the key to send it on with
	span       telemetry.Span        // of its decision, when it came within a trace
	// row is what is kept of it while it is parked; nil for one that comes from Kafka.
	row *store.Parked
}

// parkWith marks an item as one that cannot be decided.
func (it *item) parkWith(reason, detail string) { it.parkAs, it.detail = reason, detail }

// intake decodes a message once. What is wrong with it becomes part of the item: nothing in a message stops its
// partition.
func (o *owner) intake(m bus.Message) *item {
	it := &item{msg: m}
	if m.Unreadable {
		it.parkWith(string(bus.ReasonUnreadable), "the broker gives no bytes of it that can be read")
		return it
	}
	env, err := bus.DecodeEnvelope(m.Headers)
	if err != nil {
		it.malformed(err)
		return it
	}
	it.env = env
	if env.Replay != "" {
		it.parkWith(reasonReplay, "it says that it is a replay of "+env.Type+", and a replay has no effect")
		return it
	}
	kind, known := domain.CommandKind(env.Type)
	it.kind = kind
	it.stream = domain.Stream(kind, domain.CanonicalSubject(kind, env.Subject))
	it.id = env.CommandID
	if it.id == "" {
		it.id = env.ID
	}
	it.span = o.Spans.Continue(env.TraceParent, spanDecide)
	it.key, it.content = store.CommandKey(it.stream, it.id), contentHash(env.Type, m.Value)
	if err := bus.Guard(m.Value); err != nil {
		it.malformed(err)
		return it
	}
	if !known {
		it.parkWith(reasonUnknownType, (&events.UnknownTypeError{Type: env.Type}).Error())
		return it
	}
	o.decode(it)
	o.route(it)
	return it
}

func (it *item) malformed(err error) {
	var m *bus.Malformed
	if errors.As(err, &m) {
		it.parkWith(string(m.Reason), m.Error())
		return
	}
	it.parkWith("malformed", err.Error())
}

func contentHash(typ string, value []byte) []byte {
	return recordHash(bus.Message{Key: []byte(typ), Value: value})
}

// decode reads the command. What is wrong with it refuses it.
func (o *owner) decode(it *item) {
	actor, kept, content, err := o.sender.open(it.msg.Value)
	if err != nil {
		it.refused = &domain.Rejection{Status: 400, Code: "command", Message: capital(err.Error())}
		return
	}
	it.actor, it.actorRaw = actor, kept
	if it.command, err = domain.DecodeCommand(it.env.Type, content); err != nil {
		if refused, ok := domain.AsRejection(err); ok {
			it.refused = refused
			return
		}
		it.parkWith(reasonBroken, err.Error())
	}
}

// capital makes an error a sentence.
func capital(text string) string { return strings.ToUpper(text[:1]) + text[1:] }

// route reports whether the message came where it belongs. Another spelling of the key, or a producer with another
// partitioner, brings it to the wrong partition, where the same subject would be decided on by two: it is sent on.
func (o *owner) route(it *item) {
	want := contract.KeyOf(it.stream, string(it.msg.Key))
	switch {
	case want == "": // it could not be sent on either
		it.parkWith(reasonKey, "the message has no key, so that it belongs to no partition")
	case want != string(it.msg.Key) && !strings.EqualFold(want, string(it.msg.Key)):
		it.parkWith(reasonKey, "the key must be "+want+", that of the subject")
	case want != string(it.msg.Key), bus.PartitionOf([]byte(want), o.partitions) != it.msg.Partition:
		it.moved = bus.PartitionOf([]byte(want), o.partitions) != it.msg.Partition
		it.rightKey = []byte(want)
	}
}

// commandAheadMax is how far a sender's clock may be ahead. With the age it is what an outcome is kept for: a command
// that is stamped further ahead would pass for a young one when its outcome is forgotten, and take effect again.
const commandAheadMax = 24 * time.Hour

// untimely refuses a command that was sent before the time from which outcomes are known, or after now; nil for others.
// It goes by real time, since that is what senders stamp, whatever the business clock says.
func (it *item) untimely(now time.Time) *domain.Rejection {
	at := it.env.Time
	if at.IsZero() {
		at = it.msg.Time
	}
	if it.row != nil {
		now = it.row.ParkedAt // it came in time, or not; how long it was parked is not its sender's fault
	}
	switch age := now.Sub(at); {
	case at.IsZero():
		return nil
	case age > commandAgeMax:
		return &domain.Rejection{Status: 410, Code: "command", Check: "time",
			Message: "The command is older than 30 days: whether it took effect is no longer known"}
	case age < -commandAheadMax:
		return &domain.Rejection{
			Status:  400,
			Code:    "command",
			Check:   "time",
			Message: "The command's time is more than a day ahead",
		}
	}
	return nil
}
