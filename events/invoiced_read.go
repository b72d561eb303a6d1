package events

import (
	"bytes"
	"time"

	"tenure/billing"
)

// invoicedType is the one that there are most of.
var invoicedType = EmployeeInvoiced{}.EventType()

// readInvoiced reads an EmployeeInvoiced as AppendJSON writes it, if it has lines and nothing behind them: what a run
// makes of nearly everybody. false: encoding/json reads it, or says what is wrong.
func readInvoiced(raw []byte) (e EmployeeInvoiced, ok bool) {
	rest, ok := bytes.CutPrefix(raw, []byte(`{"run":"`))
	run, rest, found := bytes.Cut(rest, []byte(`","asOf":"`))
	if !ok || !found || !plain(run) || len(rest) < len(time.DateOnly) {
		return e, false
	}
	e.Run = string(run)
	if e.AsOf.UnmarshalText(rest[:len(time.DateOnly)]) != nil {
		return e, false
	}
	if rest, ok = bytes.CutPrefix(rest[len(time.DateOnly):], []byte(`","lines":[{`)); !ok {
		return e, false
	}
	rest = raw[len(raw)-len(rest)-1:] // from the brace of the first line on
	e.Lines = make([]billing.Line, bytes.Count(rest, []byte(`{"lineId":`)))
	var last *billing.Line
	for i := range e.Lines {
		if i > 0 {
			if rest, ok = bytes.CutPrefix(rest, []byte(",")); !ok {
				return e, false
			}
		}
		if rest, ok = e.Lines[i].ReadJSON(rest, last); !ok {
			return e, false
		}
		last = &e.Lines[i]
	}
	return e, string(rest) == "]}"
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
