package projections

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"tenure/billing"
	"tenure/events"
)

// Employee is the document of an employee: what every screen shows of the employee. Terms that change on a day keep
// their history, because a day may pass without an event: ask for the day with ProductOn, PayerOn, Addon.UnitsOn and
// Addon.UnitPriceOn.
type Employee struct {
	ID          string                   `json:"_id"`
	Number      int64                    `json:"number"` // stable integer across all APIs
	Customer    string                   `json:"customer"`
	Reseller    string                   `json:"reseller"`
	Currency    string                   `json:"currency,omitempty"`
	AccessLevel string                   `json:"accessLevel"`
	State       string                   `json:"state"`             // ENABLED, DISABLED, DELETED
	Created     billing.Date             `json:"created,omitempty"` // local day
	Payers      billing.Timeline[string] `json:"payers,omitempty"`  // billing customer; empty: the own customer
	Products    billing.Timeline[string] `json:"products,omitempty"`
	NewProduct  *NewProduct              `json:"newProduct,omitempty"`
	Addons      []Addon                  `json:"addonProducts,omitempty"`
	Extensions  []events.Extension       `json:"extensions,omitempty"`
	Accounts    []events.MvnoAccount     `json:"mvnoAccounts,omitempty"`
	Presence    *events.Presence         `json:"presence,omitempty"`     // none: nothing was ever set
	Auto        []events.AutoPresence    `json:"autoPresence,omitempty"` // automatic changes of the presence
	Deletion    *Deletion                `json:"deletion,omitempty"`
	Held        string                   `json:"held,omitempty"` // reason why billing is held
	// Covered are the days that CUSTOMER lines cover, by source: an addon's id or billing.ProductSource. A document
	// that is read has them from the log, in which they are at least as new as the rest.
	Covered map[string][]billing.Period `json:"covered,omitempty"`
	// Properties is one JSON object of all properties that no rule reads, personal ones among them, by their published
	// names. It is kept as bytes: most changes do not touch it.
	Properties json.RawMessage `json:"properties,omitempty"`
	// Shard and Position are those of the last event folded in.
	Shard    int32 `json:"-"`
	Position int64 `json:"-"`
	// Hash is of the document that was read: with the position it names a state, also where a failover has lost the end
	// of the log and other events have come in its place.
	Hash [sha256.Size]byte `json:"-"`
}

// NewProduct is a product that replaces the present one at local midnight of From.
type NewProduct struct {
	Product string       `json:"product"`
	From    billing.Date `json:"from"`
}

// Addon is an extra product as it is.
type Addon struct {
	ID          string                            `json:"_id"`
	Product     string                            `json:"product"`
	Name        string                            `json:"name,omitempty"`
	Description string                            `json:"description,omitempty"`
	Units       billing.Timeline[billing.Amount]  `json:"units"`
	UnitPrice   billing.Timeline[*billing.Amount] `json:"unitPrice,omitempty"` // per month; nil: the catalogue's
	Start       billing.Date                      `json:"start"`
	Terminate   billing.Date                      `json:"terminate,omitempty"` // first day not billed
	// Imported is the last day that was billed before the addon came to us, inclusive.
	Imported billing.Date `json:"imported,omitempty"`
	// Since is the end of the rental before this one under the same id.
	Since billing.Date `json:"since,omitempty"`
}

// Deletion is a deletion that is scheduled, under way or done.
type Deletion struct {
	Date               billing.Date      `json:"date"` // the first day not billed
	At                 time.Time         `json:"at"`
	DeleteExtensions   bool              `json:"deleteExtensions"`
	DeleteMvnoAccounts bool              `json:"deleteMvnoAccounts"`
	Started            bool              `json:"started,omitempty"` // under way: nothing can be changed
	Refused            map[string]string `json:"refused,omitempty"` // reasons by what was not deleted, as last reported
	Stalled            bool              `json:"stalled,omitempty"` // confirmations are overdue: needs an operator
}

// ProductOn is the id of the PBX user product on a local day, or empty.
func (e *Employee) ProductOn(d billing.Date) string {
	id, _ := e.Products.At(d)
	return id
}

// PayerOn is the customer who pays for the employee on a local day.
func (e *Employee) PayerOn(d billing.Date) string {
	if id, _ := e.Payers.At(d); id != "" {
		return id
	}
	return e.Customer
}

// Addon gives the addon of an id, or nil.
func (e *Employee) Addon(id string) *Addon {
	i := slices.IndexFunc(e.Addons, func(a Addon) bool { return a.ID == id })
	if i < 0 {
		return nil
	}
	return &e.Addons[i]
}

// InvoicedUntil is the last day of a source that is invoiced, inclusive (rule 1); none when nothing is. Days that are
// invoiced behind a gap count.
func (e *Employee) InvoicedUntil(source string) billing.Date {
	var last billing.Date
	if days := e.Covered[source]; len(days) > 0 {
		last = billing.Inclusive(days[len(days)-1].To)
	}
	if addon := e.Addon(source); addon != nil {
		if last < addon.Since {
			last = 0
		}
		last = max(last, addon.Imported)
	}
	return last
}

// UnitsOn is how many units of the addon there are on a local day.
func (a *Addon) UnitsOn(d billing.Date) billing.Amount {
	units, _ := a.Units.At(d)
	return units
}

// UnitPriceOn is the customer's price of the addon on a local day; nil where the catalogue's holds.
func (a *Addon) UnitPriceOn(d billing.Date) *billing.Amount {
	price, _ := a.UnitPrice.At(d)
	return price
}

const sqlEmployee = `
SELECT e.id, e.shard, e.position, e.document, COALESCE(b.coverage, '{}')::text
FROM directory AS e LEFT JOIN billed_days AS b ON b.shard = e.shard AND b.stream = '` + employeeStream +
	`' || e.id
WHERE e.id = $1::text`

// EmployeeByID reads an employee; false when there is none. Deleted ones are found.
func EmployeeByID(ctx context.Context, db Database, id string) (Employee, bool, error) {
	var found []Employee
	if err := read(ctx, db, sqlEmployee, collectEmployees(&found), id); err != nil {
		return Employee{}, false, fmt.Errorf("projections: employee %s: %w", id, err)
	}
	if len(found) == 0 {
		return Employee{}, false, nil
	}
	return found[0], true, nil
}

const (
	sqlEmployeesCount = `
SELECT count(*)
FROM directory WHERE customer = $1::text AND (state <> 'DELETED' OR $2::boolean)`

	sqlEmployeesPage = `
SELECT e.id, e.shard, e.position, e.document, COALESCE(b.coverage, '{}')::text
FROM (SELECT id, shard, position, document FROM directory
      WHERE customer = $1::text AND (state <> 'DELETED' OR $2::boolean)
      ORDER BY ` + orderByID + ` OFFSET $3::bigint LIMIT $4::bigint) AS e
LEFT JOIN billed_days AS b ON b.shard = e.shard AND b.stream = '` + employeeStream + `' || e.id
ORDER BY e.id`
)

// EmployeesQuery asks for a page of a customer's employees, by id.
type EmployeesQuery struct {
	Customer       string
	IncludeDeleted bool
	Offset         int
	Limit          int // 0: the most there may be, 10 000
}

// EmployeesOf reads a page of a customer's employees and how many there are in all, as of one instant.
func EmployeesOf(ctx context.Context, db Database, q EmployeesQuery) (page []Employee, total int64, err error) {
	b := &pgx.Batch{}
	queueRead(b, sqlEmployeesCount, func(rows pgx.Rows) error { return rows.Scan(&total) }, q.Customer, q.IncludeDeleted)
	queueRead(
		b,
		sqlEmployeesPage,
		collectEmployees(&page),
		q.Customer,
		q.IncludeDeleted,
		int64(max(q.Offset, 0)),
		within(q.Limit),
	)
	if err := db.InTx(ctx, b); err != nil {
		return nil, 0, fmt.Errorf("projections: employees of %s: %w", q.Customer, err)
	}
	return page, total, nil
}

// collectEmployees reads the columns id, shard, position, document, and billed days as a text.
func collectEmployees(into *[]Employee) func(pgx.Rows) error {
	return func(rows pgx.Rows) error {
		var e Employee
		var document []byte
		var billed string
		if err := rows.Scan(&e.ID, &e.Shard, &e.Position, &document, &billed); err != nil {
			return err
		}
		if err := json.Unmarshal(document, &e); err != nil {
			return fmt.Errorf("document of %s: %w", e.ID, err)
		}
		e.Hash = sha256.Sum256(document)
		if err := e.setCovered(billed); err != nil {
			return fmt.Errorf("billed days of %s: %w", e.ID, err)
		}
		*into = append(*into, e)
		return nil
	}
}

// jsonNull is what clears a property.
var jsonNull = []byte("null")

// isNull reports whether a property is cleared.
func isNull(raw json.RawMessage) bool { return bytes.Equal(bytes.TrimSpace(raw), jsonNull) }
