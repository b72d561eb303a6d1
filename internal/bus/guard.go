package bus

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

const (
	// valueBytesMax bounds a value; it is what a topic takes anyway.
	valueBytesMax = messageBytesMax
	// depthMax bounds nesting: our deepest document has nine levels.
	depthMax = 32
	// keysCompared is how many keys of one object are compared with each other;
	// beyond it a map takes over, so that an object of 100 000 keys costs no
	// more than 100 000 steps.
	keysCompared = 24
	// propertyBytesMax is how much of a key an error quotes.
	propertyBytesMax = 64
)

// Guard checks that value is a JSON object that every later step can take: at
// most 1 MiB, 32 levels, valid text, no key twice in an object, numbers that we
// can compute with. It reads the value once and keeps nothing. Its error is a
// *[Malformed].
//
// encoding/json alone would let pass what breaks later: it takes the last of two
// equal keys, replaces bad UTF-8 silently, and accepts the NUL that PostgreSQL
// refuses.
func Guard(value []byte) error {
	if value == nil {
		return &Malformed{Reason: ReasonTombstone, Rule: "must have a value"}
	}
	if len(value) > valueBytesMax {
		return &Malformed{Reason: ReasonTooLarge, At: valueBytesMax, Rule: "must have at most 1 MiB"}
	}
	var room [2 * keysCompared][]byte // most commands need no more: no allocation
	g := guard{b: value, keys: room[:0]}
	g.space()
	if g.i < len(g.b) && g.b[g.i] != '{' {
		if err := g.value(); err != nil {
			return err
		}
		return g.fail(ReasonNotObject, "must be an object")
	}
	if err := g.value(); err != nil {
		return err
	}
	g.space()
	if g.i != len(g.b) {
		return g.fail(ReasonNotJSON, "nothing may follow the object")
	}
	return nil
}

// guard is a recursive descent over JSON, bounded by depthMax.
type guard struct {
	b     []byte
	i     int
	depth int
	keys  [][]byte // of all open objects, innermost last
}

func (g *guard) fail(reason Reason, rule string) error {
	return &Malformed{Reason: reason, Rule: rule, At: g.i}
}

func (g *guard) space() {
	for g.i < len(g.b) {
		switch g.b[g.i] {
		case ' ', '\t', '\n', '\r':
			g.i++
		default:
			return
		}
	}
}

func (g *guard) value() error {
	if g.i >= len(g.b) {
		return g.fail(ReasonNotJSON, "ends too early")
	}
	switch c := g.b[g.i]; {
	case c == '"':
		_, err := g.text()
		return err
	case c == '{':
		return g.nested((*guard).object)
	case c == '[':
		return g.nested((*guard).array)
	case c == '-' || '0' <= c && c <= '9':
		return g.number()
	default:
		return g.literal()
	}
}

func (g *guard) literal() error {
	for _, word := range [...]string{"true", "false", "null"} {
		if len(g.b)-g.i >= len(word) && string(g.b[g.i:g.i+len(word)]) == word {
			g.i += len(word)
			return nil
		}
	}
	return g.fail(ReasonNotJSON, "a value must begin here")
}

func (g *guard) nested(read func(*guard) error) error {
	if g.depth++; g.depth > depthMax {
		return g.fail(ReasonTooDeep, "must have at most 32 levels")
	}
	g.i++
	err := read(g)
	g.depth--
	return err
}

func (g *guard) array() error {
	g.space()
	if g.ends(']') {
		return nil
	}
	for {
		g.space()
		if err := g.value(); err != nil {
			return err
		}
		if done, err := g.more(']'); done || err != nil {
			return err
		}
	}
}

func (g *guard) object() error {
	own := len(g.keys)
	defer func() { g.keys = g.keys[:own] }()
	g.space()
	if g.ends('}') {
		return nil
	}
	var many map[string]struct{}
	for {
		g.space()
		key, err := g.key()
		if err != nil {
			return err
		}
		if g.twice(key, own, &many) {
			return &Malformed{Reason: ReasonDuplicateKey, Property: string(key[:min(len(key), propertyBytesMax)]),
				At: g.i, Rule: "must be there once"}
		}
		g.space()
		if !g.ends(':') {
			return g.fail(ReasonNotJSON, "a colon must be here")
		}
		g.space()
		if err := g.value(); err != nil {
			return err
		}
		if done, err := g.more('}'); done || err != nil {
			return err
		}
	}
}

// ends takes c if it comes next.
func (g *guard) ends(c byte) bool {
	if g.i < len(g.b) && g.b[g.i] == c {
		g.i++
		return true
	}
	return false
}

// more takes a comma, or the end of the array or object.
func (g *guard) more(end byte) (done bool, err error) {
	g.space()
	if g.ends(',') {
		return false, nil
	}
	if g.ends(end) {
		return true, nil
	}
	return false, g.fail(ReasonNotJSON, "a comma or the end must be here")
}

// key reads a key; two spellings of the same key give the same bytes.
func (g *guard) key() ([]byte, error) {
	if g.i >= len(g.b) || g.b[g.i] != '"' {
		return nil, g.fail(ReasonNotJSON, "a key must be here")
	}
	raw, err := g.text()
	if err != nil || bytes.IndexByte(raw, '\\') < 0 {
		return raw, err
	}
	var spelt string
	if err := json.Unmarshal(g.b[g.i-len(raw)-2:g.i], &spelt); err != nil {
		return nil, g.fail(ReasonNotJSON, "a key must be here")
	}
	return []byte(spelt), nil
}

func (g *guard) twice(key []byte, own int, many *map[string]struct{}) bool {
	if *many != nil {
		if _, there := (*many)[string(key)]; there {
			return true
		}
		(*many)[string(key)] = struct{}{}
		return false
	}
	for _, k := range g.keys[own:] {
		if bytes.Equal(k, key) {
			return true
		}
	}
	g.keys = append(g.keys, key)
	if len(g.keys)-own > keysCompared {
		*many = make(map[string]struct{}, 4*keysCompared)
		for _, k := range g.keys[own:] {
			(*many)[string(k)] = struct{}{}
		}
	}
	return false
}

// text reads a string and returns what is between its quotes.
func (g *guard) text() ([]byte, error) {
	g.i++
	start := g.i
	for g.i < len(g.b) {
		switch c := g.b[g.i]; {
		case c == '"':
			g.i++
			return g.b[start : g.i-1], nil
		case c == '\\':
			if err := g.escape(); err != nil {
				return nil, err
			}
		case c < ' ':
			return nil, g.fail(ReasonNotJSON, "a control character must be escaped")
		case c < utf8.RuneSelf:
			g.i++
		default:
			r, size := utf8.DecodeRune(g.b[g.i:])
			if r == utf8.RuneError && size == 1 {
				return nil, g.fail(ReasonBadText, "must be UTF-8")
			}
			g.i += size
		}
	}
	return nil, g.fail(ReasonNotJSON, "text must end")
}
