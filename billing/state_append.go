package billing

import (
	"encoding/json"
	"strconv"
)

// The parts of a stored state, byte for byte as encoding/json writes them, and read
// by hand as StateReader says. Whoever adds a field to one of them adds it here: the
// tests compare with encoding/json, over all fields.

// AppendTimeline appends a timeline of texts.
func AppendTimeline(b []byte, t Timeline[string]) []byte {
	return appendTimeline(b, t, appendString[string])
}

func appendTimeline[T any](b []byte, t Timeline[T], value func([]byte, T) []byte) []byte {
	if t == nil {
		return append(b, "null"...)
	}
	b = append(b, '[')
	for i := range t {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '{')
		if t[i].From != 0 {
			b = append(appendDate(b, `"from":`, t[i].From), ',')
		}
		b = append(value(append(b, `"value":`...), t[i].Value), '}')
	}
	return append(b, ']')
}

func appendAmount(b []byte, a Amount) []byte { return append(a.appendFixed(append(b, '"'), 0), '"') }

func appendAmountOrNull(b []byte, a *Amount) []byte {
	if a == nil {
		return append(b, "null"...)
	}
	return appendAmount(b, *a)
}

// AppendSources appends what is billed over time; there is at least one.
func AppendSources(b []byte, all []Source) ([]byte, error) {
	b = append(b, '[')
	for i := range all {
		if i > 0 {
			b = append(b, ',')
		}
		var err error
		if b, err = all[i].appendState(b); err != nil {
			return b, err
		}
	}
	return append(b, ']'), nil
}

func (s *Source) appendState(b []byte) ([]byte, error) {
	b = AppendTimeline(append(appendText(b, `{"ID":`, s.ID), `,"Products":`...), s.Products)
	b = appendDate(b, `,"Start":`, s.Start)
	b = appendDate(b, `,"Terminate":`, s.Terminate)
	b = appendTimeline(append(b, `,"Units":`...), s.Units, appendAmount)
	b = appendTimeline(append(b, `,"UnitPrice":`...), s.UnitPrice, appendAmountOrNull)
	b = appendDate(b, `,"InvoicedUntil":`, s.InvoicedUntil)
	b = appendDate(b, `,"InvoicedFrom":`, s.InvoicedFrom)
	if s.InvoicedUnits != nil {
		b = appendAmount(append(b, `,"InvoicedUnits":`...), *s.InvoicedUnits)
	}
	b = appendSet(b, `,"InvoicedPayer":`, s.InvoicedPayer)
	if len(s.Before) > 0 {
		var err error
		if b, err = AppendSources(append(b, `,"Before":`...), s.Before); err != nil {
			return b, err
		}
	}
	return append(b, '}'), nil
}

// AppendState appends what has been billed.
func (b *Billed) AppendState(to []byte) ([]byte, error) {
	const empty = '{'
	to = append(to, empty)
	if len(b.Blocks) > 0 {
		to = append(to, `"b":[`...)
		for i := range b.Blocks {
			if i > 0 {
				to = append(to, ',')
			}
			var err error
			if to, err = b.Blocks[i].appendState(to); err != nil {
				return to, err
			}
		}
		to = append(to, ']')
	}
	var err error
	if len(b.Spent) > 0 {
		to, err = appendRare(to, `"x":`, b.Spent)
	}
	if err == nil && len(b.Waived) > 0 {
		to, err = appendRare(to, `"w":`, b.Waived)
	}
	return append(to, '}'), err
}

// appendRare appends a key and a value that few states have.
func appendRare(b []byte, key string, value any) ([]byte, error) {
	if b[len(b)-1] != '{' {
		b = append(b, ',')
	}
	raw, err := json.Marshal(value)
	return append(append(b, key...), raw...), err
}

func (e *Block) appendState(b []byte) ([]byte, error) {
	b = appendText(b, `{"s":`, e.Source)
	b = appendText(b, `,"l":`, string(e.Ledger))
	b = appendText(b, `,"p":`, e.Product)
	b = appendText(b, `,"b":`, e.BillTo)
	b = appendDate(b, `,"f":`, e.From)
	b = appendDate(b, `,"t":`, e.To)
	b = appendMoney(b, `,"u":`, e.Units, 0)
	b = appendMoney(b, `,"c":`, e.Price, 0)
	b = appendTrue(b, `,"o":`, e.Override)
	b = appendSet(b, `,"w":`, e.PriceFrom)
	b = appendSet(b, `,"e":`, e.Currency)
	b = appendMoney(b, `,"n":`, e.Net, 0)
	if e.Given != (Amount{}) {
		b = appendMoney(b, `,"g":`, e.Given, 0)
	}
	b = appendText(b, `,"m":`, string(e.Recurrence))
	if e.Anchor != (Anchor{}) {
		text, _ := e.Anchor.MarshalText() // gives no error
		b = append(append(append(b, `,"a":"`...), text...), '"')
	}
	if e.Policy != 0 {
		b = appendDate(b, `,"q":`, e.Policy)
	}
	b = appendTrue(b, `,"y":`, e.FullMonth)
	if e.Revision != 0 {
		b = strconv.AppendInt(append(b, `,"r":`...), int64(e.Revision), 10)
	}
	b = appendTrue(b, `,"x":`, e.Repeat)
	var err error
	if len(e.Holes) > 0 {
		b, err = appendRare(b, `"h":`, e.Holes)
	}
	return append(b, '}'), err
}
