package worker

import (
	"cmp"
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
	reasonMisrouted   = "misrouted"    // it came to a place where its subject is not, and cannot be sent on
	reasonLost        = "not_sent_on"  // it came to the wrong partition, and the right one does not take it
)

// item is one message on its way through a batch.
type item struct {
	msg       bus.Message
	env       bus.Envelope
	value     []byte // of the message, or the data of one in structured mode
	stream    string
	kind      string
	id        string    // the command's id
	key       uuid.UUID // of the command within its stream
	content   []byte    // hash of type and value
	actor     events.Actor
	actorRaw  []byte
	command   domain.Command
	refused   *domain.Rejection // what its signature or decoding found
	authority authority
	parkAs    string // reason to park it; empty: it is decided
	parking   int    // what its parking writes: parkSubject and so on
	detail    string
	login     string // the name that was reserved for it
	// loginTaken: the name that it asks for is another employee's. loginOpen: it is only reserved for that one so far.
	loginTaken, loginOpen bool
	result                *domain.RunResult     // what the run billed that it ends
	document              *domain.DocumentTotal // what the lines of the document sum to that it issues
	booked                *domain.BookedLines   // what the run has of the document that it acknowledges
	waited                bool                  // for what it needs of the above, and no longer
	forward               *address              // where it belongs and is sent on to; nil: it is in its place
	astray                bool                  // where its stream is must be looked up
	span                  telemetry.Span        // of its decision, when it came within a trace
	// row is what is kept of it while it is parked; nil for one that comes from Kafka.
	row *store.Parked
}

// address is where a message belongs.
type address struct {
	topic, key string
	partition  *int32 // nil: the one that the key leads to
}

// parkWith marks an item as one that cannot be decided.
func (it *item) parkWith(reason, detail string) { it.parkAs, it.detail = reason, detail }

// intake decodes a message once. What is wrong with it becomes part of the item: nothing in a message stops its
// partition.
func (o *owner) intake(m bus.Message) *item { return o.read(m, nil) }

// read is intake of a message whose authority may be known already.
func (o *owner) read(m bus.Message, known *authority) *item {
	it := &item{msg: m}
	if m.Unreadable {
		it.parkWith(string(bus.ReasonUnreadable), "the broker gives no bytes of it that can be read")
		return it
	}
	env, value, err := bus.Decode(m)
	it.env = env
	it.identify(env, value)
	if err != nil {
		it.malformed(err)
		return it
	}
	if env.Replay != "" {
		it.parkWith(reasonReplay, "it says that it is a replay of "+env.Type+", and a replay has no effect")
		return it
	}
	it.span = o.Spans.Continue(env.TraceParent, spanDecide)
	if err := bus.Guard(value); err != nil {
		it.malformed(err)
		return it
	}
	if known == nil {
		own := o.authenticate(it)
		known = &own
	}
	it.believe(*known)
	if it.kind == "" {
		it.parkWith(reasonUnknownType, (&events.UnknownTypeError{Type: env.Type}).Error())
		return it
	}
	o.decode(it)
	o.route(it)
	return it
}

// identify names the command, as far as its envelope can be read: its sender hears of it even when it is parked. An
// event that is sent again is no command: what it names is the command that led to it, whose sender has heard.
func (it *item) identify(env bus.Envelope, value []byte) {
	kind, isCommand := domain.CommandKind(env.Type)
	if env.Replay != "" && !isCommand {
		return
	}
	it.kind, it.value = kind, value
	id := cmp.Or(env.CommandID, env.ID)
	if id == "" || env.Subject == "" {
		return
	}
	it.stream, it.id = domain.Stream(it.kind, domain.CanonicalSubject(it.kind, env.Subject)), id
	it.key, it.content = store.CommandKey(it.stream, it.id), contentHash(env.Type, value)
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
	actor, kept, content, err := o.sender.open(it.value)
	if err != nil {
		it.refuse(&domain.Rejection{Status: 400, Code: "command", Message: capital(err.Error())})
		return
	}
	if it.actor, it.actorRaw, err = it.actorOf(actor, kept); err != nil {
		it.refuse(err)
		return
	}
	if it.command, err = domain.DecodeCommand(it.env.Type, content); err != nil {
		it.refuse(err)
	}
}

// refuse rejects the command for the first thing that is wrong with it; an error that is no rejection parks it.
func (it *item) refuse(err error) {
	refused, ok := domain.AsRejection(err)
	switch {
	case it.refused != nil: // its signature counts first
	case ok:
		it.refused = refused
	default:
		it.parkWith(reasonBroken, err.Error())
	}
}

// capital makes an error a sentence.
func capital(text string) string { return strings.ToUpper(text[:1]) + text[1:] }

// headerForwarded marks a message that was sent on to where it belongs. One that has it and is misrouted all the same
// is parked: two processes that disagree would send it to each other indefinitely. One that came on another topic's
// partition is sent on once more where its stream is not where its key leads.
const headerForwarded = "tenure_forwarded"

// sentOn is how often a message was sent on.
func (it *item) sentOn() (times int) {
	for _, h := range it.msg.Headers {
		if h.Key == headerForwarded {
			times++
		}
	}
	return times
}

// route finds out whether the message came where it belongs. Another spelling of the key, a producer with another
// partitioner, or a type on another topic than its kind's brings it to a shard where its subject is not, or would be
// decided on by two: it is sent on.
func (o *owner) route(it *item) {
	key := contract.KeyOf(it.stream, string(it.msg.Key))
	topic, known := contract.CommandTopic(it.kind)
	switch {
	case key == "": // it could not be sent on either
		it.parkWith(reasonKey, "the message has no key, so that it belongs to no partition")
		return
	case key != string(it.msg.Key) && !strings.EqualFold(key, string(it.msg.Key)):
		it.parkWith(reasonKey, "the key must be "+key+", that of the subject")
		return
	case !known:
		it.parkWith(reasonUnknownType, "no topic takes commands of kind "+it.kind)
		return
	}
	elsewhere := topic != it.msg.Topic
	switch {
	case !elsewhere && len(o.claim.Counts) > 1:
		it.astray = true
	case !elsewhere && contract.PartitionOf([]byte(key), o.partitions()) == it.msg.Partition:
	case it.sentOn() > 0:
		it.parkWith(reasonMisrouted, "it was sent on once and came to the wrong place again")
	case elsewhere && it.kind == domain.KindRunShard: // its key says nothing about where it belongs
		it.parkWith(reasonMisrouted, it.env.Type+" belongs to "+topic)
	default:
		it.forward = &address{topic: topic, key: key}
	}
}

// commandAheadMax is how far a sender's clock may be ahead. With the age it is what an outcome is kept for: a command
// that is stamped further ahead would pass for a young one when its outcome is forgotten, and take effect again.
const commandAheadMax = 24 * time.Hour

// untimely refuses a command that was sent before the time from which outcomes are known, or after now; nil for others.
// It goes by the database's time, which the retention of outcomes goes by. Where the clock is simulated, senders may
// stamp business time as well: the command is in time by one of both.
func (it *item) untimely(now, business time.Time) *domain.Rejection {
	at := it.env.Time
	if at.IsZero() {
		at = it.msg.Time
	}
	if it.row != nil {
		now = it.row.ParkedAt // it came in time, or not; how long it was parked is not its sender's fault
	}
	if !business.IsZero() && age(at, business) == nil {
		return nil
	}
	return age(at, now)
}

// ageTime is the database's time, or that of the decision where it is later: the database's clock was behind as the
// batch read it, and may be right again as it is written. Were it not, the write would refuse a decision that is ahead
// of it.
func (b *batch) ageTime() time.Time {
	if !b.owner.realTime() {
		return b.known.Now
	}
	return later(b.known.Now, b.world.Now)
}

func age(at, now time.Time) *domain.Rejection {
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
