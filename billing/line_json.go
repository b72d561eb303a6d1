package billing

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/google/uuid"
)

// lineWire is a line as JSON, in the order in which [Line.AppendJSON] writes it;
// a test holds the two together. Both ends are written: toExclusive is the one that
// is read back, toInclusive is for people (rule 1). Money is strings.
type lineWire struct {
	ID           uuid.UUID  `json:"lineId"`
	Kind         Kind       `json:"kind"`
	Ledger       Ledger     `json:"ledger"`
	Employee     string     `json:"employee"`
	BillTo       string     `json:"billTo"`
	Source       string     `json:"source"`
	Product      string     `json:"product"`
	Name         string     `json:"name,omitempty"`
	Description  string     `json:"description,omitempty"`
	From         Date       `json:"from"`
	ToExclusive  Date       `json:"toExclusive"`
	ToInclusive  Date       `json:"toInclusive"`
	Units        Amount     `json:"units"`
	UnitPrice    string     `json:"unitPrice"`
	Months       *Ratio     `json:"months"`
	Amount       string     `json:"amount"`
	Currency     string     `json:"currency"`
	CorrectsLine *uuid.UUID `json:"correctsLine,omitempty"`
	Revision     int        `json:"revision"`
	Reason       string     `json:"reason"`
	Actor        string     `json:"actor,omitempty"`
	PriceSource  string     `json:"priceSource,omitempty"`
	Explanation  string     `json:"explanation"`
	Whole        *Share     `json:"whole,omitempty"`
	Included     Amount     `json:"included,omitzero"`
	Recurrence   Recurrence `json:"recurrence,omitempty"`
	Anchor       Anchor     `json:"anchor,omitzero"`
	FullMonth    bool       `json:"recurrenceFullMonth,omitempty"`
	PolicyFrom   Date       `json:"policyFrom,omitzero"`
	Manual       bool       `json:"manual,omitempty"`
	Waive        bool       `json:"waive,omitempty"`
	BookingDate  Date       `json:"bookingDate,omitzero"`
	DocumentRef  string     `json:"documentRef,omitempty"`
	Events       []string   `json:"events,omitempty"`
}

// priceDecimals are the least decimals a unit price is written with, whatever
// the currency's scale: prices are read as prices.
const priceDecimals = 2

// UnmarshalJSON reads what AppendJSON writes.
func (l *Line) UnmarshalJSON(b []byte) error {
	var w lineWire
	if err := json.Unmarshal(b, &w); err != nil {
		return err
	}
	price, err := ParseAmount(unpadded(w.UnitPrice))
	if err != nil {
		return fmt.Errorf("unitPrice: %w", err)
	}
	amount, err := ParseAmount(w.Amount)
	if err != nil {
		return fmt.Errorf("amount: %w", err)
	}
	*l = Line{
		ID: w.ID, Kind: w.Kind, Ledger: w.Ledger, Employee: w.Employee, BillTo: w.BillTo, Source: w.Source,
		Product: w.Product, Period: Period{w.From, w.ToExclusive}, Units: w.Units, UnitPrice: price, Amount: amount,
		Scale: decimals(w.Amount), Currency: w.Currency, Revision: w.Revision, Reason: w.Reason, Actor: w.Actor,
		PriceSource: w.PriceSource, Whole: w.Whole, Included: w.Included, Recurrence: w.Recurrence, Anchor: w.Anchor,
		FullMonth: w.FullMonth, PolicyFrom: w.PolicyFrom,
		Manual: w.Manual, Waive: w.Waive, BookingDate: w.BookingDate, DocumentRef: w.DocumentRef, Events: w.Events,
	}
	if w.Name != "" || w.Description != "" {
		l.Text = &Text{w.Name, w.Description}
	}
	if w.Months != nil {
		l.Months = *w.Months
	}
	if w.CorrectsLine != nil {
		l.CorrectsLine = *w.CorrectsLine
	}
	return nil
}

// unpadded takes the zeros away that priceDecimals adds: a price of 17 digits is
// written with 19, which is more than an amount may have.
func unpadded(s string) string {
	if strings.IndexByte(s, '.') < 0 {
		return s
	}
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}

// decimals is how many decimals a written amount has.
func decimals(s string) uint8 {
	if i := strings.IndexByte(s, '.'); i >= 0 {
		return uint8(len(s) - i - 1)
	}
	return 0
}
