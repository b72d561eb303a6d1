package billing

import "strings"

// Item is what an invoice shows of a line's product besides its id. Texts are
// empty where the catalogue has none.
type Item struct {
	// Code is the product code (EN 16931 BT-155), Name its name (BT-153).
	Code, Name string
	// UnitCode is the unit of the quantity (BT-130), see [UnitCode].
	UnitCode string
}

// Shown is what the message of a line has besides what is stored of it: the rest
// of what an invoice by EN 16931 needs of a line, but for the tax.
type Shown struct {
	Quantity    string `json:"quantity,omitempty"`
	UnitCode    string `json:"unitCode,omitempty"`
	ProductCode string `json:"productCode,omitempty"`
	ProductName string `json:"productName,omitempty"`
}

// The codes of UN/ECE recommendation 20 for the published unit types. A product
// that recurs is counted in months, since its price is that of one.
const (
	unitOne   = "C62"
	unitMonth = "MON"
)

var unitCodes = map[string]string{
	"MIN": "MIN", "MB": "4L", "UNITS": unitOne, "HOURS": "HUR", "KM": "KMT", "MONTHS": unitMonth,
}

// UnitCode is the unit of a line's quantity: the month for what recurs, else that
// of the product's unit type, which may be unknown.
func UnitCode(r Recurrence, unitType string) string {
	if r.Months() > 0 {
		return unitMonth
	}
	if code, ok := unitCodes[strings.ToUpper(unitType)]; ok {
		return code
	}
	return unitOne
}

// AppendShown appends the line as others read it: its stored JSON, then the day on
// which it books, and [Shown]. The unit price has no sign there (rule 24).
func (l *Line) AppendShown(b, stored []byte, it Item) []byte {
	if l.UnitPrice.Sign() < 0 {
		stored = l.appendJSON(nil, l.ShownUnits(), l.ShownPrice())
	}
	b = append(b, stored[:len(stored)-1]...)
	if l.BookingDate == 0 {
		b = appendDate(b, `,"bookingDate":`, l.Books())
	}
	b = append(l.appendQuantity(append(b, `,"quantity":"`...)), '"')
	b = appendText(b, `,"unitCode":`, it.UnitCode)
	b = appendSet(b, `,"productCode":`, it.Code)
	b = appendSet(b, `,"productName":`, it.Name)
	return append(b, '}')
}
