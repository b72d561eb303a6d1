package scenario

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/domain"
	"tenure/events"
)

// lampOf is the id of an employee's addon.
const lampOf = "52f4fd7734697b2a00000001"

// hireWithLamp creates an employee with a product and an addon from a day on.
func (s *system) hireWithLamp(n int, from string) {
	s.t.Helper()
	s.order("employee.create.v1", employeeID(n),
		object{"customer": customer, "name": fmt.Sprintf("Sample employee %02d", n),
			"product": basic, "effective": from})
	s.order("employee.add_addon.v1", employeeID(n), object{"_id": lampOf, "product": lamp, "start": from})
}

// made are the lines of a night for one employee as text, with what an operator asked for.
func (s *system) made(n int, night string) (lines []string, event events.EmployeeInvoiced) {
	s.t.Helper()
	for _, e := range happened[events.EmployeeInvoiced](s, n) {
		if e.Run != "nightly/"+night {
			continue
		}
		event = e
		for _, l := range e.Lines {
			source := map[string]string{lampOf: "lamp"}[l.Source]
			if source == "" {
				source = l.Source
			}
			lines = append(lines, fmt.Sprintf("%s %s %s: %s, %s", l.Kind, source, l.Period, l.Amount.StringFixed(2), l.Reason))
		}
	}
	return lines, event
}

// agrees compares what a night's tables say with the lines that it made of some employees.
func (s *system) agrees(night string, employees ...int) {
	s.t.Helper()
	made, lines, hash := decimal.Zero, int64(0), uuid.Nil
	for _, n := range employees {
		_, event := s.made(n, night)
		for _, l := range event.Lines {
			made, lines, hash = made.Add(l.Amount.Decimal()), lines+1, billing.CombineHashes(hash, l.ID)
		}
	}
	told, toldLines, toldHash := decimal.Zero, int64(0), uuid.Nil
	totals, err := s.store.RunTotals(context.Background(), "nightly/"+night)
	require.NoError(s.t, err)
	for _, t := range totals {
		told, toldLines, toldHash = told.Add(t.Amount), toldLines+t.Lines, billing.CombineHashes(toldHash, t.Hash)
	}
	require.True(s.t, made.Equal(told), "%s: lines sum to %s, the run says %s", night, made, told)
	require.Equal(s.t, lines, toldLines, night)
	require.Equal(s.t, hash, toldHash, night)
}

// reasons are why employees were not billed in a night.
func (s *system) reasons(night string) map[string]string {
	s.t.Helper()
	found, err := s.store.RunReasons(context.Background(), "nightly/"+night, 100)
	require.NoError(s.t, err)
	all := map[string]string{}
	for _, r := range found {
		all[r.Stream] = r.Reason
	}
	return all
}

func TestManual_WorkIsDoneByTheNextNightOnce(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "2026-10-20T08:00:00Z")
	s.startWorker()
	s.company()
	for n := range 3 {
		s.hireWithLamp(n, "2026-11-01")
	}
	s.goTo("2026-11-01T08:00:00Z")
	s.nights()
	november := []string{"CHARGE lamp 2026-11-01 to 2026-11-30: 95.00, PERIOD",
		"CHARGE product 2026-11-01 to 2026-11-30: 49.00, PERIOD"}
	lines, first := s.made(0, "2026-11-01")
	require.Equal(t, november, lines)

	// The price of the product was wrong, one lamp was never there, and an operator was promised something.
	s.order("catalog.set_price.v1", basic, object{"amount": "39.00", "effective": "2026-10-01"})
	s.order("billing.rerate.v1", employeeID(0), object{"source": "product", "from": "2026-11-01", "to": "2026-11-30",
		"reason": "wrong price"})
	s.order("billing.void_line.v1", employeeID(0), object{"line": first.Lines[0].ID, "reason": "never installed"})
	s.order("billing.adjust.v1", employeeID(0), object{"amount": "-10", "day": "2026-10-31", "reason": "goodwill"})
	s.order("billing.hold.v1", employeeID(1), object{"reason": "disputed"})
	s.order("billing.adjust.v1", employeeID(1), object{"amount": "5.00", "reason": "fee"})
	again := s.send("billing.void_line.v1", employeeID(0), object{"line": first.Lines[0].ID, "reason": "never installed"})
	require.Empty(t, again.Events, "it waits already")
	nobody := s.send("billing.void_line.v1", employeeID(2), object{"line": first.Lines[0].ID, "reason": "x"})
	require.Equal(t, domain.StatusRejected, nobody.Status, "the line is another's")

	s.goTo("2026-11-02T08:00:00Z")
	s.nights()
	lines, second := s.made(0, "2026-11-02")
	require.Equal(t, []string{
		"CREDIT lamp 2026-11-01 to 2026-11-30: -95.00, never installed",
		"CREDIT adjustment 2026-10-31 to 2026-10-31: -10.00, goodwill",
		"CREDIT product 2026-11-01 to 2026-11-30: -49.00, wrong price",
		"CHARGE product 2026-11-01 to 2026-11-30: 39.00, wrong price",
	}, lines)
	require.Equal(t, "−(1 × 95.00 × 1) = -95.00, price: "+lamp+", asked for by ADMIN: never installed",
		second.Lines[0].Explanation())
	require.Equal(t, first.Lines[0].ID, second.Lines[0].CorrectsLine)
	require.Equal(t, []events.WorkDone{{ID: 1}, {ID: 2}, {ID: 3}}, second.Work)
	s.agrees("2026-11-02", 0, 1, 2)
	require.Equal(t, map[string]string{domain.Stream(domain.KindEmployee, employeeID(1)): domain.ReasonHold},
		s.reasons("2026-11-02"))

	s.order("billing.release.v1", employeeID(1), object{"reason": "settled"})
	s.goTo("2026-11-03T08:00:00Z")
	s.nights()
	lines, _ = s.made(0, "2026-11-03")
	require.Empty(t, lines, "a night does it once")
	lines, _ = s.made(1, "2026-11-03")
	require.Equal(t, []string{"CHARGE adjustment 2026-11-01 to 2026-11-01: 5.00, fee"}, lines)
	s.agrees("2026-11-03", 0, 1, 2)
	s.audited()
}

func TestManual_AHeldCustomerAndAClosedPeriod(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "2026-10-20T08:00:00Z")
	s.startWorker()
	s.company()
	s.hireWithLamp(0, "2026-10-20")
	s.goTo("2026-11-01T08:00:00Z")
	s.nights()
	ref := "2026-11/CUSTOMER/" + customer + "/DKK"
	issued := s.documentState(ref)
	require.NotNil(t, issued.Issued)
	s.order("billing.record_invoice_number.v1", ref, object{"invoiceNumber": 100001, "dueDate": "2026-11-30"})
	s.order("billing.record_payment.v1", ref, object{"paidOn": "2026-11-01", "amount": "1.00"})
	require.Equal(t, "1.00", s.documentState(ref).PaidSum.StringFixed(2), "a part of it")
	total := issued.Issued.Total
	more := s.send("billing.record_payment.v1", ref, object{"paidOn": "2026-11-01", "amount": total.StringFixed(2)})
	require.Equal(t, "422 amount is more than what is open: overpayments stay with accounting", code(more))
	s.order("billing.record_payment.v1", ref, object{"paidOn": "2026-11-01"})
	told := s.documentState(ref)
	require.Equal(t, total.StringFixed(2), told.PaidSum.StringFixed(2), "the rest, which no amount says")
	again := s.send("billing.record_payment.v1", ref, object{"paidOn": "2026-11-01"})
	require.Equal(t, "409 paidOn The document was paid on 2026-11-01 already", code(again))
	require.Equal(t, []any{events.InvoiceNumber("100001"), "2026-11-30", "2026-11-01"},
		[]any{told.InvoiceNumber, told.DueDate.String(), told.Paid.String()})

	// October is booked; then it turns out that the lamp ended in it, while the customer's bills are held.
	s.order("billing.close_period.v1", reseller, object{"until": "2026-10-31", "reason": "October is booked"})
	s.order("billing.hold_customer.v1", customer, object{"reason": "disputed"})
	s.order("employee.terminate_addon.v1", employeeID(0), object{"_id": lampOf, "terminate": "2026-10-27"})
	s.goTo("2026-11-02T08:00:00Z")
	s.nights()
	lines, _ := s.made(0, "2026-11-02")
	require.Empty(t, lines)
	require.Equal(t, map[string]string{domain.Stream(domain.KindEmployee, employeeID(0)): domain.ReasonCustomerHold},
		s.reasons("2026-11-02"))

	s.order("billing.release_customer.v1", customer, object{"reason": "settled"})
	s.goTo("2026-11-03T08:00:00Z")
	s.nights()
	lines, event := s.made(0, "2026-11-03")
	require.Equal(t, []string{"CREDIT lamp 2026-10-27 to 2026-10-31: -15.32, ENDED",
		"CREDIT lamp 2026-11-01 to 2026-11-30: -95.00, ENDED"}, lines)
	require.Equal(t, "2026-11-01", event.Lines[0].BookingDate.String(), "the first open day")
	require.Zero(t, event.Lines[1].BookingDate, "November is open")
	s.agrees("2026-11-03", 0)
	s.goTo("2026-12-01T08:00:00Z")
	s.nights()
	s.numbersAreUnique(ref, "2026-12/CUSTOMER/"+customer+"/DKK")
	s.notOfTheRun(ref)
	s.audited()
}

// numbersAreUnique gives two documents of a reseller one number; the first lets go of it when it is corrected.
func (s *system) numbersAreUnique(numbered, next string) {
	s.t.Helper()
	december := s.documentState(next).Issued
	require.NotNil(s.t, december)
	require.Equal(s.t, december.Total.String(), december.Charges.Add(december.Credits.Decimal).Abs().String())
	require.Equal(s.t, "2026-12-01", december.IssueDate.String())
	taken := s.send("billing.record_invoice_number.v1", next, object{"invoiceNumber": "100001"})
	require.Equal(s.t, "409 invoiceNumber The number is another document's", code(taken))
	s.order("billing.record_invoice_number.v1", numbered, object{"invoiceNumber": "2026-0001"})
	s.order("billing.record_invoice_number.v1", next, object{"invoiceNumber": "100001"})
	require.Equal(s.t, events.InvoiceNumber("100001"), s.documentState(next).InvoiceNumber)
}

// notOfTheRun acknowledges what the run of a document does not have of it.
func (s *system) notOfTheRun(ref string) {
	s.t.Helper()
	lines, _, err := s.store.BookedTotal(s.t.Context(), "nightly/2026-11-01", ref)
	require.NoError(s.t, err)
	booked := object{"integration": "sync", "run": "nightly/2026-11-01", "lines": lines, "hash": uuid.Max.String()}
	require.Equal(s.t, "409 hash The run has other lines of the document",
		code(s.send("billing.acknowledge.v1", ref, booked)))
	booked["lines"] = 1
	require.Equal(s.t, "409 hash The run has other lines of the document",
		code(s.send("billing.acknowledge.v1", ref, booked)), "the log has the lines, which nothing lists here")
	booked["run"] = "nightly/2031-01-01"
	require.Equal(s.t, "404 run The run has no line of the document",
		code(s.send("billing.acknowledge.v1", ref, booked)))
}

// documentState is what decisions on a document see of it.
func (s *system) documentState(ref string) domain.Document {
	s.t.Helper()
	row, ok, err := s.store.Subject(context.Background(), domain.Stream(domain.KindDocument, ref))
	require.NoError(s.t, err)
	require.True(s.t, ok, ref)
	var d domain.Document
	require.NoError(s.t, json.Unmarshal(row.State, &d))
	return d
}
