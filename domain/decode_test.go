package domain_test

import (
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/domain"
	"tenure/events"
)

func TestDecode_NamesTheUnreadableProperty(t *testing.T) {
	t.Parallel()
	const digits19, decimals7 = "1234567890123456789", "0.1234567"
	rows := []struct{ name, command, data, want string }{
		{"unknown property", "employee.add_addon.v1", `{"_id":"a1","unitprices":1}`,
			"422 unitprices: is not a property of this command"},
		{"unknown property beside attributes", "employee.create.v1", `{"name":"x","nickname":"y"}`,
			"422 nickname: is not a property of this command"},
		{"unknown property of an update", "employee.update.v1", `{"nickname":"y"}`,
			"422 nickname: is not a property of this command"},
		{"unknown property in a list", "employee.create.v1", `{"name":"x","addonProducts":[{"unit":1}]}`,
			"422 unit: is not a property of this command"},
		{"a number for a text", "employee.create.v1", `{"name":"x","state":7}`, "422 state: must be a string, not a number"},
		{"a text for a flag", "employee.schedule_deletion.v1", `{"deleteExtensions":"yes"}`,
			"422 deleteExtensions: must be a boolean, not a string"},
		{"an object for a list", "employee.create.v1", `{"name":"x","addonProducts":{}}`,
			"422 addonProducts: must be a list, not an object"},
		{"a text for an object in a list", "employee.create.v1", `{"name":"x","addonProducts":["a"]}`,
			"422 addonProducts: must be an object, not a string"},
		{
			"a number for a text in a list",
			"employee.create.v1",
			`{"name":"x","addonProducts":[{"_id":"a"},{"_id":1}]}`,
			"422 addonProducts._id: must be a string, not a number",
		},
		{"a fraction for a text", "billing.record_invoice_number.v1", `{"invoiceNumber":12.5}`,
			"422 invoiceNumber: must be a text"},
		{"a list for a date", "employee.update.v1", `{"effective":[]}`, "422 effective: must be a string, not an array"},
		{"a flag for an amount", "employee.add_addon.v1", `{"units":true}`,
			`422 units: amount "true": not a plain decimal number`},
		{"19 digits", "employee.create.v1", `{"name":"x","addonProducts":[{"unitPrice":` + digits19 + `}]}`,
			`422 addonProducts.unitPrice: amount "` + digits19 + `": more than 18 digits`},
		{"7 decimals", "employee.create.v1", `{"name":"x","addonProducts":[{"_id":"a1"},{"units":"` + decimals7 + `"}]}`,
			`422 addonProducts.units: amount "0.1234567": more than 6 decimals`},
		{
			"an exponent",
			"employee.create.v1",
			`{"name":"x","addonProducts":[{"unitPrice":1e3}]}`,
			`422 addonProducts.unitPrice: amount "1e3": not a plain decimal number`,
		},
		{"an exponent at the top", "employee.add_addon.v1", `{"unitPrice":1e3}`,
			`422 unitPrice: amount "1e3": not a plain decimal number`},
		{"7 decimals at the top", "employee.update_addon.v1", `{"units":0.1234567}`,
			`422 units: amount "0.1234567": more than 6 decimals`},
		{"7 decimals of a product", "catalog.put_product.v1", `{"wholesale":0.1234567}`,
			`422 wholesale: amount "0.1234567": more than 6 decimals`},
		{"7 decimals of an included amount", "catalog.put_product.v1", `{"includedProducts":[{"amount":0.1234567}]}`,
			`422 includedProducts.amount: amount "0.1234567": more than 6 decimals`},
		{"a day that does not exist", "employee.schedule_deletion.v1", `{"deleteDate":"2026-02-30"}`,
			`422 deleteDate: date "2026-02-30": not an existing date of the form YYYY-MM-DD`},
		{"29 February of no leap year in a list", "employee.create.v1",
			`{"name":"x","addonProducts":[{"start":"2026-02-29"}]}`,
			`422 addonProducts.start: date "2026-02-29": not an existing date of the form YYYY-MM-DD`},
		{"a day of the month 13", "employee.add_addon.v1", `{"terminate":"2026-13-01"}`,
			`422 terminate: date "2026-13-01": not an existing date of the form YYYY-MM-DD`},
		{"a list for the data", "employee.update.v1", `[]`, "422 data: must be an object, not an array"},
		{"a list for the data of a plain command", "employee.cancel_deletion.v1", `[]`,
			"422 data: must be an object, not an array"},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, r.want, refusal(t, refused(t, r.command, r.data)))
		})
	}
}

// refused gives what a command is refused with, when it is decoded, or for a creation and an update when it is decided:
// there what cannot be read is told with everything else.
func refused(t *testing.T, command, data string) error {
	t.Helper()
	s := employee(t)
	if command == "employee.update.v1" {
		s = employee(t, withBasic...)
	}
	_, err := order(s, at(noon), command, data)
	return err
}

func TestRejection_NamesItsPath(t *testing.T) {
	t.Parallel()
	r, ok := domain.AsRejection(refused(t, "employee.create.v1", `{"name":"x","addonProducts":[{"unitPrice":1e3}]}`))
	require.True(t, ok)
	assert.Equal(t, "addonProducts.unitPrice", r.Path)
	assert.Equal(t, `addonProducts.unitPrice: amount "1e3": not a plain decimal number`, r.Error())
}

func TestDecode_BrokenJSONIsABadRequest(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"employee.update.v1", "employee.cancel_deletion.v1"} {
		_, err := domain.DecodeCommand(name, []byte(`{"state":`))
		r, ok := domain.AsRejection(err)
		require.True(t, ok, "%s: %v", name, err)
		assert.Equal(t, 400, r.Status)
		assert.Equal(t, "data", r.Code)
	}
}

func TestDecode_AnUnknownCommandMayBeOfANewerVersion(t *testing.T) {
	t.Parallel()
	_, err := domain.DecodeCommand("employee.promote.v1", nil)
	var unknown *events.UnknownTypeError
	require.ErrorAs(t, err, &unknown)
	assert.Equal(t, "employee.promote.v1", unknown.Type)
	_, known := domain.CommandKind("employee.promote.v1")
	assert.False(t, known)
}

func TestDecode_EveryCommandBelongsToAKindOfSubject(t *testing.T) {
	t.Parallel()
	for _, name := range domain.CommandTypes() {
		kind, known := domain.CommandKind(name)
		require.True(t, known, name)
		s, err := domain.NewSubject(domain.Stream(kind, "x"))
		require.NoError(t, err, name)
		c, err := domain.DecodeCommand(name, nil)
		require.NoError(t, err, name)
		assert.Equal(t, kind, c.Kind(), name)
		_, err = s.Decide(c, at(noon))
		if r, ok := domain.AsRejection(err); ok {
			assert.NotEqual(t, "subject", r.Code, "%s is refused by its own kind", name)
		}
	}
}

func TestDecode_RefusesACommandForAnotherKind(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"employee", "product", "customer", "reseller", "run", "runshard", "document"} {
		var other domain.Command = domain.PutReseller{}
		if kind == "reseller" {
			other = domain.PutCustomer{}
		}
		s, err := domain.NewSubject(domain.Stream(kind, "x"))
		require.NoError(t, err)
		_, err = s.Decide(other, at(noon))
		assert.Equal(t, "422 subject: The command does not apply to this kind of subject", refusal(t, err), kind)
	}
	_, err := domain.NewSubject("pet/x")
	require.Error(t, err)
}

func TestAdvance_DoesNotActOnTheCatalogueOrOnRuns(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"product", "customer", "reseller", "run", "runshard", "document"} {
		s, err := domain.NewSubject(domain.Stream(kind, "x"))
		require.NoError(t, err)
		assert.Empty(t, s.Advance(at(noon)))
		assert.True(t, s.NextDue(at(noon)).IsZero())
		assert.Zero(t, s.BillDue(at(noon)))
	}
}

func TestStream_IsKindAndID(t *testing.T) {
	t.Parallel()
	kind, id := domain.SplitStream(domain.Stream("run", "nightly/2026-06-01"))
	assert.Equal(t, []string{"run", "nightly/2026-06-01"}, []string{kind, id})
	assert.True(t, reflect.DeepEqual(&domain.Employee{ID: "e1"}, employee(t)))
}
