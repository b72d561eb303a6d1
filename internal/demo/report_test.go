package demo

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/contract"
	"tenure/events"
	"tenure/internal/bus"
	"tenure/internal/test/golden"
)

// announced is a small report with something of everything: a day of the story, an invoice, a credit note of another
// ledger, and a run whose totals hold in one ledger only.
func announced(t *testing.T) *Report {
	t.Helper()
	r := &Report{counts: map[string]int{}}
	wholesale := line(12, "-22.45")
	wholesale.Ledger, wholesale.BillTo = billing.Reseller, id(kindReseller, 2)
	wholesale.Product, wholesale.DocumentRef = id(kindProduct, productRecording),
		"2026-11/RESELLER/"+id(kindReseller, 2)+"/DKK"
	wholesale.Period = billing.Period{From: billing.MustDate("2026-10-20"), To: billing.MustDate("2026-11-01")}
	lines := []Line{line(11, "79"), line(7, "40.76"), line(7, "-2.63"), wholesale}
	for i, topic := range []string{contract.BillingLines, contract.BillingLines, contract.BillingLines,
		contract.BillingLinesWholesale} {
		lines[i].ID = uuid.UUID{1 << i}
		if lines[i].UnitPrice.Sign() < 0 {
			lines[i].UnitPrice = lines[i].UnitPrice.Neg() // the kind has the sign
		}
		require.NoError(t, r.readLine(message(t, topic, "billing.line.v1", lines[i].ID.String(), lines[i].Line)))
	}
	document := func(topic, ref, kind string, ledger billing.Ledger, billTo, total string, lines int64, hash byte) {
		d := events.DocumentIssued{DocumentRef: ref, Type: kind, Ledger: ledger, BillTo: billTo, Currency: "DKK",
			Total: events.NewMoney(decimal.RequireFromString(total), 2), Lines: lines, Hash: uuid.UUID{hash}, Run: run}
		require.NoError(t, r.readDocument(message(t, topic, d.EventType(), ref, d)))
	}
	document(contract.BillingDocumentsWholesale, wholesale.DocumentRef, creditNote, billing.Reseller, wholesale.BillTo,
		"22.45", 1, 8)
	document(contract.BillingDocuments, ref, "INVOICE", billing.Customer, id(kindCustomer, 1), "117.13", 3, 1^2^4)
	for topic, total := range map[string]events.ControlTotal{
		contract.BillingRuns: {Ledger: billing.Customer, Currency: "DKK", Lines: 3,
			Amount: events.NewMoney(decimal.RequireFromString("117.13"), 2), Hash: uuid.UUID{1 ^ 2 ^ 4}},
		contract.BillingRunsWholesale: {Ledger: billing.Reseller, Currency: "DKK", Lines: 2,
			Amount: events.NewMoney(decimal.RequireFromString("-44.90"), 2), Hash: uuid.UUID{9}},
	} {
		completed := events.RunCompleted{Run: run, BusinessDate: billing.MustDate("2026-11-01"), Examined: 60, Billed: 58,
			NotBilled: 2,
			Documents: 2, Totals: []events.ControlTotal{total}}
		require.NoError(t, r.readRun(message(t, topic, completed.EventType(), topic, completed)))
	}
	for _, fact := range []struct {
		who  int
		at   time.Time
		what string
		body string
	}{
		{whoIsDeleted, deletionTime, "deletion_started", `{"date":"2026-10-31"}`},
		{whoChanges, dayTwo, "product_change_scheduled", `{"product":"` + id(kindProduct, productPlus) +
			`","from":"2026-11-01"}`},
		{whoChanges, Begin.Add(-time.Hour), "created", `{}`},
		{3, dayTwo, "updated", `{}`},
		{whoTerminates, dayTwo, "addon_updated", `{"description":"` + strings.Repeat("long ", 40) + `"}`},
	} {
		e := bus.Envelope{ID: "f", Type: "employee." + fact.what + ".v1", Source: "tenure",
			Subject: id(kindEmployee, fact.who), Time: fact.at}
		m := bus.Message{Topic: contract.EmployeeEvents, Key: []byte(id(kindEmployee, fact.who)), Value: []byte(fact.body),
			Headers: e.Headers()}
		require.NoError(t, r.readEvent(m))
	}
	r.arrange()
	return r
}

func TestReport_IsAsAnOperatorReadsIt(t *testing.T) {
	t.Parallel()
	var whole, screen strings.Builder
	announced(t).Print(&whole)
	golden.Compare(t, "testdata/report.txt", whole.String())
	announced(t).PrintScreen(&screen, 2)
	golden.Compare(t, "testdata/screen.txt", screen.String())
}

func TestReport_InJSONHasWhatThePrintedOneHas(t *testing.T) {
	t.Parallel()
	raw, err := json.MarshalIndent(announced(t), "", "  ")
	require.NoError(t, err)
	golden.Compare(t, "testdata/report.json", string(raw)+"\n")
}

func TestReport_TheStoryIsReportedOfTheDaysThatItIsAbout(t *testing.T) {
	t.Parallel()
	r := announced(t)
	var days []string
	for _, m := range r.Timeline {
		days = append(days, m.Employee+" "+m.What)
	}
	assert.Equal(t, []string{"Sample employee 11 product_change_scheduled", "Sample employee 12 addon_updated",
		"Sample employee 07 deletion_started"},
		days, "in the order of time, of the story's employees, after its beginning")
	assert.Equal(t, 1, r.counts["updated"], "what happened to the others is counted")
}

func TestReport_AMessageThatCannotBeReadIsAnError(t *testing.T) {
	t.Parallel()
	r := &Report{counts: map[string]int{}}
	broken := bus.Message{Value: []byte("{"), Headers: []bus.Header{{Key: "ce_type", Value: []byte("run.completed.v1")}}}
	require.Error(t, r.readRun(broken))
	require.Error(t, r.readLine(broken))
	require.Error(t, r.readEvent(broken), "an event has a time")
	broken.Headers[0].Value = []byte("billing.document_issued.v1")
	require.Error(t, r.readDocument(broken))
	broken.Headers[0].Value = []byte("run.started.v1")
	require.NoError(t, r.readRun(broken), "what is not looked at is not read")
}
