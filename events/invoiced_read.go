package events

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"tenure/billing"
)

// invoicedType is the one that there are most of.
var invoicedType = EmployeeInvoiced{}.EventType()

// DecodeInvoiced is Decode of an EmployeeInvoiced, and the stored JSON of each of its lines, which is part of raw:
// whoever passes lines on need not find them once more.
func DecodeInvoiced(raw []byte) (e EmployeeInvoiced, lines [][]byte, err error) {
	if e, lines, ok := readInvoiced(raw); ok {
		return e, lines, nil
	}
	var stored struct {
		Lines []json.RawMessage `json:"lines"`
	}
	if err = json.Unmarshal(raw, &e); err == nil {
		err = json.Unmarshal(raw, &stored)
	}
	if err != nil {
		return e, nil, fmt.Errorf("events: decode %s: %w", invoicedType, err)
	}
	for _, line := range stored.Lines {
		lines = append(lines, line)
	}
	return e, lines, nil
}

// readInvoiced reads an EmployeeInvoiced as AppendJSON writes it, if it has lines and nothing behind them: what a run
// makes of nearly everybody. false: encoding/json reads it, or says what is wrong.
func readInvoiced(raw []byte) (e EmployeeInvoiced, lines [][]byte, ok bool) {
	rest, ok := bytes.CutPrefix(raw, []byte(`{"run":"`))
	run, rest, found := bytes.Cut(rest, []byte(`","asOf":"`))
	if !ok || !found || !plain(run) || len(rest) < len(time.DateOnly) {
		return e, nil, false
	}
	e.Run = string(run)
	if e.AsOf.UnmarshalText(rest[:len(time.DateOnly)]) != nil {
		return e, nil, false
	}
	if rest, ok = bytes.CutPrefix(rest[len(time.DateOnly):], []byte(`","lines":[{`)); !ok {
		return e, nil, false
	}
	rest = raw[len(raw)-len(rest)-1:] // from the brace of the first line on
	e.Lines = make([]billing.Line, bytes.Count(rest, []byte(`{"lineId":`)))
	lines = make([][]byte, len(e.Lines))
	var last *billing.Line
	for i := range e.Lines {
		if i > 0 {
			if rest, ok = bytes.CutPrefix(rest, []byte(",")); !ok {
				return e, nil, false
			}
		}
		from := rest
		if rest, ok = e.Lines[i].ReadJSON(rest, last); !ok {
			return e, nil, false
		}
		lines[i] = from[:len(from)-len(rest)]
		last = &e.Lines[i]
	}
	return e, lines, string(rest) == "]}"
}

// plain tells that a JSON text stands for itself.
func plain(text []byte) bool {
	for _, c := range text {
		if c < ' ' || c == '"' || c == '\\' || c > '~' {
			return false
		}
	}
	return true
}
