package schemas

import (
	"reflect"

	"tenure/access"
	"tenure/billing"
)

// words is a closed list of values.
func words(all ...string) []any {
	list := make([]any, len(all))
	for i, word := range all {
		list[i] = word
	}
	return list
}

// valuesOfType are the closed lists of types of texts.
var valuesOfType = map[reflect.Type][]any{
	reflect.TypeFor[billing.Ledger](): words(string(billing.Customer), string(billing.Reseller),
		string(billing.Cost)),
	reflect.TypeFor[billing.Kind]():         words(string(billing.Charge), string(billing.Credit)),
	reflect.TypeFor[billing.DocumentType](): words(string(billing.Invoice), string(billing.CreditNote)),
}

// valuesOfField are the closed lists of single fields, by struct and field. Lists that will grow, such as reasons, are
// not among them: a consumer must take any.
var valuesOfField = map[string][]any{
	"DocumentIssued.Type":   words(string(billing.Invoice), string(billing.CreditNote)),
	"Outcome.Status":        words("applied", "rejected", "parked"),
	"PutProduct.Recurrence": words("NONE", "MONTHLY", "QUARTERLY", "YEARLY"),
	"PutProduct.Type": words("SIP_RATEPLAN", "MVNO_RATEPLAN", "DSL", "FIBER", "NUMBER_RENT", "DNS", "PBX_EXTENSION",
		"PBX_SIP_PHONE", "PBX_USER", "MVNO_DATA_TOP_UP", "EXTERNAL_LICENSE", "MVNO_ROW_ROAMING", "AD_HOC", "OTHER"),
	"PutProduct.UnitType":           words("MIN", "MB", "UNITS", "HOURS", "KM", "MONTH", "MONTHS"),
	"CreateEmployee.State":          words("ENABLED", "DISABLED"),
	"UpdateEmployee.State":          words("ENABLED", "DISABLED"),
	"CreateEmployee.AccessLevel":    levels(),
	"UpdateEmployee.AccessLevel":    levels(),
	"AttachMvnoAccount.State":       words("ACTIVE", "CREATING", "DELETING", "BLOCKED"),
	"AttachMvnoAccount.NumberState": words("IN_USE", "PORTING_IN", "PORTING_OUT"),
}

func levels() []any { return words(access.LevelNames()...) }

// requiredData is what the data of a command cannot do without; a test leaves each out and expects a refusal.
var requiredData = map[string][]string{
	"employee.create.v1":                    {"name"},
	"employee.add_addon.v1":                 {"_id", "product"},
	"employee.update_addon.v1":              {"_id"},
	"employee.terminate_addon.v1":           {"_id"},
	"employee.assign_extension.v1":          {"_id"},
	"employee.attach_mvno_account.v1":       {"_id"},
	"employee.refuse_deletion.v1":           {"reason"},
	"employee.restore_mvno_account.v1":      {"_id"},
	"employee.schedule_rate_plan_change.v1": {"_id"},
	"billing.acknowledge.v1":                {"integration", "run"},
	"billing.adjust.v1":                     {"amount", "reason"},
	"billing.void_line.v1":                  {"line", "reason"},
	"billing.credit_line.v1":                {"line", "reason"},
	"billing.rerate.v1":                     {"source", "from", "to", "reason"},
	"billing.resolve_review.v1":             {"source", "decision", "reason"},
	"billing.hold.v1":                       {"reason"},
	"billing.release.v1":                    {"reason"},
	"billing.hold_customer.v1":              {"reason"},
	"billing.release_customer.v1":           {"reason"},
	"billing.close_period.v1":               {"until", "reason"},
	"billing.set_policy.v1":                 {"reason"},
	"billing.record_payment.v1":             {"paidOn"},
	"billing.record_invoice_number.v1":      {"invoiceNumber"},
	"catalog.put_customer.v1":               {"reseller"},
}
