package domain_test

import (
	"encoding/json"
	"testing"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/domain"
	"tenure/events"
)

func policyJSON(t tb) json.RawMessage {
	t.Helper()
	raw, err := json.Marshal(billing.DefaultPolicy())
	require.NoError(t, err)
	return raw
}

func TestRunShard(t *testing.T) {
	t.Parallel()
	open := domain.OpenRunShard{Run: runNight, Shard: 3, BusinessDate: day("2026-06-01"), CatalogVersion: 7,
		Policy: policyJSON(t)}
	data, err := json.Marshal(open)
	require.NoError(t, err)
	stream := domain.Stream(domain.KindRunShard, domain.RunShardID(open.Run, 3))
	assert.Equal(t, "runshard/nightly/2026-06-01/3", stream)
	checkRows(t, stream, "run.", []row{
		{name: "it opens", when: "open_shard", data: string(data), then: facts{events.RunShardOpened(open)}},
		{name: "behind a halt it does not", when: "open_shard", data: string(data),
			world: func(w *domain.World) { w.InvoicingHalted = true },
			code:  "409 not_ready: Invoicing is halted: send the command again, with a new id, when it is resumed"},
		{name: "a second time changes nothing", given: facts{events.RunShardOpened(open)},
			when: "open_shard", data: string(data)},
		{name: "nor does it after it is through", given: facts{events.RunShardOpened(open),
			events.RunShardCompleted{Run: open.Run, Shard: 3}}, when: "open_shard",
			data: string(data)},
	})
	s := replay(t, stream, events.RunShardOpened(open), events.RunShardCompleted{Run: open.Run, Shard: 3})
	assert.JSONEq(t, `{"open":true,"done":true}`, state(t, s))
}

func TestDocument(t *testing.T) {
	t.Parallel()
	const ref = "2026-06/CUSTOMER/c1/DKK"
	hash := uuid.MustParse("0f0f0f0f-0000-5000-8000-000000000001")
	issued := func(kind, total string) events.DocumentIssued {
		return events.DocumentIssued{DocumentRef: ref, Type: kind, Ledger: "CUSTOMER", BillTo: "c1", Currency: "DKK",
			Total: events.NewMoney(decimal.RequireFromString(total), 2), Lines: 2, Hash: hash, Run: "nightly/2026-06-01",
			IssueDate: day("2026-06-01"), Seller: "r1", SellerName: "Sample reseller 1"}
	}
	const data = `{"run":"nightly/2026-06-01"}`
	sums := func(net string) func(*domain.World) {
		return func(w *domain.World) {
			w.Document = &domain.DocumentTotal{Ledger: "CUSTOMER", BillTo: "c1", Currency: "DKK", Lines: 2, Hash: hash,
				Net: events.NewMoney(decimal.RequireFromString(net), 2)}
		}
	}
	split := issued("INVOICE", "300.00")
	charges, credits := events.NewMoney(decimal.RequireFromString("350"), 2),
		events.NewMoney(decimal.RequireFromString("-50"), 2)
	split.Charges, split.Credits = &charges, &credits
	numbered := facts{issued("INVOICE", "300.00"), events.InvoiceNumberRecorded{Reseller: "r1", InvoiceNumber: "12"}}
	checkRows(t, "document/"+ref, "billing.", []row{
		{name: "a positive net is an invoice", when: "issue_document", data: data, world: sums("300.00"),
			then: facts{issued("INVOICE", "300.00")}},
		{name: "a net of 0 is an invoice", when: "issue_document", data: data, world: sums("0.00"),
			then: facts{issued("INVOICE", "0.00")}},
		{
			name:  "a negative net is a credit note, shown positive",
			when:  "issue_document",
			data:  data,
			world: sums("-30.50"),
			then:  facts{issued("CREDIT_NOTE", "30.50")},
		},
		{name: "with the sums of its charges and credits", when: "issue_document", data: data,
			world: func(w *domain.World) {
				sums("300.00")(w)
				w.Document.Charges = &charges
			},
			then: facts{split}},
		{name: "a second issue changes nothing", given: facts{issued("INVOICE", "300.00")}, when: "issue_document",
			data: data, world: sums("300.00")},
		{name: "the sums of a message are not believed", when: "issue_document", world: sums("300.00"),
			data: `{"run":"nightly/2026-06-01","ledger":"COST","billTo":"c2","currency":"EUR","net":"1.00","lines":1}`,
			then: facts{issued("INVOICE", "300.00")}},
		{name: "before the run is through it is refused for the time being", when: "issue_document", data: data,
			world: func(w *domain.World) { w.Document = &domain.DocumentTotal{NotReady: "It is not through"} },
			code:  "409 not_ready: It is not through"},
		{name: "accounting gives its number", given: numbered[:1], when: "record_invoice_number",
			data: `{"invoiceNumber":12}`, then: numbered[1:]},
		{name: "the same number again changes nothing", given: numbered, when: "record_invoice_number",
			data: `{"invoiceNumber":12}`},
		{name: "another number corrects it", given: numbered, when: "record_invoice_number", data: `{"invoiceNumber":13}`,
			then: facts{events.InvoiceNumberRecorded{Reseller: "r1", InvoiceNumber: "13"}}},
		{name: "no number is refused", given: numbered[:1], when: "record_invoice_number", data: `{"invoiceNumber":" "}`,
			code: "422 invoiceNumber: is required"},
		{name: "a number that is another document's", given: numbered[:1], when: "record_invoice_number", taken: true,
			data: `{"invoiceNumber":"12"}`, code: "409 invoiceNumber: The number is another document's"},
		{name: "a program of accounting corrects none", given: numbered, when: "record_invoice_number",
			by: events.Actor{AccessLevel: "RESELLER_ADMIN"}, data: `{"invoiceNumber":"13"}`, code: denied},
		{name: "a text with signs that cannot be seen", given: numbered[:1], when: "record_invoice_number",
			data: `{"invoiceNumber":"1\u200b2"}`,
			code: "422 invoiceNumber: has control or invisible characters"},
		{name: "a number before the document is refused", when: "record_invoice_number", data: `{"invoiceNumber":12}`,
			code: "404 document: Document not found"},
	})
}

func TestRun_OfTheFirstClosesTheMonthsDocuments(t *testing.T) {
	t.Parallel()
	monthly, perRun := billing.DefaultPolicy(), billing.DefaultPolicy()
	perRun.DocumentCycle = billing.CyclePerRun
	rows := []struct {
		name   string
		policy billing.Policy
		night  string
		cycle  string
		closes bool
	}{
		{"the first closes its month", monthly, "2026-06-01", "2026-06", true},
		{"the night after belongs to the next first", monthly, "2026-06-02", "2026-07", false},
		{"the last of a month too", monthly, "2026-06-30", "2026-07", false},
		{"and the last of a year", monthly, "2026-12-31", "2027-01", false},
		{"every run closes its own", perRun, "2026-06-02", "2026-06-02", true},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, r.cycle, domain.DocumentCycle(r.policy, day(r.night)))
			assert.Equal(t, r.closes, domain.ClosesDocuments(r.policy, day(r.night)))
		})
	}
}
