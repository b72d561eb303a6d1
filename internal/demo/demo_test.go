package demo

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/contract"
	"tenure/domain"
	"tenure/events"
	"tenure/internal/bus"
	"tenure/internal/command"
)

const run = "nightly/2026-11-01"

// ref is the document of all lines here.
const ref = "2026-11/CUSTOMER/5c0000000000000000000001/DKK"

// line is a line of the customers' ledger with an amount.
func line(n byte, amount string) Line {
	kind := billing.Charge
	if strings.HasPrefix(amount, "-") {
		kind = billing.Credit
	}
	return Line{Run: run, Line: billing.Line{
		ID: uuid.UUID{n}, Kind: kind, Ledger: billing.Customer, Employee: id(kindEmployee, int(n)),
		BillTo: id(kindCustomer, 1),
		Source: billing.ProductSource, Product: id(kindProduct, 1), Amount: billing.MustAmount(amount), Scale: 2,
		Currency: "DKK",
		Units:    billing.One, UnitPrice: billing.MustAmount(amount), DocumentRef: ref,
		Period: billing.Period{From: billing.MustDate("2026-11-01"), To: billing.MustDate("2026-12-01")},
	}}
}

// message puts a value on a topic as the relay does.
func message(t *testing.T, topic, kind, id string, value any) bus.Message {
	t.Helper()
	raw, err := json.Marshal(value)
	require.NoError(t, err)
	e := bus.Envelope{ID: id, Type: kind, Source: "tenure", Subject: id, Time: time.Unix(0, 0), RunID: run}
	return bus.Message{Topic: topic, Key: []byte(id), Value: raw, Headers: e.Headers()}
}

// reading is a report of lines, with a document and a run that announce a total.
func reading(t *testing.T, total string, lines ...Line) *Report {
	t.Helper()
	r := &Report{counts: map[string]int{}}
	var hash uuid.UUID
	for _, l := range lines {
		require.NoError(t, r.readLine(message(t, contract.BillingLines, "billing.line.v1", l.ID.String(), l.Line)))
		hash[0] ^= l.ID[0]
	}
	announced := events.NewMoney(decimal.RequireFromString(total), 2)
	completed := events.RunCompleted{Run: run, Totals: []events.ControlTotal{
		{Ledger: billing.Customer, Currency: "DKK", Lines: int64(len(lines)), Amount: announced, Hash: hash}}}
	require.NoError(t, r.readRun(message(t, contract.BillingRuns, completed.EventType(), "r", completed)))
	issued := events.DocumentIssued{DocumentRef: ref, Type: "INVOICE", Ledger: billing.Customer,
		BillTo:   id(kindCustomer, 1),
		Currency: "DKK", Total: announced, Lines: int64(len(lines)), Hash: hash, Run: run}
	if announced.Sign() < 0 {
		issued.Type, issued.Total.Decimal = creditNote, announced.Neg()
	}
	require.NoError(t, r.readDocument(message(t, contract.BillingDocuments, issued.EventType(), ref, issued)))
	r.arrange()
	return r
}

func TestDemo_TotalsThatAreAsAnnouncedAgree(t *testing.T) {
	t.Parallel()
	require.True(t, reading(t, "90", line(1, "100"), line(2, "-10")).Agrees())
	require.True(t, reading(t, "-5.5", line(1, "10"), line(2, "-15.5")).Agrees(), "a credit note is shown positive")
}

func TestDemo_ADifferenceIsSeenWhateverItIs(t *testing.T) {
	t.Parallel()
	require.False(t, reading(t, "90.01", line(1, "100"), line(2, "-10")).Agrees(), "another amount")
	missing := reading(t, "90", line(1, "100"), line(2, "-10"))
	missing.lines = missing.lines[:1]
	missing.Control = missing.control()
	require.False(t, missing.Agrees(), "a line that did not come")
	swapped := reading(t, "90", line(1, "100"), line(2, "-10"))
	swapped.lines[0].ID = uuid.UUID{9}
	swapped.Control = swapped.control()
	require.False(t, swapped.Agrees(), "another line of the same amount")
	require.False(t, (&Report{}).Agrees(), "nothing at all")
}

func TestDemo_TheReportShowsDocumentsLinesAndTheVerdict(t *testing.T) {
	t.Parallel()
	r := reading(t, "90.01", line(1, "100"), line(2, "-10"))
	r.Timeline = []Moment{{At: Begin, Employee: nameOf(id(kindEmployee, 7)), What: "deletion_started",
		Content: json.RawMessage(`{"date":"2026-10-31"}`)}}
	r.counts["created"] = 60
	var out strings.Builder
	r.Print(&out)
	for _, want := range []string{
		"60 created", "30 Oct 13:00  Sample employee 07  deletion started", "INVOICE " + ref + " to Sample customer 1",
		"Sample employee 01  PBX user Basic  2026-11-01  2026-11-30  CHARGE  100.00", "total 90.01 DKK",
		"NO, announced: 2 lines, 90.01", "do NOT hold",
	} {
		require.Contains(t, out.String(), want)
	}
}

func TestDemo_ACreditStandsBehindItsCharge(t *testing.T) {
	t.Parallel()
	charge, credit := line(1, "100"), line(1, "-10")
	credit.ID = uuid.UUID{7}
	r := reading(t, "90", credit, charge)
	require.Equal(t, billing.Charge, r.Documents[0].Lines[0].Kind)
}

func TestDemo_TheCompanyIsAsLargeAsItIsSaidToBe(t *testing.T) {
	t.Parallel()
	made, seen := map[string]int{}, map[string]bool{}
	recurrences, addons := map[string]bool{}, 0
	for _, o := range append(catalogue(), staff()...) {
		_, err := command.Compose(o)
		require.NoError(t, err)
		require.False(t, seen[o.ID], "%s twice", o.ID)
		seen[o.ID] = true
		raw, err := json.Marshal(o.Data)
		require.NoError(t, err)
		_, err = domain.DecodeCommand(o.Type, raw)
		require.NoError(t, err, "%s %s", o.Type, raw)
		require.Len(t, o.Subject, 24)
		made[o.Type]++
		body := o.Data.(object)
		if r, ok := body["recurrence"].(string); ok {
			recurrences[r] = true
		}
		if list, ok := body["addonProducts"].([]object); ok {
			addons += len(list)
		}
	}
	require.Equal(t, resellers, made["catalog.put_reseller.v1"])
	require.Equal(t, customers, made["catalog.put_customer.v1"])
	require.Equal(t, employees, made["employee.create.v1"])
	require.Equal(t, employees, made["employee.assign_extension.v1"])
	require.Positive(t, made["employee.attach_mvno_account.v1"])
	require.Len(t, recurrences, 4, "an addon of each recurrence")
	require.Greater(t, addons, employees)
}

func TestDemo_IdsThatAreNotOfTheCompanyAreShownAsTheyAre(t *testing.T) {
	t.Parallel()
	require.Equal(t, "5e-other", nameOf("5e-other"))
	require.Equal(t, "PLATFORM", payerName("PLATFORM"))
	require.Equal(t, "Sample reseller 2", payerName(id(kindReseller, 2)))
	require.Equal(t, "other", productName("other"))
	require.Equal(t, "price: PBX user Plus", named("price: "+id(kindProduct, productPlus)))
}
