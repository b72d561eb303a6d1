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
	i := skipSpace(b, 0)
	if i == len(b) || b[i] != '{' {
		return nil, nil, false
	}
	for i++; ; i++ { // behind the bracket, then behind each comma
		name, from, to := nextProperty(b, skipSpace(b, i))
		switch string(name) {
		case "actor":
			actor = b[from:to]
		case "data":
			content = b[from:to]
		default:
			return nil, nil, false
		}
		if i = skipSpace(b, to); i >= len(b) || b[i] != ',' {
			return actor, content, i < len(b) && b[i] == '}' && actor != nil && content != nil
		}
	}
}

// nextProperty reads the name that begins at i, and from where to where its value is; no name: there is none.
func nextProperty(b []byte, i int) (name []byte, from, to int) {
	key := bytes.IndexByte(b[min(i+1, len(b)):], '"')
	if i >= len(b) || b[i] != '"' || key < 0 {
		return nil, 0, 0
	}
	from = skipSpace(b, skipSpace(b, i+key+2)+1) // over the colon
	return b[i+1 : i+1+key], from, skipJSON(b, from)
}

func skipSpace(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\t' || b[i] == '\r') {
		i++
	}
	return i
}

// skipJSON gives the end of the value that begins at i.
func skipJSON(b []byte, i int) int {
	depth := 0
	for ; i < len(b); i++ {
		switch b[i] {
		case '"':
			i = skipText(b, i)
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 { // of the object around a number or a word
				return i
			}
			depth--
		case ',', ' ', '\n', '\t', '\r':
			if depth == 0 {
				return i
			}
			continue
		default:
			continue
		}
		if depth == 0 {
			return i + 1
		}
	}
	return i
}

// skipText gives the place of the quote that ends the text which begins at i.
func skipText(b []byte, i int) int {
	for i++; i < len(b) && b[i] != '"'; i++ {
		if b[i] == '\\' {
			i++
		}
	}
	return i
}
