package billing

import (
	"bytes"
	"encoding/binary"
	"strconv"
	"unicode/utf8"

	"github.com/google/uuid"
)

// Whoever folds a history reads its lines again, and the decoder of the standard
// library goes over each byte four times and through reflection: it was half of
// what rebuilding a read model takes. So what AppendJSON wrote is read by hand,
// in its order; anything else is left to that decoder.

// ReadJSON reads a line as [Line.AppendJSON] writes it from the beginning of b and
// gives what follows. false: it is not such a line, or one whose texts are escaped;
// then l is not to be used, and UnmarshalJSON says what is wrong, if anything is.
// Nothing of l points into b. last, if there is one, is the line before: what is
// the same is not kept twice.
func (l *Line) ReadJSON(b []byte, last *Line) (rest []byte, ok bool) {
	if last == nil {
		last = &Line{}
	}
	r := reading{rest: b}
	*l = Line{ID: r.id(`{"lineId":`)}
	l.Kind = Kind(r.name(`,"kind":`, string(last.Kind)))
	l.Ledger = Ledger(r.name(`,"ledger":`, string(last.Ledger)))
	l.Employee = r.name(`,"employee":`, last.Employee)
	l.BillTo = r.name(`,"billTo":`, last.BillTo)
	l.Source = r.name(`,"source":`, last.Source)
	l.Product = r.name(`,"product":`, last.Product)
	l.readText(&r)
	l.Period = Period{r.date(`,"from":`), r.date(`,"toExclusive":`)}
	r.text(`,"toInclusive":`)
	l.Units = r.amount(`,"units":`)
	l.UnitPrice = r.price(`,"unitPrice":`)
	if !r.is(`,"months":null`) {
		r.check(l.Months.UnmarshalText(r.text(`,"months":`)))
	}
	amount := r.text(`,"amount":`)
	l.Amount, l.Scale = r.parsed(amount), decimals(string(amount))
	l.Currency = r.name(`,"currency":`, last.Currency)
	if r.is(`,"correctsLine":`) {
		l.CorrectsLine = r.id("")
	}
	l.Revision = r.number(`,"revision":`)
	l.Reason = r.name(`,"reason":`, last.Reason)
	l.Actor = r.set(`,"actor":`, last.Actor)
	l.PriceSource = r.set(`,"priceSource":`, last.PriceSource)
	r.text(`,"explanation":`)
	l.readRest(&r, last)
	r.must("}")
	return r.rest, !r.bad
}

// readText reads the source's own name and description.
func (l *Line) readText(r *reading) {
	text := Text{r.set(`,"name":`, ""), r.set(`,"description":`, "")}
	if text != (Text{}) {
		l.Text = &text
	}
}

// readRest reads what only some lines have.
func (l *Line) readRest(r *reading, last *Line) {
	if r.is(`,"whole":`) {
		l.Whole = &Share{Cost: r.amount(`{"cost":`), Before: r.amount(`,"before":`)}
		r.must("}")
	}
	if r.is(`,"included":`) {
		l.Included = r.amount("")
	}
	l.Recurrence = Recurrence(r.set(`,"recurrence":`, string(last.Recurrence)))
	if r.is(`,"anchor":`) {
		r.check(l.Anchor.UnmarshalText(r.text("")))
	}
	l.FullMonth = r.is(`,"recurrenceFullMonth":true`)
	if r.is(`,"policyFrom":`) {
		l.PolicyFrom = r.date("")
	}
	l.Manual = r.is(`,"manual":true`)
	l.Waive = r.is(`,"waive":true`)
	if r.is(`,"bookingDate":`) {
		l.BookingDate = r.date("")
	}
	l.DocumentRef = r.set(`,"documentRef":`, last.DocumentRef)
	if r.is(`,"events":[`) {
		l.Events = []string{r.name("", "")}
		for r.is(",") {
			l.Events = append(l.Events, r.name("", ""))
		}
		r.must("]")
	}
}

// reading is how far a text is read. Once it is bad it stays so.
type reading struct {
	rest []byte
	bad  bool
}

// is takes a word if it comes next.
func (r *reading) is(word string) bool {
	if r.bad || len(r.rest) < len(word) || string(r.rest[:len(word)]) != word {
		return false
	}
	r.rest = r.rest[len(word):]
	return true
}

func (r *reading) must(word string) {
	if !r.is(word) {
		r.bad = true
	}
}

func (r *reading) check(err error) {
	if err != nil {
		r.bad = true
	}
}

// text takes a key and the text behind it, which holds until b does. An escape is
// left to others, as is what is not UTF-8: they put another character in its place.
func (r *reading) text(key string) []byte {
	r.must(key)
	r.must(`"`)
	n := bytes.IndexByte(r.rest, '"')
	if r.bad || n < 0 {
		r.bad = true
		return nil
	}
	text := r.rest[:n]
	r.rest = r.rest[n+1:]
	r.bad = !clean(text)
	return text
}

// clean tells that a text stands for itself. It looks at eight bytes at a time: byte by byte it was a fifth of reading
// a line.
func clean(text []byte) bool {
	const ones, highs, word = 0x0101010101010101, 0x8080808080808080, 8
	high, rest := false, text
	for ; len(rest) >= word; rest = rest[word:] {
		eight := binary.LittleEndian.Uint64(rest)
		escape := eight ^ '\\'*ones
		// Where no byte is above 127, one that is below a blank, or is 0 where it was a backslash, borrows its high bit.
		odd := (eight-' '*ones)&^eight | (escape-ones)&^escape
		if eight&highs != 0 || odd&highs != 0 {
			break
		}
	}
	for _, c := range rest {
		if c < ' ' || c == '\\' {
			return false
		}
		high = high || c >= utf8.RuneSelf
	}
	return !high || utf8.Valid(text)
}

// name is a text that is kept; last is used again where it is the same.
func (r *reading) name(key, last string) string {
	text := r.text(key)
	if string(text) == last {
		return last
	}
	return string(text)
}

// set is the name behind a key that is left out when it is empty.
func (r *reading) set(key, last string) string {
	if !r.is(key) {
		return ""
	}
	return r.name("", last)
}

func (r *reading) id(key string) uuid.UUID {
	const written = len("00000000-0000-0000-0000-000000000000")
	text := r.text(key)
	id, err := uuid.ParseBytes(text)
	r.bad = r.bad || err != nil || len(text) != written
	return id
}

func (r *reading) date(key string) (d Date) {
	r.check(d.UnmarshalText(r.text(key)))
	return d
}

func (r *reading) amount(key string) Amount { return r.parsed(r.text(key)) }

func (r *reading) price(key string) Amount {
	text := r.text(key)
	if bytes.IndexByte(text, '.') >= 0 {
		text = bytes.TrimSuffix(bytes.TrimRight(text, "0"), []byte(".")) // see unpadded
	}
	return r.parsed(text)
}

func (r *reading) parsed(text []byte) Amount {
	a, ok := amountIn(string(text))
	r.bad = r.bad || !ok
	return a
}

func (r *reading) number(key string) int {
	r.must(key)
	n := 0
	for n < len(r.rest) && (r.rest[n] >= '0' && r.rest[n] <= '9' || n == 0 && r.rest[n] == '-') {
		n++
	}
	number, err := strconv.Atoi(string(r.rest[:n]))
	r.check(err)
	r.rest = r.rest[n:]
	return number
}
