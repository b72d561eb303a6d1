package worker

import (
	"bytes"
	"encoding/json"
	"fmt"

	"tenure/domain"
	"tenure/events"
	"tenure/internal/history"
)

// commandValue is a command's value in its two parts.
type commandValue struct {
	Actor events.Actor    `json:"actor"`
	Data  json.RawMessage `json:"data"`
}

// readValue reads a whole value, and says what is wrong with it.
func readValue(value []byte) (v commandValue, err error) {
	return v, domain.DecodeExactly(value, &v)
}

// sender is the actor of the last command: those who send many come again and again, and their bytes with them. It is
// for one goroutine.
type sender struct {
	raw   []byte // as it stood in the value
	actor events.Actor
	bytes []byte // as events keep it
}

// open takes a value that bus.Guard let pass apart: the actor, as decoded and as events keep it, and the data as it is
// in the value. A value in another form than senders write goes through encoding/json, whose result counts.
func (s *sender) open(value []byte) (events.Actor, []byte, []byte, error) {
	actor, content, ok := splitValue(value)
	if ok && s.raw != nil && bytes.Equal(actor, s.raw) {
		return s.actor, s.bytes, content, nil
	}
	v, err := readValue(value)
	if err != nil {
		return v.Actor, nil, nil, fmt.Errorf(`the value must be {"actor":{…},"data":{…}}: %w`, err)
	}
	kept, err := history.ActorBytes(v.Actor)
	if err == nil && ok {
		*s = sender{raw: bytes.Clone(actor), actor: v.Actor, bytes: kept}
	}
	return v.Actor, kept, v.Data, err
}

// splitValue finds actor and data in the object of a command's value, of which it is known that it is valid JSON with
// no key twice. It does not know any other property, nor one that is spelt with escapes: then it says no.
func splitValue(b []byte) (actor, content []byte, ok bool) {
	i := domain.SkipSpace(b, 0)
	if i == len(b) || b[i] != '{' {
		return nil, nil, false
	}
	for i++; ; i++ { // behind the bracket, then behind each comma
		name, from, to := domain.NextProperty(b, domain.SkipSpace(b, i))
		switch string(name) {
		case "actor":
			actor = b[from:to]
		case "data":
			content = b[from:to]
		default:
			return nil, nil, false
		}
		if i = domain.SkipSpace(b, to); i >= len(b) || b[i] != ',' {
			return actor, content, i < len(b) && b[i] == '}' && actor != nil && content != nil
		}
	}
}
