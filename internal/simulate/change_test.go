package simulate

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// changed runs an employee with the product OLD of 100.00 from July 2025 and the addon A1 of 10.00, lets a change
// happen after the run of 1 July, and gives the lines of the runs of 2 July and 1 August.
func changed(t *testing.T, changes string, policy ...Override) (lines []string, rejected []string) {
	t.Helper()
	text := fmt.Sprintf(`{"cases": [{"id": "X4", "policy": {}, "given": {
		"employee": {"customer": "C1", "reseller": "R1", "product": "OLD", "productStart": "2025-07-01"},
		"products": {"OLD": {"recurrence": "MONTHLY", "price": "100.00"}, "NEW": {"recurrence": "MONTHLY", "price": "200.00"},
			"ADD": {"recurrence": "MONTHLY", "price": "10.00"}},
		"addons": [{"id": "A1", "product": "ADD", "start": "2025-07-01"}]},
		"steps": [{"run": {"asOf": "2025-07-01"}}, %s, {"run": {"asOf": "2025-07-02"}}, {"run": {"asOf": "2025-08-01"}}]}]}`,
		changes)
	f, err := ReadCases([]byte(text))
	require.NoError(t, err)
	result, err := f.Run(policy...)
	require.NoError(t, err)
	for _, step := range result.Cases[0].Steps[1:] {
		if step.Rejected != "" {
			rejected = append(rejected, step.Rejected)
		}
		if step.Run == nil {
			continue
		}
		for _, l := range step.Run.Lines {
			lines = append(lines, fmt.Sprint(l.Source, " ", l.Product, " ", l.BillTo, " ", l.From, " ", l.Amount))
		}
	}
	return lines, rejected
}

func TestChange_EachChangeHasItsEffect(t *testing.T) {
	t.Parallel()
	const oldAugust, addonAugust = "product OLD C1 2025-08-01 100.00", "A1 ADD C1 2025-08-01 10.00"
	rows := []struct {
		sentence, changes string
		lines             []string
	}{
		{"terminate credits from its day", `{"change": {"op": "terminate", "addon": "A1", "date": "2025-07-31"}}`,
			[]string{"A1 ADD C1 2025-07-31 -0.32", oldAugust}},
		{"terminate with null lets it go on", `{"change": {"op": "terminate", "addon": "A1", "date": null}}`,
			[]string{addonAugust, oldAugust}},
		{"setStart credits the days before", `{"change": {"op": "setStart", "addon": "A1", "date": "2025-07-03T22:00:00Z"}}`,
			[]string{"A1 ADD C1 2025-07-01 -0.97", addonAugust, oldAugust}},
		{"addAddon charges from its start",
			`{"change": {"op": "addAddon", "addon": {"id": "A2", "product": "ADD", "start": "2025-07-30", "units": 2, "unitPrice": 31}}}`,
			[]string{addonAugust, "A2 ADD C1 2025-07-30 4.00", "A2 ADD C1 2025-08-01 62.00", oldAugust}},
		{"update of units splits the period",
			`{"change": {"op": "update", "addon": "A1", "effective": "2025-07-31", "units": "32"}}`,
			[]string{"A1 ADD C1 2025-07-31 -0.32", "A1 ADD C1 2025-07-31 10.32", "A1 ADD C1 2025-08-01 320.00", oldAugust}},
		{"update back to the catalogue's price changes nothing that is so",
			`{"change": {"op": "update", "addon": "A1", "effective": "2025-07-31", "unitPrice": null}}`,
			[]string{addonAugust, oldAugust}},
		{"billingCustomer switches the payer", `{"change": {"op": "billingCustomer", "effective": "2025-08-01", "to": "C2"}}`,
			[]string{"A1 ADD C2 2025-08-01 10.00", "product OLD C2 2025-08-01 100.00"}},
		{"deleteEmployee ends everything on its local day",
			`{"change": {"op": "deleteEmployee", "date": "2025-07-30T22:00:00Z"}}`,
			[]string{"A1 ADD C1 2025-07-31 -0.32", "product OLD C1 2025-07-31 -3.23"}},
		{"undelete takes the deletion back",
			`{"change": {"op": "deleteEmployee", "date": "2025-07-30"}}, {"change": {"op": "undelete"}}`,
			[]string{addonAugust, oldAugust}},
		{"undelete without a deletion is nothing", `{"change": {"op": "undelete"}}`, []string{addonAugust, oldAugust}},
		{"newProduct comes with the first of next month",
			`{"change": {"op": "newProduct", "product": "NEW", "commandAt": "2025-07-31T21:59:59Z"}}`,
			[]string{addonAugust, "product NEW C1 2025-08-01 200.00"}},
		{"newProduct a second later comes a month later",
			`{"change": {"op": "newProduct", "product": "NEW", "commandAt": "2025-07-31T22:00:00Z"}}`,
			[]string{addonAugust, oldAugust}},
		{"newProduct null withdraws the one that is scheduled",
			`{"change": {"op": "newProduct", "product": "NEW", "commandAt": "2025-07-02"}}, {"change": {"op": "newProduct", "product": null, "commandAt": "2025-07-03"}}`,
			[]string{addonAugust, oldAugust}},
		{"catalogPrice holds with the next period",
			`{"change": {"op": "catalogPrice", "product": "ADD", "from": "2025-07-15", "price": "11.00"}}`,
			[]string{"A1 ADD C1 2025-08-01 11.00", oldAugust}},
	}
	for _, row := range rows {
		t.Run(row.sentence, func(t *testing.T) {
			t.Parallel()
			got, rejected := changed(t, row.changes)
			require.ElementsMatch(t, row.lines, got)
			require.Empty(t, rejected)
		})
	}
}

func TestChanges_AreRefusedWithTheCodeOfTheirCommand(t *testing.T) {
	t.Parallel()
	rows := []struct{ sentence, change, code string }{
		{"terminate of an addon that it does not have", `{"op": "terminate", "addon": "A9", "date": null}`, "addonProducts"},
		{"setStart of one", `{"op": "setStart", "addon": "A9", "date": "2025-07-01"}`, "addonProducts"},
		{"update of one", `{"op": "update", "addon": "A9", "effective": "2025-07-01", "units": 1}`, "addonProducts"},
		{"addAddon with an id that it has",
			`{"op": "addAddon", "addon": {"id": "A1", "product": "ADD", "start": "2025-07-01"}}`, "addonProducts._id"},
		{"newProduct that there is not", `{"op": "newProduct", "product": "NONE", "commandAt": "2025-07-02"}`, "product"},
		{"catalogPrice of a product that there is not",
			`{"op": "catalogPrice", "product": "NONE", "from": "2025-07-02", "price": 1}`, "product"},
		{"catalogPrice below 0",
			`{"op": "catalogPrice", "product": "ADD", "from": "2025-07-02", "price": 5, "wholesale": -1}`, "amount"},
	}
	for _, row := range rows {
		t.Run(row.sentence, func(t *testing.T) {
			t.Parallel()
			lines, rejected := changed(t, `{"change": `+row.change+`}`)
			require.Equal(t, []string{row.code}, rejected)
			require.ElementsMatch(t, []string{"A1 ADD C1 2025-08-01 10.00", "product OLD C1 2025-08-01 100.00"}, lines)
		})
	}
}

func TestChange_AProductThatWasBilledElsewhereIsBilledFromTheDayAfter(t *testing.T) {
	t.Parallel()
	const text = `{"cases": [{"id": "X5", "given": {
		"employee": {"customer": "C1", "product": "P", "productStart": "2025-01-01", "productInvoicedUntil": "2025-06-20"},
		"products": {"P": {"recurrence": "MONTHLY", "price": "30.00"}}, "addons": []},
		"steps": [
		{"run": {"asOf": "2025-06-01"}, "expect": {"invoicedUntil": {"product": "2025-06-30"}, "lines": [
			{"n": 1, "kind": "CHARGE", "ledger": "CUSTOMER", "billTo": "C1", "source": "product", "product": "P",
			"from": "2025-06-21", "toExclusive": "2025-07-01", "toInclusive": "2025-06-30", "units": "1",
			"unitPrice": "30.00", "months": "1/3", "amount": "10.00", "currency": "DKK"}]}}]}]}`
	require.Empty(t, checkText(t, text).Differences)
	stored, err := mustRead(t, text).run(true, nil)
	require.NoError(t, err)
	plain, err := mustRead(t, text).Run()
	require.NoError(t, err)
	require.Equal(t, plain, stored)
}

func mustRead(t *testing.T, text string) File {
	t.Helper()
	f, err := ReadCases([]byte(text))
	require.NoError(t, err)
	return f
}

func TestChange_ADeletionThatHasHappenedIsWithdrawnAsIfItHadNeverBeen(t *testing.T) {
	t.Parallel()
	lines, rejected := changed(t,
		`{"change": {"op": "deleteEmployee", "date": "2025-07-05"}}, {"run": {"asOf": "2025-07-20"}},
		{"change": {"op": "undelete"}}, {"change": {"op": "newProduct", "product": "NEW", "commandAt": "2025-07-21"}}`)
	require.Empty(t, rejected)
	require.Contains(t, strings.Join(lines, "\n"), "product NEW C1 2025-08-01 200.00")
}
