package events

import (
	"bytes"
	"encoding/json"
	"errors"
)

// InvoiceNumber is the legal number of a document: a text, such as "2026-0001". Events and states of older logs have
// whole numbers, which are read as their digits.
type InvoiceNumber string

var errInvoiceNumber = errors.New("must be a text")

// UnmarshalJSON reads a text, or a whole number above 0 as its digits.
func (n *InvoiceNumber) UnmarshalJSON(raw []byte) error {
	raw = bytes.TrimSpace(raw)
	if len(raw) > 0 && raw[0] == '"' {
		var text string
		if err := json.Unmarshal(raw, &text); err != nil {
			return errInvoiceNumber
		}
		*n = InvoiceNumber(text)
		return nil
	}
	if string(raw) == "null" {
		*n = ""
		return nil
	}
	if len(raw) == 0 || raw[0] == '0' || len(bytes.Trim(raw, "0123456789")) > 0 {
		return errInvoiceNumber
	}
	*n = InvoiceNumber(raw)
	return nil
}
