package billing

import (
	"encoding/hex"
	"encoding/json"
	"strconv"
	"unicode/utf8"

	"github.com/google/uuid"
)

// A night writes a line for each source and ledger of everybody, and the encoder
// of the standard library was a third of its time: it goes through reflection,
// and reads what a MarshalJSON has written once more. So lines are written by
// hand, byte for byte as that encoder writes lineWire.

// MarshalJSON writes the line with its explanation (rule 24).
func (l Line) MarshalJSON() ([]byte, error) { return l.AppendJSON(nil), nil }

// AppendJSON appends what MarshalJSON gives. Money is strings.
func (l *Line) AppendJSON(b []byte) []byte { return l.appendJSON(b, l.Units, l.UnitPrice) }

// appendJSON is AppendJSON with units and unit price as they are to be read.
func (l *Line) appendJSON(b []byte, units, unitPrice Amount) []byte {
	var room [4 * formulaRoom]byte
	b = appendID(append(b, `{"lineId":`...), l.ID)
	b = appendText(b, `,"kind":`, string(l.Kind))
	b = appendText(b, `,"ledger":`, string(l.Ledger))
	b = appendText(b, `,"employee":`, l.Employee)
	b = appendText(b, `,"billTo":`, l.BillTo)
	b = appendText(b, `,"source":`, l.Source)
	b = appendText(b, `,"product":`, l.Product)
	if l.Text != nil {
		b = appendSet(b, `,"name":`, l.Text.Name)
		b = appendSet(b, `,"description":`, l.Text.Description)
	}
	b = appendDate(b, `,"from":`, l.Period.From)
	b = appendDate(b, `,"toExclusive":`, l.Period.To)
	b = appendDate(b, `,"toInclusive":`, Inclusive(l.Period.To))
	b = appendMoney(b, `,"units":`, units, 0)
	b = appendMoney(b, `,"unitPrice":`, unitPrice, priceDecimals)
	b = append(b, `,"months":`...)
	if l.Months.Den == 0 {
		b = append(b, "null"...)
	} else {
		b = append(append(append(b, '"'), l.Months.String()...), '"')
	}
	b = appendMoney(b, `,"amount":`, l.Amount, int(l.Scale))
	b = appendText(b, `,"currency":`, l.Currency)
	if l.CorrectsLine != uuid.Nil {
		b = appendID(append(b, `,"correctsLine":`...), l.CorrectsLine)
	}
	b = strconv.AppendInt(append(b, `,"revision":`...), int64(l.Revision), 10)
	b = appendText(b, `,"reason":`, l.Reason)
	b = appendSet(b, `,"actor":`, l.Actor)
	b = appendSet(b, `,"priceSource":`, l.PriceSource)
	b = append(b, `,"explanation":`...)
	b = appendString(b, l.appendExplanation(room[:0]))
	b = l.appendRest(b)
	return append(b, '}')
}

// appendRest appends what only some lines have.
func (l *Line) appendRest(b []byte) []byte {
	if l.Whole != nil {
		b = appendMoney(b, `,"whole":{"cost":`, l.Whole.Cost, 0)
		b = append(appendMoney(b, `,"before":`, l.Whole.Before, 0), '}')
	}
	if !l.Included.IsZero() {
		b = appendMoney(b, `,"included":`, l.Included, 0)
	}
	b = appendSet(b, `,"recurrence":`, string(l.Recurrence))
	if l.Anchor != (Anchor{}) {
		text, _ := l.Anchor.MarshalText() // gives no error
		b = append(append(append(b, `,"anchor":"`...), text...), '"')
	}
	b = appendTrue(b, `,"recurrenceFullMonth":`, l.FullMonth)
	if l.PolicyFrom != 0 {
		b = appendDate(b, `,"policyFrom":`, l.PolicyFrom)
	}
	b = appendTrue(b, `,"manual":`, l.Manual)
	b = appendTrue(b, `,"waive":`, l.Waive)
	if l.BookingDate != 0 {
		b = appendDate(b, `,"bookingDate":`, l.BookingDate)
	}
	b = appendSet(b, `,"documentRef":`, l.DocumentRef)
	for i, event := range l.Events {
		key := `,`
		if i == 0 {
			key = `,"events":[`
		}
		b = appendText(b, key, event)
	}
	if len(l.Events) > 0 {
		b = append(b, ']')
	}
	return b
}

// appendID writes an id as its usual text.
func appendID(b []byte, id uuid.UUID) []byte {
	b = append(b, '"')
	for _, part := range [...][]byte{id[:4], id[4:6], id[6:8], id[8:10], id[10:]} {
		b = append(hex.AppendEncode(b, part), '-')
	}
	b[len(b)-1] = '"'
	return b
}

func appendText(b []byte, key, text string) []byte { return appendString(append(b, key...), text) }

// appendSet is appendText of a text that is left out when it is empty.
func appendSet(b []byte, key, text string) []byte {
	if text == "" {
		return b
	}
	return appendText(b, key, text)
}

func appendTrue(b []byte, key string, is bool) []byte {
	if !is {
		return b
	}
	return append(append(b, key...), "true"...)
}

func appendDate(b []byte, key string, d Date) []byte {
	return append(d.appendTo(append(append(b, key...), '"')), '"')
}

func appendMoney(b []byte, key string, a Amount, decimals int) []byte {
	return append(a.appendFixed(append(append(b, key...), '"'), decimals), '"')
}

// appendString writes a JSON string. Texts are plain but for what people give as
// reasons; those go the slow way.
func appendString[T string | []byte](b []byte, text T) []byte {
	if !plain(text) {
		slow, _ := json.Marshal(string(text)) // a string gives no error
		return append(b, slow...)
	}
	return append(append(append(b, '"'), text...), '"')
}

// escaped are the characters that JSON writes otherwise.
var escaped = [utf8.RuneSelf]bool{'"': true, '\\': true, '<': true, '>': true, '&': true, 0x7f: true}

// plain reports whether the standard library writes a text as it is. It escapes what
// HTML reads, and the two line ends that JavaScript does.
func plain[T string | []byte](text T) bool {
	for i := 0; i < len(text); {
		c := text[i]
		if c < utf8.RuneSelf {
			if c < ' ' || escaped[c] {
				return false
			}
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(string(text[i:min(i+utf8.UTFMax, len(text))]))
		if r == utf8.RuneError || r == '\u2028' || r == '\u2029' {
			return false
		}
		i += size
	}
	return true
}

// AppendText appends a text as encoding/json writes it.
func AppendText(b []byte, text string) []byte { return appendString(b, text) }
