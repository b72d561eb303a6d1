package simulate

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// billedCase expects what the program gives: a charge in January, and its credit.
const billedCase = `{"cases": [{"id": "X2", "given": {
	"employee": {"customer": "C1", "reseller": "R1"},
	"products": {"P": {"recurrence": "MONTHLY", "price": "100.00"}},
	"addons": [{"id": "A1", "product": "P", "start": "2026-01-01"}]},
	"steps": [
	{"run": {"asOf": "2026-01-01"}, "expect": {
		"lines": [{"n": 1, "kind": "CHARGE", "ledger": "CUSTOMER", "billTo": "C1", "source": "A1", "product": "P",
			"from": "2026-01-01", "toExclusive": "2026-02-01", "toInclusive": "2026-01-31", "units": "1",
			"unitPrice": "100.00", "months": "31/31", "amount": "100.00", "currency": "DKK"}],
		"invoicedUntil": {"A1": "2026-01-31"},
		"documents": [{"billTo": "C1", "currency": "DKK", "type": "INVOICE", "total": "100.00", "lines": [1]}]}},
	{"change": {"op": "terminate", "addon": "A1", "date": "2026-01-01"}},
	{"run": {"asOf": "2026-01-02"}, "expect": {
		"lines": [{"n": 2, "kind": "CREDIT", "ledger": "CUSTOMER", "billTo": "C1", "source": "A1", "product": "P",
			"from": "2026-01-01", "toExclusive": "2026-02-01", "toInclusive": "2026-01-31", "units": "1",
			"unitPrice": "100.00", "months": "1", "amount": "-100.00", "currency": "DKK", "correctsLine": 1}],
		"invoicedUntil": {"A1": null}}},
	{"change": {"op": "terminate", "addon": "A9", "date": null}, "expect": {"rejected": "addonProducts"}}
	],
	"alternatives": [{"policy": {"ledgers": ["RESELLER"]}, "runs": []}]}]}`

func checkText(t *testing.T, text string) Report {
	t.Helper()
	f, err := ReadCases([]byte(text))
	require.NoError(t, err)
	report, err := f.Check()
	require.NoError(t, err)
	return report
}

func withoutAlternatives(text string) string {
	before, _, _ := strings.Cut(text, ",\n\t\"alternatives\"")
	return before + "}]}"
}

func TestCheck_ACaseThatGivesWhatItExpectsHasNoDifference(t *testing.T) {
	t.Parallel()
	report := checkText(t, withoutAlternatives(billedCase))
	require.Empty(t, report.Differences)
	require.True(t, report.OK())
	require.Equal(t, "1 of 1 cases as expected (3 runs, 2 lines, 0 alternative policies), 0 differences", report.String())
}

func TestCheck_EveryFieldThatDiffersIsNamed(t *testing.T) {
	t.Parallel()
	rows := []struct{ old, replacement, says string }{
		{`"n": 1`, `"n": 7`, "X2 step 1: lines[0].n: got 1, want 7"},
		{`"kind": "CHARGE"`, `"kind": "CREDIT"`, "X2 step 1: lines[0].kind: got CHARGE, want CREDIT"},
		{`"ledger": "CUSTOMER"`, `"ledger": "COST"`, "X2 step 1: lines[0].ledger: got CUSTOMER, want COST"},
		{`"billTo": "C1", "source"`, `"billTo": "C2", "source"`, "X2 step 1: lines[0].billTo: got C1, want C2"},
		{`"source": "A1"`, `"source": "A2"`, "X2 step 1: lines[0].source: got A1, want A2"},
		{`"source": "A1", "product": "P"`, `"source": "A1", "product": "Q"`, "X2 step 1: lines[0].product: got P, want Q"},
		{`"from": "2026-01-01"`, `"from": "2026-01-02"`, "X2 step 1: lines[0].from: got 2026-01-01, want 2026-01-02"},
		{`"toExclusive": "2026-02-01"`, `"toExclusive": "2026-02-02"`, "lines[0].toExclusive: got 2026-02-01, want " +
			"2026-02-02"},
		{`"toInclusive": "2026-01-31"`, `"toInclusive": "2026-01-30"`, "lines[0].toInclusive: got 2026-01-31, want " +
			"2026-01-30"},
		{`"units": "1"`, `"units": "2"`, "X2 step 1: lines[0].units: got 1, want 2"},
		{`"unitPrice": "100.00"`, `"unitPrice": "100"`, "X2 step 1: lines[0].unitPrice: got 100.00, want 100"},
		{`"months": "31/31"`, `"months": null`, "X2 step 1: lines[0].months: got 1, want nothing"},
		{`"amount": "100.00"`, `"amount": "100.01"`, "X2 step 1: lines[0].amount: got 100.00, want 100.01"},
		{`"amount": "100.00", "currency": "DKK"`, `"amount": "100.00", "currency": "SEK"`,
			"lines[0].currency: got DKK, want SEK"},
		{`, "correctsLine": 1`, ``, "X2 step 3: lines[0].correctsLine: got 1, want 0"},
		{`{"A1": "2026-01-31"}`, `{"A1": null}`, "X2 step 1: invoicedUntil.A1: got 2026-01-31, want nothing"},
		{`{"A1": null}`, `{"A2": null}`, "X2 step 3: invoicedUntil.A2: got no such source, want nothing"},
		{`"total": "100.00", "lines": [1]`, `"total": "100.00", "lines": [2]`,
			"documents[0]: got INVOICE of 100.00 DKK to C1 with lines [1], want"},
		{`[{"billTo": "C1", "currency": "DKK", "type": "INVOICE", "total": "100.00", "lines": [1]}]`, `[]`,
			"documents: got 1, want 0"},
		{`"asOf": "2026-01-01"}, "expect": {`, `"asOf": "2026-01-01"}, "expect": {"held": true, "reason": "NO_PRICE",`,
			"X2 step 1: held: got nothing, want NO_PRICE"},
		{`"asOf": "2026-01-02"`, `"asOf": "2025-12-31"`, ""}, // what is billed already is corrected whenever a run comes
		{`{"rejected": "addonProducts"}`, `{}`, "X2 step 4: rejected: got addonProducts, want nothing"},
		{`"price": "100.00"`, `"wholesale": "100.00"`, "X2 step 1: held: got NO_PRICE, want nothing"},
		{`"addon": "A1", "date": "2026-01-01"`, `"addon": "A1", "date": null`, "X2 step 3: lines: got 0, want 1"},
		{`"2026-01-02"}, "expect": {`, `"2026-03-02"}, "expect": {`, ""},
	}
	for _, row := range rows {
		t.Run(row.says, func(t *testing.T) {
			t.Parallel()
			text := withoutAlternatives(billedCase)
			require.Contains(t, text, row.old)
			report := checkText(t, strings.Replace(text, row.old, row.replacement, 1))
			var got strings.Builder
			require.NoError(t, report.WriteText(&got))
			require.Contains(t, got.String(), row.says)
			require.Equal(t, row.says != "", !report.OK())
		})
	}
}

func TestCheck_ALineTooManyIsShown(t *testing.T) {
	t.Parallel()
	text := withoutAlternatives(billedCase)
	first, rest, _ := strings.Cut(text, `"lines": [{`)
	_, rest, _ = strings.Cut(rest, `}],`)
	report := checkText(t, first+`"lines": [],`+rest)
	require.Len(t, report.Differences, 2)
	require.Equal(t, "lines[0]", report.Differences[1].Field)
	require.Equal(t, "CHARGE CUSTOMER C1 A1 2026-01-01 to 2026-01-31 100.00 DKK", report.Differences[1].Got)
	require.Equal(t, 1, report.Failed)
}

func TestCheck_AlternativesAreComparedUnderTheirPolicyInTheFieldsTheyName(t *testing.T) {
	t.Parallel()
	const runs = `"alternatives": [{"policy": {"proration": "NONE", "scale": 1}, "runs": [
		{"asOf": "2026-01-01", "lines": [{"amount": "100.0"}]}, {"asOf": "2026-01-02", "lines": [{"amount": "AMOUNT"}]}]}]`
	before, _, _ := strings.Cut(billedCase, `"alternatives"`)
	right := strings.Replace(before+runs+"}]}", "AMOUNT", "-100.0", 1)
	require.Empty(t, checkText(t, right).Differences)
	wrong := strings.Replace(before+runs+"}]}", "AMOUNT", "-100.1", 1)
	require.Equal(t, "X2 [proration=NONE scale=1] step 3: lines[0].amount: got -100.0, want -100.1",
		checkText(t, wrong).Differences[0].String())
	f, err := ReadCases([]byte(billedCase))
	require.NoError(t, err)
	_, err = f.Check()
	require.ErrorContains(t, err, "alternatives[0].runs: does not have the runs of the case")
}

func TestCheck_ExpectationsThatAreNoneAreRefusedOnlyWhenTheyAreCompared(t *testing.T) {
	t.Parallel()
	for _, broken := range []string{`"expect": 1`, `"expect": {"lines": [1]}`, `"expect": {"lines": [{"n": "one"}]}`} {
		text := strings.Replace(withoutAlternatives(billedCase), `"expect": {"rejected": "addonProducts"}`, broken, 1)
		text = strings.Replace(text, `{"change": {"op": "terminate", "addon": "A9", "date": null}`,
			`{"run": {"asOf": "2026-01-01"}`, 1)
		f, err := ReadCases([]byte(text))
		require.NoError(t, err)
		_, err = f.Run()
		require.NoError(t, err)
		_, err = f.Check()
		require.ErrorContains(t, err, "cases[0] (X2).steps[3].expect")
	}
}

func TestCheck_AStepPrintsOneOfItsFourForms(t *testing.T) {
	t.Parallel()
	const text = `{"cases": [{"id": "X3", "given": {"employee": {"customer": "C1"},
		"products": {"P": {"recurrence": "MONTHLY"}, "Q": {"recurrence": "NONE", "price": 5}},
		"addons": [{"id": "A1", "product": "Q", "start": "2026-01-03"}]}, "steps": [
		{"run": {"asOf": "2026-01-02"}},
		{"change": {"op": "addAddon", "addon": {"id": "A1", "product": "Q", "start": "2026-01-03"}}},
		{"run": {"asOf": "2026-01-03"}},
		{"change": {"op": "addAddon", "addon": {"id": "A2", "product": "P", "start": "2026-01-03"}}},
		{"run": {"asOf": "2026-01-04"}}]}]}`
	f, err := ReadCases([]byte(text))
	require.NoError(t, err)
	got, err := f.Run()
	require.NoError(t, err)
	raw, err := json.Marshal(got)
	require.NoError(t, err)
	require.Equal(t, `{"cases":[{"id":"X3","steps":[`+
		`{"lines":[],"invoicedUntil":{"A1":null},"documents":[]},`+
		`{"rejected":"addonProducts._id"},`+
		`{"lines":[{"n":1,"kind":"CHARGE","ledger":"CUSTOMER","billTo":"C1","source":"A1","product":"Q","from":"2026-01-03",`+
		`"toExclusive":"2026-01-04","toInclusive":"2026-01-03","units":"1","unitPrice":"5.00","months":null,"amount":"5.00",`+
		`"currency":"DKK"}],"invoicedUntil":{"A1":"2026-01-03"},"documents":[{"billTo":"C1","currency":"DKK","type":"INVOICE",`+
		`"total":"5.00","lines":[1]}]},`+
		`{},`+
		`{"held":{"reason":"NO_PRICE"}}]}]}`, string(raw))
	var table strings.Builder
	require.NoError(t, got.WriteTable(&table))
	require.Equal(t, "X3\n"+
		"  step 1  run  no lines\n"+
		"  step 2  rejected: addonProducts._id\n"+
		"  step 3  run  1  CHARGE  CUSTOMER  C1  A1  Q  2026-01-03 to 2026-01-03  5.00 DKK\n"+
		"  step 4  change\n"+
		"  step 5  held: NO_PRICE\n", table.String())
}
