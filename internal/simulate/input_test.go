package simulate

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/billing"
)

// aCase is a case that holds, with places for what a row puts wrong.
const aCase = `{"cases": [{"id": "X1", "policy": {"scale": 2}, "given": {
	"employee": {"customer": "C1", "reseller": "R1"},
	"products": {"P": {"recurrence": "MONTHLY", "price": "100.00"}},
	"addons": [{"id": "A1", "product": "P", "start": "2026-01-01", "units": "1"}]},
	"steps": [
		{"change": {"op": "terminate", "addon": "A1", "date": "2026-03-01"}},
		{"run": {"asOf": "2026-01-01"}, "expect": {"lines": []}}
	]}]}`

func with(t testing.TB, old, replacement string) string {
	t.Helper()
	require.Contains(t, aCase, old)
	return strings.Replace(aCase, old, replacement, 1)
}

func runText(text string, policy ...Override) error {
	f, err := ReadCases([]byte(text))
	if err == nil {
		_, err = f.Run(policy...)
	}
	return err
}

func TestInput_BadInputIsRefusedByTheNameOfItsProperty(t *testing.T) {
	t.Parallel()
	rows := []struct{ sentence, old, replacement, says string }{
		{"text that is not JSON", `{"cases"`, `"cases"`, "file: "},
		{"something behind the end", `]}]}`, `]}]} {}`, "file: has something behind its end"},
		{"a case without an id", `"id": "X1"`, `"id": ""`, "cases[0].id: must not be empty"},
		{"an unknown property of a case", `"policy"`, `"polcy"`, "cases[0].polcy: is not a property that is known here"},
		{"an unknown property of an addon", `"units"`, `"unit"`, "cases[0] (X1).given.addons[0].unit: is not a property"},
		{"an unknown property of a product", `"price"`, `"prise"`, "given.products.P.prise: is not a property"},
		{"an unknown property of a change", `"date": "2026-03-01"`, `"date": null, "units": 1`,
			"steps[0].change.units: is not"},
		{"an unknown op", `terminate`, `termniate`, `steps[0].change.op: "termniate" is not one of`},
		{"a change without what it needs", `, "date": "2026-03-01"`, ``, "steps[0].change.date: is missing"},
		{"a step that is neither", `{"run": {"asOf": "2026-01-01"}, `, `{`, "steps[1]: must have either a change or a run"},
		{"a price of 19 digits", `"100.00"`, `"1234567890123456789"`, "given.products.P.price: amount"},
		{"a price of 7 decimals", `"100.00"`, `"0.1234567"`, "given.products.P.price: amount"},
		{"a price with an exponent", `"100.00"`, `1e2`, "given.products.P.price: amount"},
		{"a negative price", `"100.00"`, `"-1"`, "given.products.P.price: A product's price cannot be negative"},
		{"units that are no number", `"units": "1"`, `"units": "one"`, "given.addons[0].units: amount"},
		{"units that are a list", `"units": "1"`, `"units": [1]`, "given.addons[0].units: amount"},
		{"a recurrence that there is not", `MONTHLY`, `WEEKLY`, "given.products.P.recurrence: WEEKLY is not one of"},
		{"a day that there is not", `"2026-01-01", "units"`, `"2026-02-30", "units"`, "given.addons[0].start: date"},
		{"the year 0", `"asOf": "2026-01-01"`, `"asOf": "0000-01-01T00:00:00Z"`, "run.asOf: the year is not between"},
		{"the year 9999, whose periods end beyond", `"asOf": "2026-01-01"`, `"asOf": "9999-01-01"`,
			"run.asOf: the year is not"},
		{"an hour without a zone", `"asOf": "2026-01-01"`, `"asOf": "2026-01-01T00:00:00"`, "run.asOf: "},
		{"an addon without a start", `"start": "2026-01-01", `, ``, "given.addons[0].start: is missing"},
		{"an addon named as its product", `"id": "A1"`, `"id": "product"`, `given.addons[0].id: "product" is the id`},
		{"an addon twice", `"addons": [`, `"addons": [{"id": "A1", "product": "P", "start": "2026-01-01"},`,
			"addons[1].id: "},
		{"a product without its first day", `"customer": "C1"`, `"customer": "C1", "product": "P"`,
			"employee.productStart: is missing"},
		{"dates without a product", `"customer": "C1"`, `"customer": "C1", "productStart": "2026-01-01"`,
			"employee.product: is missing"},
		{"an employee of nobody", `"customer": "C1", `, ``, "given.employee.customer: is missing"},
		{"an unknown policy key", `"scale": 2`, `"sclae": 2`, "cases[0] (X1).policy.sclae: unknown key"},
		{"an unknown zone", `"scale": 2`, `"timezone": "Mars/Olympus"`,
			`policy.timezone: "Mars/Olympus" is not a known zone`},
		{"a policy word that there is not", `"scale": 2`, `"proration": "DAILY"`, "policy.proration: "},
		{"a policy that contradicts itself", `"scale": 2`, `"anchorDay": 15`, "policy.anchorDay: 15 contradicts alignment"},
		{"a policy value that is an object", `"scale": 2`, `"scale": {}`, "policy.scale: must be a word"},
		{"a given that is a list", `"employee": {"customer": "C1", "reseller": "R1"}`, `"employee": []`,
			"given.employee: must be an object"},
	}
	for _, row := range rows {
		t.Run(row.sentence, func(t *testing.T) {
			t.Parallel()
			err := runText(with(t, row.old, row.replacement))
			var input *InputError
			require.ErrorAs(t, err, &input)
			require.Contains(t, err.Error(), row.says)
		})
	}
}

func TestInput_ThePolicyOfTheCommandLineWinsAndMayResolveAContradiction(t *testing.T) {
	t.Parallel()
	contradicts := with(t, `"scale": 2`, `"alignment": "ANNIVERSARY", "anchorDay": 15`)
	require.NoError(t, runText(contradicts))
	require.ErrorContains(t, runText(contradicts, Override{"alignment", "CALENDAR"}), "policy.anchorDay: 15 contradicts")
	require.NoError(t, runText(contradicts, Override{"alignment", "CALENDAR"}, Override{"anchorDay", ""}))
	_, err := ParseOverrides([]string{"scale=3", "scale"})
	require.EqualError(t, err, "--policy: must be KEY=VALUE, not scale")
}

func TestInput_AFileThatIsTooLargeIsNotRead(t *testing.T) {
	t.Parallel()
	_, err := ReadCases(make([]byte, InputBytesMax+1))
	require.EqualError(t, err, "file: is larger than 64 MiB")
}

func TestInput_BadDescriptionsOfAnEmployeeAreRefused(t *testing.T) {
	t.Parallel()
	const given = `"employee": {"customer": "C1"}, "products": {}`
	rows := []struct{ sentence, text, says string }{
		{"a change without its day", `{` + given + `, "changes": [{"op": "undelete"}]}`, "changes[0].on: is missing"},
		{"no products at all", `{"employee": {"customer": "C1"}}`, "products: is missing"},
		{"an unknown property", `{` + given + `, "addon": []}`, "addon: is not a property"},
		{"a list in its place", `[]`, "must be an object"},
	}
	for _, row := range rows {
		t.Run(row.sentence, func(t *testing.T) {
			t.Parallel()
			_, err := ReadEmployee([]byte(row.text))
			require.ErrorContains(t, err, row.says)
		})
	}
	d := describe(t, `{`+given+`}`)
	_, err := d.Forecast(billing.DefaultPolicy(), billing.MustDate("2026-02-01"), billing.MustDate("2026-01-01"))
	require.EqualError(t, err, "--until: 2026-01-01 is before the first night, 2026-02-01")
	_, err = d.Forecast(billing.DefaultPolicy(), billing.MustDate("1900-02-01"), billing.MustDate("2026-01-01"))
	require.ErrorContains(t, err, "--from: is more than a hundred years")
}

// FuzzCases: whatever a file holds, reading and running it gives a result or an error that says where, never a panic,
// and going through the bytes of the store gives the same.
func FuzzCases(f *testing.F) {
	f.Add([]byte(aCase))
	f.Add([]byte(strings.Replace(aCase, "100.00", "999999999999999999", 1)))
	f.Add([]byte(strings.Replace(aCase, "MONTHLY", "NONE", 1)))
	f.Add([]byte(`{"cases":[{"id":"1","given":{"employee":{"customer":"C","product":"P","productStart":"2026-01-31",
		"productInvoicedUntil":"2026-02-10","deleteDate":"2026-05-01T00:00:00+13:00"},"products":{"P":{"inheritFrom":"P"}}},
		"policy":{"alignment":"ANNIVERSARY","ledgers":["COST","CUSTOMER"]},
		"steps":[{"change":{"op":"newProduct","product":"P","commandAt":"2026-01-31T23:30:00Z"}},
		{"change":{"op":"catalogPrice","product":"P","from":"2026-01-01","cost":"-1"}},{"run":{"asOf":"2026-06-01"}}]}]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		file, err := ReadCases(raw)
		if err == nil && file.Len() > 3 {
			return // slow, and nothing new
		}
		var plain, stored Result
		if err == nil {
			plain, err = file.Run()
		}
		if err != nil {
			var input *InputError
			require.ErrorAs(t, err, &input)
			require.NotEmpty(t, input.Path)
			return
		}
		stored, err = file.run(true, nil)
		require.NoError(t, err)
		require.JSONEq(t, toJSON(t, plain), toJSON(t, stored))
	})
}
