package projections

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"

	"tenure/events"
)

// Extensions and mobile accounts live on without an employee: each has a row for every employee that has or had it.

// holdingKey names an extension or an account.
type holdingKey struct {
	account bool
	id      string
}

// What happened to an extension or an account of the employee.
const (
	touchHeld  = iota // the employee has it
	touchAlone        // it exists without the employee
	touchEnded        // it was deleted
)

// touched is an extension or an account whose row changes; the one that it is about is filled.
type touched struct {
	how       int
	extension events.Extension
	account   events.MvnoAccount
}

// keyOf names what an event is about; an empty id: no extension and no account.
func keyOf(event events.Event) holdingKey {
	switch event := event.(type) {
	case events.ExtensionAssigned:
		return holdingKey{id: event.Extension.ID}
	case events.ExtensionUnassigned:
		return holdingKey{id: event.ID}
	case events.ExtensionDeleted:
		return holdingKey{id: event.ID}
	case events.MvnoAccountAttached:
		return holdingKey{true, event.Account.ID}
	case events.MvnoAccountRestored:
		return holdingKey{true, event.Account.ID}
	case events.MvnoAccountDetached:
		return holdingKey{true, event.ID}
	case events.MvnoAccountDeleted:
		return holdingKey{true, event.ID}
	case events.MvnoDeletionRequested:
		return holdingKey{true, event.ID}
	}
	return keyOfRatePlan(event)
}

// keyOfRatePlan names the account whose rate plan an event is about.
func keyOfRatePlan(event events.Event) holdingKey {
	switch event := event.(type) {
	case events.RatePlanChangeScheduled:
		return holdingKey{true, event.Account}
	case events.RatePlanChangeCancelled:
		return holdingKey{true, event.Account}
	case events.RatePlanChanged:
		return holdingKey{true, event.Account}
	case events.RatePlanChangeDropped:
		return holdingKey{true, event.Account}
	}
	return holdingKey{}
}

// holdingOf is what the employee has of what an event is about.
func (e *Employee) holdingOf(event events.Event) touched {
	key := keyOf(event)
	return touched{extension: e.extension(key.id), account: e.account(key.id)}
}

// touch notes what an event that was folded did to an extension or an account; before is what the employee had.
func (e *directoryEmployee) touch(event events.Event, before touched) {
	if _, moved := event.(events.EmployeeMoved); moved {
		e.touchAll()
	}
	key := keyOf(event)
	if key.id == "" {
		return
	}
	now := e.holdingOf(event)
	switch event := event.(type) {
	case events.ExtensionDeleted, events.MvnoAccountDeleted:
		now.how = touchEnded
	case events.MvnoAccountRestored:
		now.how, now.account = touchAlone, event.Account
	case events.ExtensionUnassigned, events.MvnoAccountDetached:
		now = before
		now.how = touchAlone
	}
	if now.how != touchEnded && now.extension.ID == "" && now.account.ID == "" {
		return
	}
	e.note(key, now)
}

// touchAll notes that all that the employee has is another customer's now.
func (e *directoryEmployee) touchAll() {
	for _, x := range e.Extensions {
		e.note(holdingKey{id: x.ID}, touched{extension: x})
	}
	for _, a := range e.Accounts {
		e.note(holdingKey{true, a.ID}, touched{account: a})
	}
}

func (e *directoryEmployee) note(key holdingKey, t touched) {
	if e.touched == nil {
		e.touched = map[holdingKey]touched{}
	}
	e.touched[key] = t
}

// extension gives what is known of an extension of the employee; the zero one without it.
func (e *Employee) extension(id string) (none events.Extension) {
	for i := range e.Extensions {
		if e.Extensions[i].ID == id {
			return e.Extensions[i]
		}
	}
	return none
}

// account gives what is known of a mobile account of the employee; the zero one without it.
func (e *Employee) account(id string) (none events.MvnoAccount) {
	for i := range e.Accounts {
		if e.Accounts[i].ID == id {
			return e.Accounts[i]
		}
	}
	return none
}

// The tables of extensions and accounts, and their columns.
const (
	extensionsTable = "directory_extensions"
	accountsTable   = "directory_accounts"
)

var (
	extensionColumns = []string{"id", "employee", "customer", "held", "number", "name", "document", "shard"}
	accountColumns   = []string{"id", "employee", "customer", "held", "called", "rate_plan", "network", "pbx", "document",
		"shard"}
)

// extensionRow are extensionColumns of an extension.
func (e *Employee) extensionRow(t touched) ([]any, error) {
	x := t.extension
	raw, err := json.Marshal(publishedExtension(x))
	return []any{x.ID, e.ID, e.Customer, t.how == touchHeld, storable(x.Number), storable(x.Name), raw, e.Shard}, err
}

// accountRow are accountColumns of an account.
func (e *Employee) accountRow(t touched) ([]any, error) {
	a := t.account
	raw, err := json.Marshal(a)
	return []any{a.ID, e.ID, e.Customer, t.how == touchHeld, storable(a.Number + " " + a.Name), storable(a.RatePlan),
		a.Sim.Network, a.PBX, raw, e.Shard}, err
}

// holdingRows are what remains of all changes of extensions and accounts, by id.
func (e *directoryEmployee) holdingRows() (extensions, accounts [][]any, err error) {
	for _, key := range e.touchedKeys() {
		t := e.touched[key]
		switch {
		case t.how == touchEnded:
		case key.account:
			var row []any
			if row, err = e.accountRow(t); err != nil {
				return nil, nil, err
			}
			accounts = append(accounts, row)
		default:
			var row []any
			if row, err = e.extensionRow(t); err != nil {
				return nil, nil, err
			}
			extensions = append(extensions, row)
		}
	}
	return extensions, accounts, nil
}

func (e *directoryEmployee) touchedKeys() []holdingKey {
	return slices.SortedFunc(maps.Keys(e.touched), func(a, b holdingKey) int { return cmp.Compare(a.id, b.id) })
}

// holdingColumns are the rows of a page: those that ended, and those that are written.
type holdingColumns struct {
	extensions, accounts           [][]any
	endedExtensions, endedAccounts struct{ id, employee []string }
}

func (c *holdingColumns) add(e *directoryEmployee) error {
	extensions, accounts, err := e.holdingRows()
	c.extensions, c.accounts = append(c.extensions, extensions...), append(c.accounts, accounts...)
	for _, key := range e.touchedKeys() {
		ended := &c.endedExtensions
		if key.account {
			ended = &c.endedAccounts
		}
		if e.touched[key].how == touchEnded {
			ended.id, ended.employee = append(ended.id, key.id), append(ended.employee, e.ID)
		}
	}
	return err
}

func (c *holdingColumns) queue(b *pgx.Batch, all []int32) {
	shards := slices.Compact(slices.Sorted(slices.Values(all)))
	if len(c.endedExtensions.id) > 0 {
		b.Queue(sqlEndExtensions, c.endedExtensions.id, c.endedExtensions.employee, shards)
	}
	if len(c.endedAccounts.id) > 0 {
		b.Queue(sqlEndAccounts, c.endedAccounts.id, c.endedAccounts.employee, shards)
	}
	for _, row := range c.extensions {
		b.Queue(sqlHoldExtension, row...)
	}
	for _, row := range c.accounts {
		b.Queue(sqlHoldAccount, row...)
	}
}

const (
	sqlEndExtensions = `
DELETE FROM directory_extensions AS x
USING unnest($1::text[], $2::text[]) AS u(id, employee)
WHERE x.shard = ANY($3::integer[]) AND x.id = u.id AND x.employee = u.employee`

	sqlEndAccounts = `
DELETE FROM directory_accounts AS x
USING unnest($1::text[], $2::text[]) AS u(id, employee)
WHERE x.shard = ANY($3::integer[]) AND x.id = u.id AND x.employee = u.employee`

	sqlHoldExtension = `
INSERT INTO directory_extensions (id, employee, customer, held, number, name, document, shard)
VALUES ($1::text, $2::text, $3::text, $4::boolean, $5::text, $6::text, $7::bytea, $8::integer)
ON CONFLICT (id, employee, shard) DO UPDATE
SET customer = excluded.customer, held = excluded.held, number = excluded.number, name = excluded.name,
    document = excluded.document`

	sqlHoldAccount = `
INSERT INTO directory_accounts (id, employee, customer, held, called, rate_plan, network, pbx, document, shard)
VALUES ($1::text, $2::text, $3::text, $4::boolean, $5::text, $6::text, $7::text, $8::bigint, $9::bytea, $10::integer)
ON CONFLICT (id, employee, shard) DO UPDATE
SET customer = excluded.customer, held = excluded.held, called = excluded.called, rate_plan = excluded.rate_plan,
    network = excluded.network, pbx = excluded.pbx, document = excluded.document`
)
