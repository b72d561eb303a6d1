package events

import (
	"encoding/json"

	"tenure/billing"
)

// Extension is a PBX extension that belongs to an employee. How it is called and reached says something about a person:
// on the wire it stands in personal.
type Extension struct {
	ID       string
	Number   string // local
	Name     string
	Product  string // what it is billed as; none: it is not
	Direct   string // its number from outside
	Mobile   IDs    // mobile numbers that belong to it, E.164
	Redirect string // where it is redirected to when called
}

// MvnoAccount is a mobile account that belongs to an employee. Its number and its name say something about a person: on
// the wire they stand in personal.
type MvnoAccount struct {
	ID          string
	Number      string // E.164
	Name        string
	NumberState string // IN_USE, PORTING_IN, PORTING_OUT
	State       string // ACTIVE, CREATING, DELETING, BLOCKED
	RatePlan    string
	NewRatePlan string
	Updating    bool  // accounting is being updated: nothing may change meanwhile
	PBX         int64 // which PBX it belongs to; 0: none
	Sim         Sim
}

// Sim is what is known of an account's SIM card.
type Sim struct {
	Network string `json:"network,omitempty"` // TELENOR, TDC
}

// called is how something is called and reached.
type called struct {
	Number   string `json:"number,omitempty"`
	Name     string `json:"name,omitempty"`
	Direct   string `json:"direct,omitempty"`
	Mobile   IDs    `json:"mobile,omitempty"`
	Redirect string `json:"redirect,omitempty"`
}

// extensionWire is an extension as JSON. What version 1 of its events had beside its id is read, and not written.
type extensionWire struct {
	ID string `json:"_id"`
	called
	Product  string `json:"product,omitempty"`
	Personal called `json:"personal,omitzero"`
}

// MarshalJSON writes how it is called and reached into personal.
func (x Extension) MarshalJSON() ([]byte, error) {
	return json.Marshal(extensionWire{ID: x.ID, Product: x.Product,
		Personal: called{x.Number, x.Name, x.Direct, x.Mobile, x.Redirect}})
}

// UnmarshalJSON reads both forms.
func (x *Extension) UnmarshalJSON(raw []byte) error {
	var w extensionWire
	if err := json.Unmarshal(raw, &w); err != nil {
		return err
	}
	p := w.Personal.or(w.called)
	*x = Extension{w.ID, p.Number, p.Name, w.Product, p.Direct, p.Mobile, p.Redirect}
	return nil
}

// or takes what version 1 had where there is nothing else.
func (c called) or(former called) called {
	if c == (called{}) {
		return former
	}
	return c
}

// accountWire is an account as JSON. What version 1 of its events had beside its id is read, and not written.
type accountWire struct {
	ID string `json:"_id"`
	called
	NumberState string `json:"numberState,omitempty"`
	State       string `json:"state,omitempty"`
	RatePlan    string `json:"ratePlan,omitempty"`
	NewRatePlan string `json:"newRatePlan,omitempty"`
	Updating    bool   `json:"updating,omitempty"`
	PBX         int64  `json:"pbx,omitempty"`
	Sim         Sim    `json:"mvnoSim,omitzero"`
	Personal    called `json:"personal,omitzero"`
}

// MarshalJSON writes number and name into personal.
func (a MvnoAccount) MarshalJSON() ([]byte, error) {
	return json.Marshal(accountWire{
		ID:          a.ID,
		NumberState: a.NumberState,
		State:       a.State,
		RatePlan:    a.RatePlan,
		NewRatePlan: a.NewRatePlan,
		Updating:    a.Updating,
		PBX:         a.PBX,
		Sim:         a.Sim,
		Personal:    called{Number: a.Number, Name: a.Name},
	})
}

// UnmarshalJSON reads both forms.
func (a *MvnoAccount) UnmarshalJSON(raw []byte) error {
	var w accountWire
	if err := json.Unmarshal(raw, &w); err != nil {
		return err
	}
	personal := w.Personal.or(w.called)
	*a = MvnoAccount{
		ID:          w.ID,
		Number:      personal.Number,
		Name:        personal.Name,
		NumberState: w.NumberState,
		State:       w.State,
		RatePlan:    w.RatePlan,
		NewRatePlan: w.NewRatePlan,
		Updating:    w.Updating,
		PBX:         w.PBX,
		Sim:         w.Sim,
	}
	return nil
}

// ExtensionAssigned gives the employee an extension, or changes what is known of it.
type ExtensionAssigned struct {
	Extension Extension `json:"extension"`
}

// EventType is employee.extension_assigned.v2.
func (ExtensionAssigned) EventType() string { return "employee.extension_assigned.v2" }

// MvnoAccountAttached gives the employee a mobile account, or changes what is known of it.
type MvnoAccountAttached struct {
	Account MvnoAccount `json:"account"`
}

// EventType is employee.mvno_account_attached.v2.
func (MvnoAccountAttached) EventType() string { return "employee.mvno_account_attached.v2" }

// MvnoAccountRestored brings back an account whose deletion was asked for by mistake: its provider keeps it, and it has
// no employee any more.
type MvnoAccountRestored struct {
	Account MvnoAccount `json:"account"`
}

// EventType is employee.mvno_account_restored.v2.
func (MvnoAccountRestored) EventType() string { return "employee.mvno_account_restored.v2" }

// ExtensionUnassigned takes an extension from the employee; it lives on without an employee.
type ExtensionUnassigned struct {
	ID string `json:"_id"`
}

// EventType is employee.extension_unassigned.v1.
func (ExtensionUnassigned) EventType() string { return "employee.extension_unassigned.v1" }

// MvnoAccountDetached takes an account from the employee; it lives on without an employee.
type MvnoAccountDetached struct {
	ID string `json:"_id"`
}

// EventType is employee.mvno_account_detached.v1.
func (MvnoAccountDetached) EventType() string { return "employee.mvno_account_detached.v1" }

// HoldingRated says as which product a mobile account or an extension is billed from a local day on; none: not any
// more.
type HoldingRated struct {
	Source  string       `json:"source"` // mvno/<id> or extension/<id>
	Product string       `json:"product,omitempty"`
	From    billing.Date `json:"from"`
}

// EventType is employee.holding_rated.v1.
func (HoldingRated) EventType() string { return "employee.holding_rated.v1" }
