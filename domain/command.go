package domain

import (
	"bytes"
	"encoding/json"
	"reflect"

	"tenure/access"
	"tenure/events"
)

// Command is an order to one subject. Each is a file of this package, with its rule.
type Command interface {
	// Kind is the kind of stream that the command is for.
	Kind() string
	// Operation is what the command does, as far as rights go.
	Operation() access.Operation
}

// employeeCommand is a command to an employee that exists and is not deleted.
type employeeCommand interface {
	Command
	decide(e *Employee, w World) ([]events.Event, error)
}

// commands maps wire names to command types. A new command adds its line here.
var commands = map[string]Command{
	"employee.create.v1":                       CreateEmployee{},
	"employee.update.v1":                       UpdateEmployee{},
	"employee.schedule_product_change.v1":      ScheduleProductChange{},
	"employee.add_addon.v1":                    AddAddon{},
	"employee.update_addon.v1":                 UpdateAddon{},
	"employee.terminate_addon.v1":              TerminateAddon{},
	"employee.schedule_deletion.v1":            ScheduleDeletion{},
	"employee.cancel_deletion.v1":              CancelDeletion{},
	"employee.assign_extension.v1":             AssignExtension{},
	"employee.unassign_extension.v1":           UnassignExtension{},
	"employee.attach_mvno_account.v1":          AttachMvnoAccount{},
	"employee.detach_mvno_account.v1":          DetachMvnoAccount{},
	"employee.confirm_extension_deleted.v1":    ConfirmExtensionDeleted{},
	"employee.confirm_mvno_account_deleted.v1": ConfirmMvnoAccountDeleted{},
	"employee.refuse_deletion.v1":              RefuseDeletion{},
	"employee.set_presence.v1":                 SetPresence{},
	"employee.schedule_rate_plan_change.v1":    ScheduleRatePlanChange{},
	"employee.restore_mvno_account.v1":         RestoreMvnoAccount{},
	"billing.adjust.v1":                        AdjustBilling{},
	"billing.void_line.v1":                     VoidLine{},
	"billing.credit_line.v1":                   CreditLine{},
	"billing.rerate.v1":                        RerateBilling{},
	"billing.resolve_review.v1":                ResolveReview{},
	"billing.hold.v1":                          HoldBilling{},
	"billing.release.v1":                       ReleaseBilling{},
	"billing.hold_customer.v1":                 HoldCustomer{},
	"billing.release_customer.v1":              ReleaseCustomer{},
	"billing.close_period.v1":                  ClosePeriod{},
	"billing.set_policy.v1":                    SetPolicy{},
	"catalog.put_product.v1":                   PutProduct{},
	"catalog.set_price.v1":                     SetPrice{},
	"catalog.put_customer.v1":                  PutCustomer{},
	"catalog.put_reseller.v1":                  PutReseller{},
	"run.plan.v1":                              PlanRun{},
	"run.approve.v1":                           ApproveRun{},
	"run.halt.v1":                              HaltRuns{},
	"run.resume.v1":                            ResumeRuns{},
	"run.abandon.v1":                           AbandonRun{},
	"run.start.v1":                             StartRun{},
	"run.open_shard.v1":                        OpenRunShard{},
	"run.complete.v1":                          CompleteRun{},
	"billing.issue_document.v1":                IssueDocument{},
	"billing.record_invoice_number.v1":         RecordInvoiceNumber{},
	"billing.acknowledge.v1":                   AcknowledgeDocument{},
	"billing.record_payment.v1":                RecordPayment{},
}

// CommandTypes lists the wire names that DecodeCommand knows, in no order.
func CommandTypes() []string {
	names := make([]string, 0, len(commands))
	for name := range commands {
		names = append(names, name)
	}
	return names
}

// CommandKind tells the kind of stream that a named command is for, without decoding it.
func CommandKind(name string) (string, bool) {
	c, ok := commands[name]
	if !ok {
		return "", false
	}
	return c.Kind(), true
}

// DecodeCommand reads a command's data. The error is a *Rejection that names the property; an unknown name gives an
// *events.UnknownTypeError, since a newer version may know it.
func DecodeCommand(name string, data []byte) (Command, error) {
	c, ok := commands[name]
	if !ok {
		return nil, &events.UnknownTypeError{Type: name}
	}
	v := reflect.New(reflect.TypeOf(c))
	if len(data) == 0 {
		return c, nil
	}
	if err := decodeStrict(data, v.Interface()); err != nil {
		return nil, asRejection(err, data, v.Type().Elem())
	}
	return v.Elem().Interface().(Command), nil
}

// decodeStrict refuses properties that the command does not have, and those of another spelling: a inexactName one
// would otherwise be lost in silence.
func decodeStrict(data []byte, into any) error {
	if own, ok := into.(json.Unmarshaler); ok && len(data) > 0 && data[0] == '{' && json.Valid(data) {
		return own.UnmarshalJSON(bytes.TrimSpace(data)) // it alone decides what its properties are
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if name := inexactName(data, reflect.TypeOf(into).Elem()); name != "" {
		return invalid(name, messageNoProperty)
	}
	return nil
}

// DecodeExactly reads JSON into what a pointer points to, and refuses properties that it does not have, also those that
// differ in case only.
func DecodeExactly(data []byte, into any) error { return decodeStrict(data, into) }
