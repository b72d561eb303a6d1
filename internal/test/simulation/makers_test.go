package simulation

import (
	"fmt"
	"maps"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"tenure/domain"
)

// makers order something of each type of command.
var makers map[string]func(*writer)

func init() { // the company's beginning uses one of them
	makers = ofEmployees()
	for _, more := range []map[string]func(*writer){ofWhatTheyHave(), ofBilling(), ofDocuments(), ofTheRest()} {
		maps.Copy(makers, more)
	}
}

// ofEmployees are about employees and their products.
func ofEmployees() map[string]func(*writer) {
	return map[string]func(*writer){
		"employee.create.v1": func(w *writer) {
			w.people++
			address := w.people
			if w.started && w.random.Intn(4) == 0 {
				address = 1 // the first one has it: refused, whichever shard asks
			}
			data := object{"customer": customer, "name": fmt.Sprintf("Sample employee %02d", w.people),
				"emailAddress": fmt.Sprintf("sample%d@example.com", address), "product": w.one(basic, large),
				"effective": w.day(-20, 3)}
			if w.people > 1 && w.random.Intn(8) == 0 {
				data["billToCustomer"] = payer // refused
			}
			w.order("employee.create.v1", employeeID(w.people), data)
		},
		"employee.update.v1": func(w *writer) {
			data := object{"department": fmt.Sprint("Sample department ", w.random.Intn(5))}
			w.maybe(data, "name", fmt.Sprint("Sample employee ", w.random.Intn(100)))
			w.maybe(data, "title", "Tester")
			w.order("employee.update.v1", w.employee(), data)
		},
		"employee.schedule_product_change.v1": func(w *writer) {
			w.order("employee.schedule_product_change.v1", w.employee(), object{"newProduct": w.one(basic, large)})
		},
		"employee.add_addon.v1": func(w *writer) {
			data := object{"_id": w.part("5d"), "product": w.one(lamp, setup), "start": w.day(-15, 5),
				"units": fmt.Sprint(1 + w.random.Intn(4))}
			w.order("employee.add_addon.v1", w.employee(), w.maybe(data, "unitPrice", w.amount()))
		},
		"employee.update_addon.v1": func(w *writer) {
			w.order("employee.update_addon.v1", w.employee(), object{"_id": w.part("5d"),
				"units": fmt.Sprint(1 + w.random.Intn(6)), "effective": w.day(-3, 3)})
		},
		"employee.terminate_addon.v1": func(w *writer) {
			w.order("employee.terminate_addon.v1", w.employee(), object{"_id": w.part("5d"), "terminate": w.day(-5, 5)})
		},
		"employee.schedule_deletion.v1": func(w *writer) {
			who := w.employee()
			if who == employeeID(1) {
				who = employeeID(2) // the first one keeps its address
			}
			w.order("employee.schedule_deletion.v1", who, object{"deleteDate": w.day(1, 4),
				"deleteExtensions": w.random.Intn(2) == 0, "deleteMvnoAccounts": w.random.Intn(2) == 0})
		},
		"employee.cancel_deletion.v1": func(w *writer) { w.order("employee.cancel_deletion.v1", w.employee(), object{}) },
		"employee.set_presence.v1": func(w *writer) {
			w.order("employee.set_presence.v1", w.employee(), object{"state": w.one("BUSY", "AWAY", "AVAILABLE"),
				"message": "In a sample meeting"})
		},
	}
}

// ofWhatTheyHave are about extensions and mobile accounts.
func ofWhatTheyHave() map[string]func(*writer) {
	return map[string]func(*writer){
		"employee.assign_extension.v1": func(w *writer) {
			who := w.employee()
			w.order("employee.assign_extension.v1", who, object{"_id": w.held("e0", who),
				"number": "2" + who[21:], "name": "Desk"})
		},
		"employee.unassign_extension.v1":        withPart("employee.unassign_extension.v1", "e0"),
		"employee.confirm_extension_deleted.v1": withPart("employee.confirm_extension_deleted.v1", "e0"),
		"employee.attach_mvno_account.v1": func(w *writer) {
			who := w.employee()
			w.order("employee.attach_mvno_account.v1", who, object{"_id": w.held("a0", who),
				"number": "+4500000" + who[21:], "name": "Sample account", "state": "ACTIVE",
				"numberState": "IN_USE", "ratePlan": w.one(plan, planPlus)})
		},
		"employee.detach_mvno_account.v1":          withPart("employee.detach_mvno_account.v1", "a0"),
		"employee.confirm_mvno_account_deleted.v1": withPart("employee.confirm_mvno_account_deleted.v1", "a0"),
		"employee.restore_mvno_account.v1":         withPart("employee.restore_mvno_account.v1", "a0"),
		"employee.refuse_deletion.v1": func(w *writer) {
			who := w.employee()
			w.order("employee.refuse_deletion.v1", who, object{"_id": w.held("a0", who), "reason": w.reason()})
		},
		"employee.schedule_rate_plan_change.v1": func(w *writer) {
			who := w.employee()
			w.order("employee.schedule_rate_plan_change.v1", who, object{"_id": w.held("a0", who),
				"newRatePlan": w.one(plan, planPlus)})
		},
	}
}

// ofBilling are orders to the billing.
func ofBilling() map[string]func(*writer) {
	return map[string]func(*writer){
		"billing.adjust.v1": func(w *writer) {
			w.order("billing.adjust.v1", w.employee(), object{"amount": w.one("-", "") + w.amount(), "billTo": customer,
				"day": w.day(-9, 0), "ledger": w.one("CUSTOMER", "RESELLER"), "product": w.one(basic, lamp), "reason": w.reason()})
		},
		"billing.void_line.v1": func(w *writer) {
			w.order("billing.void_line.v1", w.employee(), object{"line": w.line(), "reason": w.reason()})
		},
		"billing.credit_line.v1": func(w *writer) {
			w.order("billing.credit_line.v1", w.employee(), object{"line": w.line(), "share": "0.5", "reason": w.reason()})
		},
		"billing.rerate.v1": func(w *writer) {
			w.order("billing.rerate.v1", w.employee(), object{"from": w.day(-20, -5), "to": w.day(-4, 0),
				"source": w.one("product", w.part("5d")), "reason": w.reason()})
		},
		"billing.resolve_review.v1": func(w *writer) {
			w.order("billing.resolve_review.v1", w.employee(), object{"amount": w.amount(), "decision": w.one("CREDIT", "KEEP"),
				"source": w.one("product", w.part("5d")), "reason": w.reason()})
		},
		"billing.hold.v1":    withReason("billing.hold.v1", (*writer).employee),
		"billing.release.v1": withReason("billing.release.v1", (*writer).employee),
		"billing.hold_customer.v1": func(w *writer) { // released the same day, before the night
			w.order("billing.hold_customer.v1", payer, object{"reason": w.reason()})
		},
		"billing.release_customer.v1": withReason("billing.release_customer.v1", func(*writer) string { return payer }),
		"billing.close_period.v1": func(w *writer) {
			w.order("billing.close_period.v1", reseller, object{"until": w.day(-40, -25), "reason": w.reason()})
		},
		"billing.set_policy.v1": func(w *writer) {
			w.order("billing.set_policy.v1", domain.PolicyID, object{"from": w.day(1, 3),
				"values": object{"scale": w.one("2", "3")}, "reason": w.reason()})
		},
	}
}

// ofDocuments are about documents.
func ofDocuments() map[string]func(*writer) {
	return map[string]func(*writer){
		"billing.issue_document.v1": func(w *writer) {
			w.order("billing.issue_document.v1", w.document(), object{"run": w.night()})
		},
		"billing.record_invoice_number.v1": func(w *writer) {
			w.order("billing.record_invoice_number.v1", w.document(), object{"invoiceNumber": 100_000 + w.random.Intn(3),
				"dueDate": w.day(10, 30)})
		},
		"billing.acknowledge.v1": func(w *writer) {
			w.order("billing.acknowledge.v1", w.document(), object{"integration": "sample", "run": w.night(),
				"lines": 1 + w.random.Intn(3), "hash": uuid.NewSHA1(uuid.Nil, []byte(w.amount())).String()})
		},
		"billing.record_payment.v1": func(w *writer) {
			w.order("billing.record_payment.v1", w.document(), object{"amount": w.amount(), "paidOn": w.day(-3, 0)})
		},
	}
}

// ofTheRest are about the catalogue and runs.
func ofTheRest() map[string]func(*writer) {
	return map[string]func(*writer){
		"catalog.put_product.v1": func(w *writer) { w.product(w.one(basic, large, lamp, setup), w.random.Intn(9)) },
		"catalog.set_price.v1": func(w *writer) {
			w.order("catalog.set_price.v1", w.one(basic, large, lamp), object{"ledger": w.one("CUSTOMER", "RESELLER"),
				"amount": w.amount(), "effective": w.day(-5, 5)})
		},
		"catalog.put_customer.v1": func(w *writer) {
			w.order("catalog.put_customer.v1", payer, object{"reseller": reseller,
				"name": fmt.Sprint("Sample customer ", w.random.Intn(9)), "currency": "DKK", "features": []string{"PBX"}})
		},
		"catalog.put_reseller.v1": func(w *writer) {
			w.order("catalog.put_reseller.v1", reseller, object{"name": fmt.Sprint("Sample reseller ", w.random.Intn(9)),
				"currency": "DKK"})
		},
		"run.plan.v1": func(w *writer) {
			w.order("run.plan.v1", w.night(), object{"kind": "nightly", "businessDate": w.day(0, 1), "digest": "5e5e5e5e"})
		},
		"run.approve.v1": func(w *writer) {
			w.order("run.approve.v1", w.night(), object{"digest": "5e5e5e5e", "reason": w.reason()})
		},
		"run.halt.v1": func(w *writer) { // resumed at once, or the next night would wait
			scope := w.one("invoicing", "deletions", "all")
			w.order("run.halt.v1", "runs", object{"scope": scope, "reason": w.reason()})
			w.order("run.resume.v1", "runs", object{"scope": scope, "reason": w.reason()})
		},
		"run.resume.v1": func(w *writer) {
			w.order("run.resume.v1", "runs", object{"scope": w.one("invoicing", "all"), "reason": w.reason()})
		},
		"run.abandon.v1": withReason("run.abandon.v1", (*writer).night),
		"run.start.v1": func(w *writer) { // the program's own: refused
			w.order("run.start.v1", w.night(), object{"kind": "nightly", "businessDate": w.day(0, 1), "shards": []int{0}})
		},
		"run.open_shard.v1": func(w *writer) {
			w.order("run.open_shard.v1", w.night()+"/0", object{"run": w.night(), "shard": 0, "businessDate": w.day(0, 1),
				"catalogVersion": 1})
		},
		"run.complete.v1": func(w *writer) { w.order("run.complete.v1", w.night(), object{}) },
	}
}

func withPart(kind, prefix string) func(*writer) {
	return func(w *writer) {
		who := w.employee()
		w.order(kind, who, object{"_id": w.held(prefix, who)})
	}
}

func withReason(kind string, subject func(*writer) string) func(*writer) {
	return func(w *writer) { w.order(kind, subject(w), object{"reason": w.reason()}) }
}

// line is the id of some line.
func (w *writer) line() string { return uuid.NewSHA1(uuid.Nil, []byte(w.amount())).String() }

func TestGenerator_KnowsEveryTypeOfCommand(t *testing.T) {
	t.Parallel()
	for _, kind := range domain.CommandTypes() {
		require.Contains(t, makers, kind, "the generator of lives has no maker for it")
	}
	require.Len(t, makers, len(domain.CommandTypes()), "a maker of what is no command")
}
