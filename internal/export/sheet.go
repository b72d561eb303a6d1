package export

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"tenure/billing"
	"tenure/projections"
)

// Format is how files are written.
type Format string

// The formats.
const (
	CSV   Format = "csv"   // RFC 4180, a heading, dates inclusive
	JSONL Format = "jsonl" // a JSON object a line, the line as it is on the topic
)

// TotalID is where a line has its id, in the last record of a file.
const TotalID = "TOTAL"

// Total is the control total of a file: how many lines, their sum, and the XOR of their ids.
type Total struct {
	Ledger   billing.Ledger `json:"ledger"`
	Currency string         `json:"currency"`
	Lines    int64          `json:"lines"`
	Amount   string         `json:"amount"`
	Hash     uuid.UUID      `json:"hash"`
}

// sum adds up a file's lines.
type sum struct {
	Total
	amount decimal.Decimal
	scale  uint8
}

func (s *sum) add(l *billing.Line) {
	s.Lines++
	s.amount = s.amount.Add(l.Amount.Decimal())
	s.scale = max(s.scale, l.Scale)
	s.Hash = billing.CombineHashes(s.Hash, l.ID)
}

func (s *sum) total() Total {
	s.Amount = s.amount.StringFixed(int32(s.scale))
	return s.Total
}

// row is a line with its place, whose it is, and what its message shows besides what is stored.
type row struct {
	projections.Line
	projections.Employer
	billing.Shown
	message json.RawMessage // the line as on the topic
}

// sheet writes the records of a file.
type sheet interface {
	head() error
	line(r *row) error
	total(t Total) error
}

func newSheet(format Format, out io.Writer) sheet {
	if format == JSONL {
		e := json.NewEncoder(out)
		e.SetEscapeHTML(false)
		return jsonSheet{e}
	}
	w := csv.NewWriter(out)
	w.UseCRLF = true
	return csvSheet{w}
}

// jsonSheet writes objects: {"position","run","line"} and, last, {"total"}.
type jsonSheet struct{ out *json.Encoder }

func (jsonSheet) head() error { return nil }

func (s jsonSheet) line(r *row) error {
	return s.out.Encode(struct {
		Position string          `json:"position"`
		Run      string          `json:"run"`
		Reseller string          `json:"reseller"`
		Customer string          `json:"customer"`
		Line     json.RawMessage `json:"line"`
	}{position(r.LinePlace), r.Run, r.Reseller, r.Customer, r.message})
}

func (s jsonSheet) total(t Total) error {
	return s.out.Encode(struct {
		Total Total `json:"total"`
	}{t})
}

// column is one of a CSV file.
type column struct {
	name string
	of   func(r *row) string
}

// columns never change their place; a new one comes last before the two of the control total. A fraction and a place in
// the log are in two columns each: spreadsheets would read 7/31 as a day and 0:12 as a time.
var columns = []column{
	{"lineId", func(r *row) string { return r.ID.String() }},
	{"kind", func(r *row) string { return string(r.Kind) }},
	{"ledger", func(r *row) string { return string(r.Ledger) }},
	{"billTo", func(r *row) string { return r.BillTo }},
	{"reseller", func(r *row) string { return r.Reseller }},
	{"customer", func(r *row) string { return r.Customer }},
	{"employee", func(r *row) string { return r.Employee }},
	{"source", func(r *row) string { return r.Source }},
	{"product", func(r *row) string { return r.Product }},
	{"productCode", func(r *row) string { return r.ProductCode }},
	{"productName", func(r *row) string { return r.ProductName }},
	{"from", func(r *row) string { return r.Period.From.String() }},
	{"to", func(r *row) string { return billing.Inclusive(r.Period.To).String() }},
	{"quantity", func(r *row) string { return r.Quantity }},
	{"unitCode", func(r *row) string { return r.UnitCode }},
	{"units", func(r *row) string { return r.ShownUnits().String() }},
	{"unitPrice", func(r *row) string { return r.ShownPrice().StringFixed(priceDecimals) }},
	{"monthsNumerator", func(r *row) string { return monthsPart(r.Months, r.Months.Num) }},
	{"monthsDenominator", func(r *row) string { return monthsPart(r.Months, r.Months.Den) }},
	{"amount", func(r *row) string { return r.Amount.StringFixed(int(r.Scale)) }},
	{"currency", func(r *row) string { return r.Currency }},
	{"correctsLine", func(r *row) string { return idOrNone(r.CorrectsLine) }},
	{"revision", func(r *row) string { return strconv.Itoa(r.Revision) }},
	{"reason", func(r *row) string { return r.Reason }},
	{"priceSource", func(r *row) string { return r.PriceSource }},
	{"explanation", func(r *row) string { return r.Explanation() }},
	{"bookingDate", func(r *row) string { return r.Books().String() }},
	{"documentRef", func(r *row) string { return r.DocumentRef }},
	{"run", func(r *row) string { return r.Run }},
	{"shard", func(r *row) string { return strconv.Itoa(int(r.Shard)) }},
	{"position", func(r *row) string { return strconv.FormatInt(r.Position, 10) }},
}

// controlColumns are behind the columns of lines and are filled in the last record only.
var controlColumns = []string{"controlLines", "controlHash"}

// priceDecimals are the least decimals of a unit price, as on the topic.
const priceDecimals = 2

// monthsPart is a part of the fraction of months; a product that is billed once has none.
func monthsPart(months billing.Ratio, part int32) string {
	if months.Den == 0 {
		return ""
	}
	return strconv.Itoa(int(part))
}

func idOrNone(id uuid.UUID) string {
	if id == uuid.Nil {
		return ""
	}
	return id.String()
}

// position is the line's place in the log, as ce_position has it.
func position(p projections.LinePlace) string { return fmt.Sprintf("%d:%d", p.Shard, p.Position) }

// csvSheet writes records that all have the same fields.
type csvSheet struct{ out *csv.Writer }

func (s csvSheet) head() error {
	names := make([]string, 0, len(columns)+len(controlColumns))
	for _, c := range columns {
		names = append(names, c.name)
	}
	return s.record(append(names, controlColumns...))
}

func (s csvSheet) line(r *row) error {
	cells := make([]string, 0, len(columns)+len(controlColumns))
	for _, c := range columns {
		cells = append(cells, cell(c.of(r)))
	}
	return s.record(append(cells, "", ""))
}

func (s csvSheet) total(t Total) error {
	filled := map[string]string{
		"lineId": TotalID, "kind": TotalID, "ledger": string(t.Ledger), "amount": t.Amount, "currency": t.Currency,
	}
	cells := make([]string, 0, len(columns)+len(controlColumns))
	for _, c := range columns {
		cells = append(cells, filled[c.name])
	}
	return s.record(append(cells, strconv.FormatInt(t.Lines, 10), t.Hash.String()))
}

// record writes through: the file below it has its own buffer.
func (s csvSheet) record(cells []string) error {
	if err := s.out.Write(cells); err != nil {
		return err
	}
	s.out.Flush()
	return s.out.Error()
}
