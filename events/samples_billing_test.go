package events_test

import (
	"strings"

	"github.com/google/uuid"

	"github.com/shopspring/decimal"

	"tenure/billing"
	"tenure/events"
)

const (
	sampleAddress = "5f1e0a9b8c7d6e5f4a3b2c08"

	sampleRun  = "nightly/2026-06-01"
	sampleLine = "3b8f2f44-6d53-5c1e-9f0a-000000000001"
	otherLine  = "3b8f2f44-6d53-5c1e-9f0a-000000000002"
)

func billingSamples() []events.Event {
	charge := billing.Line{ID: uuid.MustParse(sampleLine), Kind: billing.Charge, Ledger: billing.Customer,
		Employee: sampleEmployee,
		BillTo:   sampleCustomer, Source: sampleAddon, Product: sampleProduct, Period: billing.Period{From: day("2026-06-01"),
			To: day("2026-07-01")},
		Units: *amount("2"), UnitPrice: *amount("95"), Months: billing.Ratio{Num: 1, Den: 1}, Amount: *amount("190"),
		Scale: 2, Currency: "DKK",
		Reason: billing.ReasonPeriod, PriceSource: "catalogue " + sampleProduct, Recurrence: billing.Monthly,
		DocumentRef: "2026-06/CUSTOMER/" + sampleCustomer + "/DKK"}
	credit := charge
	credit.ID, credit.CorrectsLine, credit.Kind = uuid.MustParse(otherLine), uuid.MustParse(sampleLine), billing.Credit
	credit.Period.From, credit.Months = day("2026-06-24"), billing.Ratio{Num: 7, Den: 30}
	credit.Amount, credit.Reason = *amount("-44.33"), billing.ReasonEnded
	review := billing.Review{Source: sampleAddon, Period: billing.Period{From: day("2026-06-16"), To: day("2026-07-01")}}
	return []events.Event{
		events.EmployeeInvoiced{Run: sampleRun, AsOf: day("2026-06-01"), Lines: []billing.Line{charge, credit},
			Reviews: []billing.Review{review}, Work: []events.WorkDone{{ID: 1, Dropped: "no line with that id covers days of " +
				"this account"}}, Settled: []string{sampleAddon}},
		events.BillingHeld{Reason: "NO_PRICE", Detail: "product " + sampleProduct + " has no CUSTOMER price on 2026-06-01"},
		events.BillingReleased{PeriodsMax: 60, Reason: "late contract"},
		events.BillingWorkOrdered{ID: 1, On: day("2026-06-02"), CatalogVersion: 40, Reason: "goodwill", Actor: sampleEmployee,
			Adjustment: &events.Adjustment{Ledger: billing.Customer, BillTo: sampleCustomer, Product: sampleProduct,
				Day: day("2026-06-01"), Amount: *amount("-25.50")},
			VoidLine: uuid.MustParse(sampleLine), Rerate: &review, Credit: &events.ReviewCredit{Review: review,
				Amount: amount("12.5")},
			LineCredit: &events.LineCredit{Line: uuid.MustParse(sampleLine), Amount: amount("20"), Share: amount("0.25")}},
		events.ReviewSettled{Review: review, Decision: "CREDIT", Reason: "agreed", Actor: sampleEmployee},
		events.CustomerBillingHeld{Reason: "contract is disputed", Actor: sampleEmployee},
		events.CustomerBillingReleased{Reason: "settled", Actor: sampleEmployee},
		events.DocumentAcknowledged{Integration: "ledger-sync", Run: sampleRun, Lines: 1, Hash: uuid.MustParse(sampleLine),
			Refused: []events.LineRefused{{Line: uuid.MustParse(otherLine), Message: "unknown account"}}},
		events.PeriodClosed{Until: day("2026-05-31"), Reason: "May is booked", Actor: sampleEmployee},
	}
}

func catalogSamples() []events.Event {
	full := true
	return []events.Event{
		events.ProductPut{Type: "PBX_USER", ProductCode: "PBX-1", Name: "Sample user", UnitType: "MONTHS",
			Recurrence:          "MONTHLY",
			RecurrenceFullMonth: &full, Start: day("2026-01-01"), End: day("2027-01-01"), Reseller: sampleReseller,
			Customer: sampleCustomer, ApplyByResellerOnly: &full,
			InheritFrom: sampleProduct, InheritFromReseller: sampleAddon,
			IncludedProducts: []events.Included{{Product: sampleAddon, Amount: *amount("2.5")}}},
		events.PolicySet{Values: map[string]string{"ledgers": "CUSTOMER,RESELLER"}, From: day("2026-06-01"),
			First: map[string]string{"ledgers": "CUSTOMER"}, Reason: "Wholesale begins", Actor: sampleEmployee},
		events.PriceSet{Ledger: billing.Customer, From: day("2026-06-01"), Amount: amount("95.5"), Currency: "DKK"},
		events.CustomerPut{Reseller: sampleReseller, Name: "Sample customer 1", Currency: "DKK", Features: []string{"PBX"},
			BillingCustomers: []string{sampleCustomer}, OrganizationResellers: []string{sampleReseller},
			Addresses: []events.Address{{ID: sampleAddress, Primary: true, Address: "Sample street 7", Zip: "1000",
				City:    "Sample city",
				Country: "DK", MunicipalityCode: 101, AlternativeName: "Warehouse"}},
			Greetings: []string{sampleExtension}, Subscriptions: []string{sampleProduct}},
		events.ResellerPut{Name: "Sample reseller 1", Parent: sampleReseller, Currency: "DKK", Company: sampleCustomer,
			Subscriptions: []string{sampleProduct}},
	}
}

func money(s string) events.Money { return events.NewMoney(decimal.RequireFromString(s), 2) }

func runSamples() []events.Event {
	all, none := money("300"), money("0")
	policy := raw(`{"timezone":"Europe/Copenhagen"}`)
	total := events.ControlTotal{Ledger: billing.Customer, Currency: "DKK", Lines: 2, Amount: money("145.67"),
		Hash: uuid.MustParse(sampleLine)}
	return []events.Event{
		events.RunStarted{Run: sampleRun, Kind: "nightly", BusinessDate: day("2026-06-01"), CatalogVersion: 40,
			CatalogChain: strings.Repeat("ab", 32),
			Policy:       policy, Shards: []int32{0, 1},
			Plan: "5e5e", Changed: 3},
		events.RunShardOpened{Run: sampleRun, Shard: 1, BusinessDate: day("2026-06-01"), CatalogVersion: 40,
			CatalogChain: strings.Repeat("ab", 32), Policy: policy},
		events.RunShardCompleted{Run: sampleRun, Shard: 1, FirstPosition: 101, LastPosition: 140, Examined: 5, Billed: 3,
			NotBilled: 2},
		events.RunCompleted{Run: sampleRun, Kind: "nightly", BusinessDate: day("2026-06-01"), Examined: 5, Billed: 3,
			NotBilled: 2, Documents: 1, LedgerDocuments: []events.LedgerDocuments{{Ledger: billing.Customer, Documents: 1}},
			Totals: []events.ControlTotal{total},
			Shards: []events.ShardTotals{{Shard: 1, FirstPosition: 101, LastPosition: 140,
				Totals: []events.ControlTotal{total}}},
			Abandoned: true, Anchors: []events.ShardAnchor{{Shard: 1, Position: 140, Chain: "6f6f"}},
			Hash: "5e5e", Previous: "4d4d"},
		events.DocumentIssued{DocumentRef: "2026-06/CUSTOMER/" + sampleCustomer + "/DKK", Type: "INVOICE",
			Ledger: billing.Customer,
			BillTo: sampleCustomer, Currency: "DKK", Total: money("300"), Lines: 2, Hash: uuid.MustParse(sampleLine),
			IssueDate: day("2026-06-01"), Run: sampleRun, Charges: &all, Credits: &none, BillToName: "Sample customer",
			Seller: sampleReseller, SellerName: "Sample reseller"},
		events.InvoiceNumberRecorded{InvoiceNumber: "2026-0001", Reseller: sampleReseller, DueDate: day("2026-06-30")},
		events.PaymentRecorded{PaidOn: day("2026-06-28"), Amount: money("300"), Paid: &all, Open: &none,
			PaymentID: "bank-4711"},
	}
}
