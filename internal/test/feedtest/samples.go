package feedtest

import (
	"encoding/json"
	"fmt"

	"github.com/google/uuid"

	"github.com/shopspring/decimal"

	"tenure/billing"
	"tenure/events"
)

// Employee names the stream of a sample employee.
func Employee(n int) string { return fmt.Sprintf("employee/%024x", n) }

// Created is the beginning of a sample employee of the customer customer-1.
func Created(n int) events.EmployeeCreated {
	return events.EmployeeCreated{
		Number: int64(n)*1024 + 1, Customer: "customer-1", Reseller: "reseller-1", Currency: "DKK", AccessLevel: "PERSONAL",
		State: "ENABLED", On: billing.MustDate("2026-03-01"),
		Attributes: events.Attributes{"language": json.RawMessage(`"da"`), "noEmail": json.RawMessage(`false`)},
		Personal:   events.Attributes{"name": json.RawMessage(fmt.Sprintf(`"Sample employee %02d"`, n))},
	}
}

// Invoiced is an event of a run that bills an employee's product for a month in all three ledgers, 95.00 to customer-1,
// 60.00 to reseller-1 and 41.00 at cost.
func Invoiced(n int, month string) events.EmployeeInvoiced {
	from := billing.MustDate(month + "-01")
	period := billing.Period{From: from, To: from.AddMonths(1, 1)}
	all := events.EmployeeInvoiced{Run: "nightly/" + month + "-01", AsOf: from}
	for _, of := range []struct {
		ledger billing.Ledger
		billTo string
		amount string
	}{
		{billing.Customer, "customer-1", "95.00"},
		{billing.Reseller, "reseller-1", "60.00"},
		{billing.Cost, billing.Platform, "41.00"},
	} {
		all.Lines = append(all.Lines, billing.Line{
			ID:          uuid.NewSHA1(uuid.Nil, fmt.Appendf(nil, "%d/%s/%s", n, month, of.ledger)),
			Kind:        billing.Charge,
			Ledger:      of.ledger,
			Employee:    fmt.Sprintf("%024x", n),
			BillTo:      of.billTo,
			Source:      billing.ProductSource,
			Product:     "product-1",
			Period:      period,
			Units:       billing.One,
			UnitPrice:   billing.MustAmount(of.amount),
			Months:      billing.Ratio{Num: 1, Den: 1},
			Amount:      billing.MustAmount(of.amount),
			Scale:       2,
			Currency:    "DKK",
			Reason:      "PERIOD",
			Recurrence:  "MONTHLY",
			DocumentRef: fmt.Sprintf("%s/%s/%s/DKK", month, of.ledger, of.billTo),
		})
	}
	return all
}

// Issued is the document of a ledger for a payer and a month.
func Issued(ledger billing.Ledger, billTo, month string) (stream string, e events.DocumentIssued) {
	ref := fmt.Sprintf("%s/%s/%s/DKK", month, ledger, billTo)
	return "document/" + ref, events.DocumentIssued{
		DocumentRef: ref, Type: "INVOICE", Ledger: ledger, BillTo: billTo, Currency: "DKK",
		Total: events.NewMoney(decimal.RequireFromString("300"), 2), Lines: 3, Hash: uuid.NewSHA1(uuid.Nil, []byte(ref)),
		Run: "nightly/" + month + "-01",
	}
}
