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
	var room [2 * keysCompared]span // most commands need no more: no allocation
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
	keys  []span // of all open objects, innermost last
	spelt []byte // keys that were written with escapes, without them
}

// span is a key by its place in the value, or behind the value's end in spelt.
type span struct{ from, to int }

func (g *guard) bytes(s span) []byte {
	if s.from > len(g.b) {
		return g.spelt[s.from-len(g.b)-1 : s.to-len(g.b)-1]
	}
	return g.b[s.from:s.to]
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
		return g.text()
	case c == '{':
		return g.object()
	case c == '[':
		return g.array()
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

// enter takes the bracket of an array or object.
func (g *guard) enter() error {
	if g.depth++; g.depth > depthMax {
		return g.fail(ReasonTooDeep, "must have at most 32 levels")
	}
	g.i++
	g.space()
	return nil
}

func (g *guard) array() error {
	if err := g.enter(); err != nil {
		return err
	}
	if g.ends(']') {
		g.depth--
		return nil
	}
	for {
		g.space()
		if err := g.value(); err != nil {
			return err
		}
		if done, err := g.more(']'); done || err != nil {
			g.depth--
			return err
		}
	}
}

func (g *guard) object() error {
	if err := g.enter(); err != nil {
		return err
	}
	if g.ends('}') {
		g.depth--
		return nil
	}
	own := len(g.keys)
	var many map[string]struct{}
	for {
		if err := g.property(own, &many); err != nil {
			return err
		}
		if done, err := g.more('}'); done || err != nil {
			g.depth--
			g.keys = g.keys[:own]
			return err
		}
	}
}

// property reads a key, which the object may not have yet, its colon and its
// value.
func (g *guard) property(own int, many *map[string]struct{}) error {
	g.space()
	key, err := g.key()
	if err != nil {
		return err
	}
	if g.twice(key, own, many) {
		name := g.bytes(key)
		return &Malformed{Reason: ReasonDuplicateKey, Property: string(name[:min(len(name), propertyBytesMax)]),
			At: g.i, Rule: "must be there once"}
	}
	g.space()
	if !g.ends(':') {
		return g.fail(ReasonNotJSON, "a colon must be here")
	}
	g.space()
	return g.value()
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
func (g *guard) key() (span, error) {
	if g.i >= len(g.b) || g.b[g.i] != '"' {
		return span{}, g.fail(ReasonNotJSON, "a key must be here")
	}
	quoted := g.i
	if err := g.text(); err != nil {
		return span{}, err
	}
	key := span{quoted + 1, g.i - 1}
	if bytes.IndexByte(g.bytes(key), '\\') < 0 {
		return key, nil
	}
	var spelt string
	if err := json.Unmarshal(g.b[quoted:g.i], &spelt); err != nil {
		return span{}, g.fail(ReasonNotJSON, "a key must be here")
	}
	from := len(g.b) + 1 + len(g.spelt)
	g.spelt = append(g.spelt, spelt...)
	return span{from, from + len(spelt)}, nil
}

func (g *guard) twice(key span, own int, many *map[string]struct{}) bool {
	name := g.bytes(key)
	if *many != nil {
		_, there := (*many)[string(name)]
		(*many)[string(name)] = struct{}{}
		return there
	}
	for _, k := range g.keys[own:] {
		if k.to-k.from == len(name) && bytes.Equal(g.bytes(k), name) {
			return true
		}
	}
	g.keys = append(g.keys, key)
	if len(g.keys)-own > keysCompared {
		*many = make(map[string]struct{}, 4*keysCompared)
		for _, k := range g.keys[own:] {
			(*many)[string(g.bytes(k))] = struct{}{}
		}
	}
	return false
}

// text reads a string with its quotes.
func (g *guard) text() error {
	g.i++
	for {
		i := g.i // a local makes the common case a tight loop
		for i < len(g.b) && plain[g.b[i]] {
			i++
		}
		g.i = i
		if i == len(g.b) {
			return g.fail(ReasonNotJSON, "text must end")
		}
		switch c := g.b[i]; {
		case c == '"':
			g.i++
			return nil
		case c == '\\':
			if err := g.escape(); err != nil {
				return err
			}
		case c < ' ':
			return g.fail(ReasonNotJSON, "a control character must be escaped")
		default:
			r, size := utf8.DecodeRune(g.b[i:])
			if r == utf8.RuneError && size == 1 {
				return g.fail(ReasonBadText, "must be UTF-8")
			}
			g.i += size
		}
	}
}

// plain are the bytes that stand for themselves in a string.
var plain = func() (is [256]bool) {
	for c := ' '; c < utf8.RuneSelf; c++ {
		is[c] = c != '"' && c != '\\'
	}
	return is
}()
