package bus

import (
	"fmt"
	"math/bits"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"tenure/internal/signing"
)

// headerBytesMax bounds one attribute: the longest we write, a schema's address,
// is a fifth of it, and it has to fit an index of the database.
const headerBytesMax = 512

// specVersion is the version of CloudEvents that we read and write.
const specVersion = "1.0"

// contentType is what our values are.
const contentType = "application/json"

// Envelope is the CloudEvents 1.0 attributes of a message, in Kafka's binary mode:
// one header each, named ce_ and the attribute, and the value as it is.
type Envelope struct {
	// ID of the message, unique per source.
	ID string
	// Type such as employee.create.v1.
	Type string
	// Source says which program made it.
	Source string
	// Subject is whom it is about, and the key of the message.
	Subject string
	// Time is when it happened or was ordered, UTC.
	Time time.Time
	// DataSchema is the address of the value's JSON Schema; may be empty.
	DataSchema string
	// TraceParent is W3C trace context; may be empty.
	TraceParent string
	// CommandID identifies what the sender wants once; may be empty.
	CommandID string
	// CausationID is the id of the message that led to this one; may be empty.
	CausationID string
	// RunID is the run that it belongs to; may be empty.
	RunID string
	// Position is shard:pos in the log; see [FormatPosition]. May be empty.
	Position string
	// Replay names the replay that sent it again; empty for the first time.
	Replay string
	// Proof is the signature of a command, see package signing; may be empty.
	Proof string
}

// attribute ties a header to its field. Check returns the rule that a value breaks.
type attribute struct {
	header   string
	required bool
	harmless bool // it decides nothing: one that is doubled or cannot be read is left out
	field    func(*Envelope) *string
	check    func(e *Envelope, value string) (rule string)
}

var attributes = []attribute{
	{header: "ce_specversion", required: true, check: checkSpecVersion},
	{header: "ce_id", required: true, field: func(e *Envelope) *string { return &e.ID }},
	{header: "ce_type", required: true, field: func(e *Envelope) *string { return &e.Type }},
	{header: "ce_source", required: true, field: func(e *Envelope) *string { return &e.Source }},
	{header: "ce_subject", required: true, field: func(e *Envelope) *string { return &e.Subject }},
	{header: "ce_time", check: checkTime},
	{header: "ce_dataschema", field: func(e *Envelope) *string { return &e.DataSchema }},
	{header: "content-type", check: checkContentType},
	{header: "traceparent", harmless: true, field: func(e *Envelope) *string { return &e.TraceParent }},
	{header: "ce_commandid", field: func(e *Envelope) *string { return &e.CommandID }},
	{header: "ce_causationid", field: func(e *Envelope) *string { return &e.CausationID }},
	{header: "ce_runid", field: func(e *Envelope) *string { return &e.RunID }},
	{header: "ce_position", field: func(e *Envelope) *string { return &e.Position }},
	{header: "ce_replay", field: func(e *Envelope) *string { return &e.Replay }},
	{header: signing.Header, field: func(e *Envelope) *string { return &e.Proof }},
}

// knownHeaders interns header names; attributeOf and requiredAttributes (a bit
// each) are read per message.
var knownHeaders, attributeOf, requiredAttributes = indexAttributes()

func indexAttributes() (names map[string]string, index map[string]int, required uint32) {
	names, index = map[string]string{}, map[string]int{}
	for i, a := range attributes {
		names[a.header], index[a.header] = a.header, i
		if a.required {
			required |= 1 << i
		}
	}
	return names, index, required
}

func checkSpecVersion(_ *Envelope, value string) string {
	if value != specVersion {
		return "must be " + specVersion
	}
	return ""
}

// timeForm is RFC 3339, whose letters may be small; a time without a zone is none.
var timeForm = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$`)

func checkTime(e *Envelope, value string) string {
	value = strings.ToUpper(value)
	t, err := time.Parse(time.RFC3339Nano, value)
	if err != nil || !timeForm.MatchString(value) || t.Year() < 1970 {
		return "must be a time with a zone as RFC 3339 writes it, since 1970"
	}
	e.Time = t.UTC()
	return ""
}

func checkContentType(_ *Envelope, value string) string {
	if value != "" && !strings.EqualFold(mediaType(value), contentType) {
		return "must be " + contentType
	}
	return ""
}

// DecodeEnvelope reads the attributes among headers and ignores all others. Its
// error is a *[Malformed] that names the first header that is wrong and the rule;
// the envelope then has what can be read, so that its sender can be answered.
//
// Trace context decides nothing: where it is doubled or odd, a new trace begins.
func DecodeEnvelope(headers []Header) (Envelope, error) {
	var e Envelope
	var seen uint32
	var wrong error
	for _, h := range headers {
		i, known := attributeOf[h.Key]
		if !known {
			continue
		}
		a := &attributes[i]
		twice := seen&(1<<i) != 0
		seen |= 1 << i
		err := a.take(&e, h.Value)
		if twice {
			a.clear(&e)
			err = &Malformed{Reason: ReasonHeaderTwice, Property: a.header, Rule: "must be there once"}
		}
		if err == nil {
			continue
		}
		if a.harmless {
			a.clear(&e)
		} else if wrong == nil {
			wrong = err
		}
	}
	if wrong != nil {
		return e, wrong
	}
	if missing := requiredAttributes &^ seen; missing != 0 {
		first := attributes[bits.TrailingZeros32(missing)]
		return e, &Malformed{Reason: ReasonHeaderMissing, Property: first.header, Rule: "is missing"}
	}
	return e, nil
}

// clear takes a value back: which of two is meant cannot be known.
func (a *attribute) clear(e *Envelope) {
	if a.field != nil {
		*a.field(e) = ""
	}
}

func (a *attribute) take(e *Envelope, raw []byte) error {
	if len(raw) > headerBytesMax {
		return &Malformed{Reason: ReasonHeaderTooLong, Property: a.header,
			Rule: fmt.Sprintf("must have at most %d bytes", headerBytesMax)}
	}
	if !plainText(raw) {
		return &Malformed{Reason: ReasonHeaderText, Property: a.header, Rule: "must be UTF-8 without control characters"}
	}
	if a.required && len(raw) == 0 {
		return &Malformed{Reason: ReasonHeaderMissing, Property: a.header, Rule: "must not be empty"}
	}
	value := string(raw)
	if a.field != nil {
		*a.field(e) = value
		return nil
	}
	if rule := a.check(e, value); rule != "" {
		return &Malformed{Reason: ReasonHeaderValue, Property: a.header, Rule: rule}
	}
	return nil
}

// plainText refuses control characters too: PostgreSQL cannot store NUL, and a
// line break in an id would forge lines of a log.
func plainText(raw []byte) bool {
	for _, c := range raw {
		if c < ' ' || c == 0x7f {
			return false
		}
	}
	return utf8.Valid(raw)
}

// Headers returns the attributes as headers, in the order of the table; those
// that are empty and may be are left out.
func (e Envelope) Headers() []Header {
	headers := make([]Header, 0, len(attributes))
	var values []byte // all of them in one piece: a message has a dozen
	for i := range attributes {
		a := &attributes[i]
		var value string
		switch {
		case a.field != nil:
			value = *a.field(&e)
		case a.header == "ce_specversion":
			value = specVersion
		case a.header == "ce_time":
			if !e.Time.IsZero() {
				value = e.Time.UTC().Format(time.RFC3339Nano)
			}
		default:
			value = contentType
		}
		if value != "" || a.required {
			if len(value) > cap(values)-len(values) {
				values = make([]byte, 0, max(headerValuesBytes, len(value)))
			}
			from := len(values)
			values = append(values, value...)
			headers = append(headers, Header{Key: a.header, Value: values[from:len(values):len(values)]})
		}
	}
	return headers
}

// About returns the headers of a message of the same type, place and time about another
// subject, whose id is the message's as well: a night makes half a dozen of them at once,
// and most of their bytes are the same.
func About(headers []Header, id string) []Header {
	other := slices.Clone(headers)
	for i := range other {
		if name := other[i].Key; name == "ce_id" || name == "ce_subject" {
			other[i].Value = []byte(id)
		}
	}
	return other
}

// FormatPosition writes a position of the log as ce_position has it.
func FormatPosition(shard int32, pos int64) string {
	return strconv.Itoa(int(shard)) + ":" + strconv.FormatInt(pos, 10)
}

// headerValuesBytes is what the values of a message's headers have together, mostly.
const headerValuesBytes = 416

// ParsePosition reads what [FormatPosition] wrote; its error is a *[Malformed].
func ParsePosition(position string) (shard int32, pos int64, err error) {
	left, right, found := strings.Cut(position, ":")
	s, errShard := strconv.ParseInt(left, 10, 32)
	pos, errPos := strconv.ParseInt(right, 10, 64)
	if !found || errShard != nil || errPos != nil || s < 0 || pos < 0 {
		return 0, 0, &Malformed{Reason: ReasonHeaderValue, Property: "ce_position", Rule: "must be shard:position"}
	}
	return int32(s), pos, nil
}
