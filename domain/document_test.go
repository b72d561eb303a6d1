package domain_test

import (
	"testing"

	"github.com/shopspring/decimal"

	"tenure/domain"
	"tenure/events"
)

func TestDocument_WhatAccountingReports(t *testing.T) {
	t.Parallel()
	issued := facts{events.DocumentIssued{DocumentRef: "2026-05/CUSTOMER/c1/DKK", Type: "INVOICE", Ledger: "CUSTOMER",
		BillTo: "c1", Currency: "DKK",
		Total: events.NewMoney(decimal.RequireFromString("300"), 2), Lines: 2, Run: "nightly/2026-05-01"}}
	numbered := issued.and(events.InvoiceNumberRecorded{Reseller: "r1", InvoiceNumber: "12", DueDate: day("2026-05-31")})
	payment := func(on, amount, sum string) events.PaymentRecorded {
		all := events.NewMoney(decimal.RequireFromString(sum), 2)
		open := events.NewMoney(decimal.RequireFromString("300").Sub(all.Decimal), 2)
		return events.PaymentRecorded{PaidOn: day(on), Amount: events.NewMoney(decimal.RequireFromString(amount), 2),
			Paid: &all, Open: &open}
	}
	called := func(id string, e events.PaymentRecorded) events.PaymentRecorded {
		e.PaymentID = id
		return e
	}
	paid, part := payment("2026-05-10", "300", "300"), payment("2026-05-10", "100", "100")
	first := called("bank-1", part)
	before := paid
	before.Paid, before.Open = nil, nil
	checkRows(t, "document/2026-05/CUSTOMER/c1/DKK", "billing.", []row{
		{name: "its number and when it is due", given: issued, when: "record_invoice_number",
			data: `{"invoiceNumber":12,"dueDate":"2026-05-31"}`,
			then: numbered[1:]},
		{name: "it is put off", given: numbered, when: "record_invoice_number",
			data: `{"invoiceNumber":12,"dueDate":"2026-06-30"}`,
			then: facts{events.InvoiceNumberRecorded{Reseller: "r1", InvoiceNumber: "12", DueDate: day("2026-06-30")}}},
		{name: "the same number without a day leaves the day", given: numbered, when: "record_invoice_number",
			data: `{"invoiceNumber":12}`},
		{name: "a mistyped number is corrected", given: numbered, when: "record_invoice_number",
			data: `{"invoiceNumber":13,"dueDate":"2026-06-30"}`,
			then: facts{events.InvoiceNumberRecorded{Reseller: "r1", InvoiceNumber: "13", DueDate: day("2026-06-30")}}},
		{name: "paid", given: numbered, when: "record_payment", data: `{"paidOn":"2026-05-10"}`, then: facts{paid}},
		{name: "paid with its amount, before it has a number", given: issued, when: "record_payment",
			data: `{"paidOn":"2026-05-10","amount":"300.00"}`,
			then: facts{paid}},
		{name: "paid in part", given: issued, when: "record_payment", data: `{"paidOn":"2026-05-10","amount":"100"}`,
			then: facts{part}, repeats: true},
		{name: "paid in part, with the payment's own id", given: issued, when: "record_payment",
			data: `{"paidOn":"2026-05-10","amount":"100","paymentId":" bank-1 "}`, then: facts{first}},
		{name: "the same payment again, with its amount or without", given: issued.and(first), when: "record_payment",
			data: `{"paidOn":"2026-05-10","paymentId":"bank-1"}`},
		{name: "another amount of the same payment", given: issued.and(first), when: "record_payment",
			data: `{"paidOn":"2026-05-10","amount":"101","paymentId":"bank-1"}`,
			code: "409 paymentId: The payment was recorded as 100.00 on 2026-05-10"},
		{name: "as much again on the same day is another payment", given: issued.and(first), when: "record_payment",
			data: `{"paidOn":"2026-05-10","amount":"100","paymentId":"bank-2"}`,
			then: facts{called("bank-2", payment("2026-05-10", "100", "200"))}},
		{name: "a payment has the id of its command", given: issued, when: "record_payment",
			world: func(w *domain.World) { w.CommandID = "document/2026-05/CUSTOMER/c1/DKK/cmd-1" },
			data:  `{"paidOn":"2026-05-10","amount":"100"}`,
			then:  facts{called("cmd-1", part)}},
		{name: "paid again on the same day", given: issued.and(paid), when: "record_payment",
			data: `{"paidOn":"2026-05-10"}`, code: "409 paidOn: The document was paid on 2026-05-10 already"},
		{name: "paid too much on the same day", given: issued.and(paid), when: "record_payment",
			data: `{"paidOn":"2026-05-10","amount":"1.00"}`,
			code: "409 paidOn: The document was paid on 2026-05-10 already"},
		{name: "the rest", given: issued.and(part), when: "record_payment", data: `{"paidOn":"2026-05-11"}`,
			then: facts{payment("2026-05-11", "200", "300")}},
		{name: "paid too much", given: issued.and(part), when: "record_payment",
			data: `{"paidOn":"2026-05-10","amount":"200.01"}`,
			code: "422 amount: is more than what is open: overpayments stay with accounting"},
		{name: "paid nothing", given: issued, when: "record_payment", data: `{"paidOn":"2026-05-10","amount":"0"}`,
			code: "422 amount: must be above 0"},
		{name: "paid in parts of an øre", given: issued, when: "record_payment",
			data: `{"paidOn":"2026-05-10","amount":"0.001"}`,
			code: "422 amount: has more decimals than the currency"},
		{name: "paid whole before parts were recorded", given: issued.and(before), when: "record_payment",
			data: `{"paidOn":"2026-05-11"}`,
			code: "409 paidOn: The document was paid on 2026-05-10 already"},
		{name: "paid twice", given: issued.and(paid), when: "record_payment", data: `{"paidOn":"2026-05-11"}`,
			code: "409 paidOn: The document was paid on 2026-05-10 already"},
		{name: "paid on a day to come", given: issued, when: "record_payment", data: `{"paidOn":"2026-05-13"}`,
			code: "422 paidOn: is in the future"},
		{name: "paid on no day", given: issued, when: "record_payment", data: `{}`, code: "422 paidOn: is required"},
		{name: "paid before it was issued", when: "record_payment", data: `{"paidOn":"2026-05-10"}`,
			code: "404 document: Document not found"},
		{name: "by a RESELLER_ADMIN", given: issued, by: events.Actor{AccessLevel: "RESELLER_ADMIN"}, when: "record_payment",
			data: `{"paidOn":"2026-05-10"}`, code: denied},
	})
}
