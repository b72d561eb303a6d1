package schemas

import (
	"encoding/json"
	"reflect"
	"strings"
	"time"

	"github.com/google/uuid"

	"tenure/billing"
	"tenure/contract"
	"tenure/domain"
	"tenure/events"
)

// The forms of texts. A decimal has no exponent and no plus; a date that a program always writes may be empty where
// there is none, such as the days of a line that a person made.
const (
	decimalForm  = `^-?[0-9]+(\.[0-9]+)?$`
	amountForm   = `^-?[0-9]{1,18}(\.[0-9]{1,6})?$`
	dateForm     = `^([0-9]{4}-[0-9]{2}-[0-9]{2})?$`
	dayForm      = `^([0-9]{4}-[0-9]{2}-[0-9]{2}([Tt][0-9:.]+([Zz]|[+-][0-9]{2}:[0-9]{2}))?)?$`
	ratioForm    = `^([0-9]+(/[0-9]+)?)?$`
	positionForm = `^[0-9]+:[0-9]+$`
)

// formsOfField are the forms of texts that a Go type does not tell, by struct and field.
var formsOfField = map[string]string{
	"lineWire.UnitPrice": decimalForm,
	"lineWire.Amount":    decimalForm,
	"Shown.Quantity":     decimalForm,
	"Outcome.Position":   positionForm,
}

var (
	rawType  = reflect.TypeFor[json.RawMessage]()
	dateType = reflect.TypeFor[billing.Date]()

	optionalType = reflect.TypeFor[domain.Optional[string]]()
)

// named describes the types that write and read themselves; nil for all others.
func (g *generator) named(t reflect.Type) *Schema {
	if t.PkgPath() == optionalType.PkgPath() && strings.HasPrefix(t.Name(), "Optional[") {
		value, _ := t.FieldByName("value")
		return g.value(value.Type)
	}
	switch t {
	case reflect.TypeFor[billing.Amount]():
		return g.decimal(amountForm)
	case reflect.TypeFor[events.Money]():
		return g.decimal(decimalForm)
	case dateType, reflect.TypeFor[domain.DateOnly]():
		return matching(dateForm)
	case reflect.TypeFor[domain.Day](), reflect.TypeFor[contract.Instant]():
		return matching(dayForm)
	case reflect.TypeFor[events.InvoiceNumber]():
		return g.invoiceNumber()
	case reflect.TypeFor[time.Time](), untilType:
		return formatted("date-time")
	case reflect.TypeFor[uuid.UUID]():
		return formatted("uuid")
	case reflect.TypeFor[events.IDs]():
		return listOf(text())
	case reflect.TypeFor[domain.PolicyValue]():
		return &Schema{AnyOf: []*Schema{text(), {Type: Types{"number", "boolean"}}, listOf(text())}}
	}
	return namedText(t)
}

func namedText(t reflect.Type) *Schema {
	switch t {
	case reflect.TypeFor[billing.Ratio]():
		return matching(ratioForm)
	case reflect.TypeFor[billing.Anchor]():
		return text()
	case rawType:
		return &Schema{}
	}
	return nil
}

// untilType is when a presence ends. The type is domain's own, the field is published.
var untilType = func() reflect.Type {
	f, ok := reflect.TypeFor[domain.SetPresence]().FieldByName("Expire")
	if !ok {
		panic("schemas: a presence has no expiry")
	}
	return f.Type
}()

// decimal is a decimal as a text; commands may bring a JSON number instead, as it is written and without an exponent.
func (g *generator) decimal(form string) *Schema {
	if !g.in {
		return matching(form)
	}
	return &Schema{AnyOf: []*Schema{matching(form), {Type: Types{"number"}}}}
}

// invoiceNumber is a text; commands may bring a whole number instead.
func (g *generator) invoiceNumber() *Schema {
	if !g.in {
		return text()
	}
	return &Schema{Type: Types{"string", "integer"}}
}

// wireForms are structs that write themselves in the form of another struct.
var wireForms = map[reflect.Type]reflect.Type{
	reflect.TypeFor[billing.Line]():       reflect.TypeOf(billing.WireForm()),
	reflect.TypeFor[events.Extension]():   reflect.TypeFor[extensionForm](),
	reflect.TypeFor[events.MvnoAccount](): reflect.TypeFor[accountForm](),
}

// calledForm is what an extension and an account have in personal.
type calledForm struct {
	Number   string     `json:"number,omitempty"`
	Name     string     `json:"name,omitempty"`
	Direct   string     `json:"direct,omitempty"`
	Mobile   events.IDs `json:"mobile,omitempty"`
	Redirect string     `json:"redirect,omitempty"`
}

// extensionForm is events.Extension as JSON.
type extensionForm struct {
	ID       string     `json:"_id"`
	Product  string     `json:"product,omitempty"`
	Personal calledForm `json:"personal,omitzero"`
}

// accountForm is events.MvnoAccount as JSON.
type accountForm struct {
	ID          string     `json:"_id"`
	NumberState string     `json:"numberState,omitempty"`
	State       string     `json:"state,omitempty"`
	RatePlan    string     `json:"ratePlan,omitempty"`
	NewRatePlan string     `json:"newRatePlan,omitempty"`
	Updating    bool       `json:"updating,omitempty"`
	PBX         int64      `json:"pbx,omitempty"`
	Sim         events.Sim `json:"mvnoSim,omitzero"`
	Personal    calledForm `json:"personal,omitzero"`
}

// commandTypes are the commands; some take their data apart by themselves, and are described as the structs that they
// are.
var commandTypes = func() map[reflect.Type]bool {
	all := map[reflect.Type]bool{}
	for _, name := range domain.CommandTypes() {
		all[commandType(name)] = true
	}
	return all
}()

func commandType(name string) reflect.Type {
	c, err := domain.DecodeCommand(name, nil)
	if err != nil {
		panic(err) // a name of CommandTypes
	}
	return reflect.TypeOf(c)
}
