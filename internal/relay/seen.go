package relay

import (
	"time"

	"tenure/internal/bus"
	"tenure/internal/store"
)

// seenMessage is a message that a topic has behind the checkpoint.
type seenMessage struct {
	fingerprint bus.Fingerprint
	position    int64
	twice       bool // another one with the same id has another content
	expected    bool // the log has it
	end         bus.End
}

// bounds say what is to be read so that whatever was published behind the checkpoints is among it, of those shards that
// have something behind them.
func bounds(behind []store.Mark) bus.TailBounds {
	if len(behind) == 0 {
		return bus.TailBounds{Least: tailGlance, Most: tailGlance}
	}
	earliest := time.Time{}
	for i, mark := range behind {
		moved := mark.Moved
		if mark.Accepted.After(moved) {
			moved = mark.Accepted
		}
		if moved.IsZero() {
			return bus.TailBounds{Least: tailMessagesMax, Most: tailMessagesMax}
		}
		if i == 0 || moved.Before(earliest) {
			earliest = moved
		}
	}
	return bus.TailBounds{Since: earliest.Add(-tailMargin), Least: tailGlance, Most: tailMessagesMax}
}

// addSeen keeps a message that is behind the checkpoint of one of the shards. Messages of other writers are not
// compared.
func addSeen(fresh map[store.ShardID]*compared, m bus.Message) {
	shard, position, err := bus.ParsePosition(string(m.Header("ce_position")))
	if err != nil {
		return
	}
	found := fresh[store.ShardID(shard)]
	if found == nil {
		return
	}
	if accepted := !m.Time.After(found.accepted); accepted || position <= found.after.Position {
		return
	}
	found.see(m, position)
}

// see keeps a message of the shard behind the checkpoint.
func (c *compared) see(m bus.Message, position int64) {
	c.last = max(c.last, position)
	name, key := nameOf(m), keyOf(m)
	s := seenMessage{fingerprint: fingerprint(m), position: position, end: bus.EndOf(m)}
	if before, twice := c.present[name]; twice {
		s.twice = before.twice || before.fingerprint != s.fingerprint
	}
	c.present[name] = s
	c.latest[key] = max(c.latest[key], position)
}

// nameOf identifies a message among those of all topics.
func nameOf(m bus.Message) string { return m.Topic + "\x00" + string(m.Header("ce_id")) }

// keyOf identifies a key of a topic.
func keyOf(m bus.Message) string { return m.Topic + "\x00" + string(m.Key) }

// fingerprinted are the headers that are part of a message's content. Traces and replays may differ from one publishing
// to the next.
var fingerprinted = []string{"ce_id", "ce_type", "ce_subject", "ce_time", "ce_position"}

// fingerprint is the same for two messages with the same content.
func fingerprint(m bus.Message) bus.Fingerprint {
	parts := make([][]byte, 0, 2+len(fingerprinted))
	parts = append(parts, m.Key, m.Value)
	for _, name := range fingerprinted {
		parts = append(parts, m.Header(name))
	}
	return bus.FingerprintOf(parts...)
}
