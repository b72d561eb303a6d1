package projections

import (
	"cmp"
	"encoding/json"
	"fmt"
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

// holdingColumns are the rows of a page, column by column: those that ended, and those that are written.
type holdingColumns struct {
	endedExtensions, endedAccounts struct{ id, employee []string }
	extensions                     struct {
		holdingKeys
		number, name []string
	}
	accounts struct {
		holdingKeys
		called, plan, network []string
		pbx                   []int64
	}
}

// holdingKeys are the columns that extensions and accounts have in common.
type holdingKeys struct {
	id, employee, customer []string
	held                   []bool
	document               blobs
	shard                  []int32
}

func (c *holdingKeys) add(id string, e *directoryEmployee, held bool, shown any) error {
	raw, err := json.Marshal(shown)
	c.id, c.employee, c.customer = append(c.id, id), append(c.employee, e.ID), append(c.customer, e.Customer)
	c.held, c.document, c.shard = append(c.held, held), append(c.document, raw), append(c.shard, e.Shard)
	return err
}

// add takes what remains of all changes of the extensions and accounts of an employee, by id.
func (c *holdingColumns) add(e *directoryEmployee) error {
	for _, key := range slices.SortedFunc(maps.Keys(e.touched), byHolding) {
		if err := c.addOne(e, key, e.touched[key]); err != nil {
			return fmt.Errorf("projections: %s of %s: %w", key.id, e.ID, err)
		}
	}
	return nil
}

func byHolding(a, b holdingKey) int { return cmp.Compare(a.id, b.id) }

func (c *holdingColumns) addOne(e *directoryEmployee, key holdingKey, t touched) error {
	held := t.how == touchHeld
	switch {
	case t.how == touchEnded && key.account:
		c.endedAccounts.id = append(c.endedAccounts.id, key.id)
		c.endedAccounts.employee = append(c.endedAccounts.employee, e.ID)
	case t.how == touchEnded:
		c.endedExtensions.id = append(c.endedExtensions.id, key.id)
		c.endedExtensions.employee = append(c.endedExtensions.employee, e.ID)
	case key.account:
		a := &t.account
		c.accounts.called = append(c.accounts.called, storable(a.Number+" "+a.Name))
		c.accounts.plan = append(c.accounts.plan, storable(a.RatePlan))
		c.accounts.network, c.accounts.pbx = append(c.accounts.network, a.Sim.Network), append(c.accounts.pbx, a.PBX)
		return c.accounts.add(a.ID, e, held, *a)
	default:
		x := &t.extension
		c.extensions.number = append(c.extensions.number, storable(x.Number))
		c.extensions.name = append(c.extensions.name, storable(x.Name))
		return c.extensions.add(x.ID, e, held, publishedExtension(*x))
	}
	return nil
}

// rows are those that are written, as COPY takes them.
func (c *holdingColumns) rows() []Rows {
	x, a := &c.extensions, &c.accounts
	return []Rows{
		{Table: extensionsTable, Columns: extensionColumns,
			CopyFromSource: pgx.CopyFromSlice(len(x.id), func(i int) ([]any, error) {
				return []any{x.id[i], x.employee[i], x.customer[i], x.held[i], x.number[i], x.name[i], x.document[i],
					x.shard[i]}, nil
			})},
		{Table: accountsTable, Columns: accountColumns,
			CopyFromSource: pgx.CopyFromSlice(len(a.id), func(i int) ([]any, error) {
				return []any{a.id[i], a.employee[i], a.customer[i], a.held[i], a.called[i], a.plan[i], a.network[i],
					a.pbx[i], a.document[i], a.shard[i]}, nil
			})},
	}
}

func (c *holdingColumns) queue(b *pgx.Batch, shards []int32) {
	if len(c.endedExtensions.id) > 0 {
		b.Queue(sqlEndExtensions, c.endedExtensions.id, c.endedExtensions.employee, shards)
	}
	if len(c.endedAccounts.id) > 0 {
		b.Queue(sqlEndAccounts, c.endedAccounts.id, c.endedAccounts.employee, shards)
	}
	if x := &c.extensions; len(x.id) > 0 {
		b.Queue(sqlHoldExtensions, x.id, x.employee, x.customer, x.held, x.number, x.name, x.document, x.shard)
	}
	if a := &c.accounts; len(a.id) > 0 {
		b.Queue(sqlHoldAccounts, a.id, a.employee, a.customer, a.held, a.called, a.plan, a.network, a.pbx, a.document,
			a.shard)
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

	sqlHoldExtensions = `
INSERT INTO directory_extensions (id, employee, customer, held, number, name, document, shard)
SELECT u.id, u.employee, u.customer, u.held, u.number, u.name, u.document, u.shard
FROM unnest($1::text[], $2::text[], $3::text[], $4::boolean[], $5::text[], $6::text[], $7::bytea[], $8::integer[])
  AS u(id, employee, customer, held, number, name, document, shard)
ON CONFLICT (id, employee, shard) DO UPDATE
SET customer = excluded.customer, held = excluded.held, number = excluded.number, name = excluded.name,
    document = excluded.document`

	sqlHoldAccounts = `
INSERT INTO directory_accounts (id, employee, customer, held, called, rate_plan, network, pbx, document, shard)
SELECT u.id, u.employee, u.customer, u.held, u.called, u.rate_plan, u.network, u.pbx, u.document, u.shard
FROM unnest($1::text[], $2::text[], $3::text[], $4::boolean[], $5::text[], $6::text[], $7::text[], $8::bigint[],
            $9::bytea[], $10::integer[])
  AS u(id, employee, customer, held, called, rate_plan, network, pbx, document, shard)
ON CONFLICT (id, employee, shard) DO UPDATE
SET customer = excluded.customer, held = excluded.held, called = excluded.called, rate_plan = excluded.rate_plan,
    network = excluded.network, pbx = excluded.pbx, document = excluded.document`
)
