package schemas_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/contract"
	"tenure/domain"
	"tenure/events"
)

// The people and products of the samples.
const (
	sampleEmployee = "5e0000000000000000000001"
	sampleCustomer = "5c0000000000000000000001"
	sampleReseller = "5a0000000000000000000001"
	sampleProduct  = "5b0000000000000000000001"
	sampleExtra    = "5b0000000000000000000002"
	samplePlan     = "5b0000000000000000000003"
	sampleAddon    = "5d0000000000000000000001"
	sampleAccount  = "a00000000000000000000001"
	sampleDocument = "2026-11/CUSTOMER/5c0000000000000000000001/DKK"
)

// sampleWorld is a day in October with the catalogue of the samples.
func sampleWorld() domain.World {
	now := time.Date(2026, 10, 12, 10, 0, 0, 0, time.UTC)
	facts := []struct {
		stream string
		event  events.Event
	}{
		{"reseller/" + sampleReseller, events.ResellerPut{Currency: "DKK"}},
		{"customer/" + sampleCustomer, events.CustomerPut{Reseller: sampleReseller, Currency: "DKK",
			Features: []string{"PBX"}}},
		{"product/" + sampleProduct, events.ProductPut{Type: "PBX_USER", Recurrence: "MONTHLY"}},
		{"product/" + sampleExtra, events.ProductPut{Type: "OTHER", Recurrence: "MONTHLY"}},
		{"product/" + samplePlan, events.ProductPut{Type: "MVNO_RATEPLAN", Recurrence: "MONTHLY"}},
	}
	catalog := domain.EmptyCatalog()
	for i, f := range facts {
		catalog = catalog.With(events.Recorded{Stream: f.stream, Position: int64(i + 1), Event: f.event})
	}
	return domain.World{
		Booked: &domain.BookedLines{Lines: 1_000}, Now: now, Catalog: catalog, Policy: billing.DefaultPolicy(), Number: 1024,
		Actor: events.Actor{AccessLevel: "ADMIN"}}
}

// histories are what has happened to the subject of a sample; by type, or by kind.
var histories = map[string][]events.Event{
	"employee.create.v1": nil,
	domain.KindEmployee: {
		events.EmployeeCreated{Number: 1024, Customer: sampleCustomer, Reseller: sampleReseller, Currency: "DKK",
			AccessLevel: "NO_LOGIN",
			State:       "ENABLED", On: billing.MustDate("2026-01-01")},
		events.ProductAssigned{Product: sampleProduct, From: billing.MustDate("2026-01-01")},
		events.AddonAdded{Addon: events.Addon{ID: sampleAddon, Product: sampleExtra, Units: billing.One,
			Start: billing.MustDate("2026-10-12")}},
		events.MvnoAccountAttached{Account: events.MvnoAccount{ID: sampleAccount, State: "ACTIVE"}},
	},
	domain.KindDocument: {events.DocumentIssued{DocumentRef: sampleDocument, Ledger: billing.Customer, Lines: 4,
		Total: events.NewMoney(decimal.RequireFromString("79"), 2), Hash: uuid.Nil}},
	"catalog.put_product.v1": nil,
	domain.KindProduct:       {events.ProductPut{Type: "PBX_USER", Recurrence: "MONTHLY"}},
}

var subjects = map[string]string{
	domain.KindEmployee: sampleEmployee, domain.KindProduct: sampleProduct, domain.KindCustomer: sampleCustomer,
	domain.KindReseller: sampleReseller, domain.KindDocument: sampleDocument,
}

// decided gives a command's value to the domain.
func decided(t *testing.T, name string, raw []byte) error {
	t.Helper()
	_, err := outcomeOf(t, name, raw)
	return err
}

// outcomeOf gives what a command leads to.
func outcomeOf(t *testing.T, name string, raw []byte) ([]events.Event, error) {
	t.Helper()
	c, err := domain.DecodeCommand(name, dataOf(t, raw))
	if err != nil {
		return nil, err
	}
	history, own := histories[name]
	if !own {
		history = histories[c.Kind()]
	}
	subject, err := domain.NewSubject(domain.Stream(c.Kind(), subjects[c.Kind()]))
	require.NoError(t, err)
	for _, e := range history {
		subject.Evolve(e)
	}
	return subject.Decide(c, sampleWorld())
}

// TestCommands_RequireWhatIsRequired holds the table of required properties to what the domain decides.
func TestCommands_RequireWhatIsRequired(t *testing.T) {
	t.Parallel()
	for _, name := range domain.CommandTypes() {
		required := slices.Clone(find(t, name).Schema().Defs["Data"].Required)
		if len(required) == 0 {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.NoError(t, decided(t, name, sample(t, name)), "the sample is accepted")
			for _, property := range required {
				assert.Error(t, decided(t, name, changed(t, sample(t, name), "data", property, nil)), "without %s it is refused",
					property)
			}
		})
	}
}

// TestCommands_TakeEveryPropertyInItsType gives each property of an employee a value of its type, and one of another.
func TestCommands_TakeEveryPropertyInItsType(t *testing.T) {
	t.Parallel()
	right := map[string]string{"boolean": "true", "array": "[]", "object": "{}"}
	s := find(t, "employee.update.v1").Schema().Defs["Data"]
	for _, name := range domain.PropertyNames() {
		kind := s.Properties[name].Type[0]
		if value := right[kind]; value != "" {
			assert.NoError(t, updated(t, name, value), "%s is a %s", name, kind)
		}
		if kind != "string" {
			assert.Error(t, updated(t, name, `"a text"`), "%s is no text", name)
			continue
		}
		assert.Error(t, updated(t, name, "[[]]"), "%s is a text", name)
	}
}

func updated(t *testing.T, name, value string) error {
	t.Helper()
	raw, err := json.Marshal(map[string]any{"actor": map[string]string{},
		"data": json.RawMessage(`{"` + name + `":` + value + `}`)})
	require.NoError(t, err)
	err = decided(t, "employee.update.v1", raw)
	if err != nil && strings.Contains(err.Error(), "HUMAN_TASK") {
		return nil
	}
	return err
}

// TestCommands_AreAllThere keeps the published names.
func TestCommands_AreAllThere(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"employee.create.v1", "employee.update.v1", "catalog.put_product.v1",
		"billing.record_invoice_number.v1"} {
		assert.Equal(t, contract.In, find(t, name).Direction)
	}
}
