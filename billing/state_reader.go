package billing

import (
	"encoding/json"
	"strconv"
	"unicode/utf8"
)

// StateReader reads the JSON of stored states as this program writes it: no blanks,
// and no keys but the known ones. Whatever else it meets makes it bad, and it stays
// so: then the whole text is left to encoding/json, which also says what is wrong.
// A night reads the state of everybody twice, once for its plan, and the decoder of
// the standard library was a third of what plan and worker took.
type StateReader struct {
	rest  []byte
	bad   bool
	first bool // nothing of the innermost list or object has been read
}

// ReadState reads a text from its beginning; nothing that is read points into it.
func ReadState(text []byte) StateReader { return StateReader{rest: text} }

// Done reports whether all of the text was read and understood.
func (r *StateReader) Done() bool { return !r.bad && len(r.rest) == 0 }

// Fail makes it bad: a key is not known.
func (r *StateReader) Fail() { r.bad = true }

// take takes a character if it comes next.
func (r *StateReader) take(c byte) bool {
	if r.bad || len(r.rest) == 0 || r.rest[0] != c {
		return false
	}
	r.rest = r.rest[1:]
	return true
}

func (r *StateReader) must(c byte) {
	if !r.take(c) {
		r.bad = true
	}
}

// Object begins an object; its keys follow while Key gives one.
func (r *StateReader) Object() {
	r.must('{')
	r.first = true
}

// Key is the next key of the object, or ok false behind its last one.
func (r *StateReader) Key() (key []byte, ok bool) {
	if !r.more('}') {
		return nil, false
	}
	key = r.plain()
	r.must(':')
	return key, !r.bad
}

// List begins a list; false: there is null instead. Its items follow while Item is true.
func (r *StateReader) List() bool {
	if r.Null() {
		return false
	}
	r.must('[')
	r.first = true
	return !r.bad
}

// Item reports whether another item of the list follows.
func (r *StateReader) Item() bool { return r.more(']') }

// more steps to the next part of a list or object, or over its end.
func (r *StateReader) more(end byte) bool {
	first := r.first
	r.first = false
	if r.take(end) {
		return false
	}
	if !first {
		r.must(',')
	}
	return !r.bad
}

// Null takes null if it comes next.
func (r *StateReader) Null() bool {
	const word = "null"
	if r.bad || len(r.rest) < len(word) || string(r.rest[:len(word)]) != word {
		return false
	}
	r.rest = r.rest[len(word):]
	return true
}

// simple takes a text that stands for itself, if one comes next; it holds until the
// text that is read does.
func (r *StateReader) simple() (text []byte, ok bool) {
	if r.bad || len(r.rest) == 0 || r.rest[0] != '"' {
		return nil, false
	}
	high := byte(0)
	for i, c := range r.rest[1:] {
		switch {
		case c == '"':
			text = r.rest[1 : 1+i]
			if high >= utf8.RuneSelf && !utf8.Valid(text) {
				return nil, false
			}
			r.rest = r.rest[i+2:]
			return text, true
		case c < ' ' || c == '\\':
			return nil, false
		}
		high |= c
	}
	return nil, false
}

// plain is a text that nothing is escaped in.
func (r *StateReader) plain() []byte {
	text, ok := r.simple()
	r.bad = r.bad || !ok
	return text
}

// Text is a text.
func (r *StateReader) Text() string { return r.Like("") }

// Like is a text that is often the same as a former one, which is kept once then.
func (r *StateReader) Like(former string) (text string) {
	raw, ok := r.simple()
	switch {
	case !ok: // with escapes, or with what is no UTF-8, in whose place others put another character
		r.Other(&text)
		return text
	case string(raw) == former:
		return former
	}
	return string(raw)
}

// Int is a whole number.
func (r *StateReader) Int() int64 {
	n := 0
	for n < len(r.rest) && (r.rest[n] >= '0' && r.rest[n] <= '9' || n == 0 && r.rest[n] == '-') {
		n++
	}
	number, err := strconv.ParseInt(string(r.rest[:n]), 10, 64)
	if err != nil {
		r.bad = true
	}
	r.rest = r.rest[n:]
	return number
}

// True is what is written only when it holds.
func (r *StateReader) True() bool {
	var is bool
	r.Other(&is)
	return is
}

// Date is a date, or no date.
func (r *StateReader) Date() Date {
	text := r.plain()
	if len(text) == 0 {
		return 0
	}
	d, ok := dateIn(string(text))
	r.bad = r.bad || !ok
	return d
}

// Amount is an amount.
func (r *StateReader) Amount() Amount {
	a, ok := amountIn(string(r.plain()))
	r.bad = r.bad || !ok
	return a
}

// Other leaves the next value to encoding/json: what is rare, or written in another way.
func (r *StateReader) Other(into any) {
	n := valueLength(r.rest)
	if r.bad || json.Unmarshal(r.rest[:n], into) != nil {
		r.bad = true
		return
	}
	r.rest = r.rest[n:]
}

// valueLength is the length of the value that a text begins with.
func valueLength(text []byte) int {
	depth := 0
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch c {
		case '"':
			i = textEnd(text, i)
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		case ',':
		default:
			continue
		}
		if depth < 0 || depth == 0 && c == ',' {
			return i
		}
		if depth == 0 {
			return min(i+1, len(text))
		}
	}
	return len(text)
}

// textEnd is the place of the quote that ends the text which begins at i.
func textEnd(text []byte, i int) int {
	for i++; i < len(text) && text[i] != '"'; i++ {
		if text[i] == '\\' {
			i++
		}
	}
	return i
}
