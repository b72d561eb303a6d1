package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestInvoiceManual_WorkByHandSaysWhatItNeeds(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"invoice adjust e1 --reason x --yes":                                 `required flag(s) "amount" not set`,
		"invoice adjust e1 --amount 5 --yes":                                 "--reason is required",
		"invoice adjust e1 --amount 5 --reason x":                            "use --yes to send it",
		"invoice adjust --amount 5 --reason x":                               "accepts 1 arg",
		"invoice adjust e1 --amount 5 --reason x --yes":                      "no brokers",
		"invoice void line --reason x --yes":                                 `"line" is not the id of a line`,
		"invoice void 3b8f2f44-6d53-5c1e-9f0a-000000000001 --reason x --yes": "no database",
		"invoice rerate e1 --from 2026-10-01 --reason x --yes":               `required flag(s) "to" not set`,
		"invoice resolve-review e1 --source a1 --reason x --yes":             `required flag(s) "decision" not set`,
		"invoice hold --reason x --yes": "name an employee, or a customer by " +
			"--customer",
		"invoice hold e1 --customer c1 --reason x --yes": "name an employee, or a customer by " +
			"--customer",
		"invoice release e1 --yes":                                              "--reason is required",
		"invoice close-period r1 --reason x --yes":                              `required flag(s) "until" not set`,
		"invoice record-payment ref --yes":                                      `required flag(s) "paid-on" not set`,
		"invoice record-number ref --yes":                                       `required flag(s) "number" not set`,
		"invoice record-number 2026-11/CUSTOMER/c1/DKK --number 7 --due 2026-1": "use --yes to send it",
	} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			got := tenure(t, strings.Fields(line)...)
			require.Equal(t, exitUsage, got.code, got.err)
			require.Contains(t, got.err, want)
		})
	}
}

func TestInvoiceManual_ADryRunShowsTheOrderOfEachKindOfWork(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"adjust e1 --amount -5 --ledger reseller --day 2026-10-01": `"type":"billing.adjust.v1","subject":"e1",` +
			`"data":{"amount":"-5","day":"2026-10-01","ledger":"RESELLER","reason":"why"}`,
		"void 3b8f2f44-6d53-5c1e-9f0a-000000000001 --employee e1": `"type":"billing.void_line.v1","subject":"e1",` +
			`"data":{"line":"3b8f2f44-6d53-5c1e-9f0a-000000000001","reason":"why"}`,
		"rerate e1 --from 2026-10-01 --to 2026-10-31": `"type":"billing.rerate.v1","subject":"e1",` +
			`"data":{"from":"2026-10-01","reason":"why","source":"product","to":"2026-10-31"}`,
		"resolve-review e1 --source a1 --decision keep": `"type":"billing.resolve_review.v1","subject":"e1",` +
			`"data":{"decision":"KEEP","reason":"why","source":"a1"}`,
		"hold e1":                                `"type":"billing.hold.v1","subject":"e1","data":{"reason":"why"}`,
		"hold --customer c1":                     `"type":"billing.hold_customer.v1","subject":"c1","data":{"reason":"why"}`,
		"release e1 --periods-max 60":            `"type":"billing.release.v1","subject":"e1","data":{"periodsMax":60,"reason":"why"}`,
		"release --customer c1":                  `"type":"billing.release_customer.v1","subject":"c1","data":{"reason":"why"}`,
		"close-period r1 --until 2026-10-31":     `"type":"billing.close_period.v1","subject":"r1","data":{"reason":"why","until":"2026-10-31"}`,
		"record-payment ref --paid-on 2026-10-3": `"type":"billing.record_payment.v1","subject":"ref","data":{"paidOn":"2026-10-3"}`,
		"record-number ref --number 7":           `"type":"billing.record_invoice_number.v1","subject":"ref","data":{"invoiceNumber":"7"}`,
	} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			args := append([]string{"invoice"}, strings.Fields(line)...)
			args = append(args, "--dry-run", "--id", "c1", "--actor-employee", "e9", "--output", "json")
			if !strings.HasPrefix(line, "record") {
				args = append(args, "--reason", "why")
			}
			got := tenure(t, args...)
			require.Equal(t, exitDone, got.code, got.err)
			want = strings.Replace(want, `"data"`, `"id":"c1","actor":{"employee":"e9","accessLevel":"ADMIN"},"data"`, 1)
			require.JSONEq(t, "{"+want+"}", got.out)
		})
	}
	got := tenure(t, "invoice", "hold", "e1", "--reason", "why", "--dry-run")
	require.Equal(t, "WHAT     VALUE\ntype     billing.hold.v1\nsubject  e1\nreason   why\n", got.out)
}
