package domain

import (
	"slices"
	"time"

	"tenure/billing"
	"tenure/events"
)

// The states of an employee.
const (
	StateEnabled  = "ENABLED"
	StateDisabled = "DISABLED"
	StateDeleted  = "DELETED"
)

// Employee is what rules read of an employee. Properties that only screens show are in the read models.
type Employee struct {
	ID          string                   `json:"-"`
	Number      int64                    `json:"n,omitempty"` // 0: does not exist
	Customer    string                   `json:"c,omitempty"`
	Reseller    string                   `json:"r,omitempty"`
	Currency    string                   `json:"cur,omitempty"`
	AccessLevel string                   `json:"al,omitempty"`
	State       string                   `json:"st,omitempty"`
	Payers      billing.Timeline[string] `json:"pay,omitempty"`  // billing customer; empty: its own customer
	Products    billing.Timeline[string] `json:"prod,omitempty"` // its PBX user product
	Elsewhere   *billing.Period          `json:"else,omitempty"` // days of its product billed by another system before
	NewProduct  *ProductChange           `json:"np,omitempty"`
	Addons      []billing.Source         `json:"add,omitempty"`
	Extensions  []events.Extension       `json:"ext,omitempty"`
	Accounts    []events.MvnoAccount     `json:"mvno,omitempty"`
	Holdings    []billing.Source         `json:"hold,omitempty"` // what accounts and extensions are billed as
	RatePlans   map[string]ProductChange `json:"rp,omitempty"`   // scheduled rate plans by account
	Deleted     []DeletedAccount         `json:"gone,omitempty"` // accounts that may still be restored
	Presence    *events.Presence         `json:"pres,omitempty"`
	Auto        []events.AutoPresence    `json:"auto,omitempty"`
	// PresenceSince is the instant from which automatic changes are not made yet.
	PresenceSince time.Time `json:"ps,omitzero"`
	Deletion      *Deletion `json:"del,omitempty"`
	Profile       Profile   `json:"prof,omitzero"`
	// bound of rule 11 that a release raised; 0: the policy's
	PeriodsMax int                         `json:"pm,omitempty"`
	Held       string                      `json:"held,omitempty"` // reason why its billing is held
	HeldWhy    string                      `json:"hw,omitempty"`   // why an operator holds it
	Reviewed   []billing.Review            `json:"rv,omitempty"`   // listed for an operator already (rule 15)
	Settled    []billing.Review            `json:"set,omitempty"`  // and settled by one
	Work       []events.BillingWorkOrdered `json:"wk,omitempty"`   // waits for a run
	WorkSeq    int                         `json:"wn,omitempty"`   // pieces of work that were ever ordered
	Billed     billing.Billed              `json:"b"`
	Ended      []EndedAddon                `json:"end,omitempty"` // addons that have left the state
	Version    int64                       `json:"v,omitempty"`   // events folded in
	Causes     []Cause                     `json:"ev,omitempty"`  // those that changed what is billed
}

// ProductChange is a product that becomes the employee's at local midnight of From.
type ProductChange struct {
	Product string       `json:"p"`
	From    billing.Date `json:"f"`
}

// Deletion is a deletion that is scheduled, under way or done.
type Deletion struct {
	Date               billing.Date      `json:"d"` // the first day not billed
	At                 time.Time         `json:"at"`
	DeleteExtensions   bool              `json:"ext,omitempty"`
	DeleteMvnoAccounts bool              `json:"mvno,omitempty"`
	Started            bool              `json:"s,omitempty"`
	Extensions         []string          `json:"wx,omitempty"` // asked to be deleted, not confirmed
	Accounts           []string          `json:"wm,omitempty"`
	Attempt            int               `json:"a,omitempty"`  // how often the confirmations were asked for
	Refused            map[string]string `json:"no,omitempty"` // reasons by what was not deleted, as last reported
	Stalled            bool              `json:"x,omitempty"`  // confirmations are overdue: an operator must look
}

// DeletedAccount is an account whose deletion was asked for with its employee's.
type DeletedAccount struct {
	Account  events.MvnoAccount `json:"account"` // as it comes back: its porting cancelled, no new rate plan
	At       time.Time          `json:"at"`      // when its deletion was due
	Restored bool               `json:"back,omitempty"`
}

// exists reports whether it was created, and not deleted since.
func (e *Employee) exists() bool { return e.Number != 0 && e.State != StateDeleted }

// deleting reports whether its deletion is under way.
func (e *Employee) deleting() bool {
	return e.Deletion != nil && e.Deletion.Started && e.State != StateDeleted
}

// product is its PBX user product on a day, or empty.
func (e *Employee) product(on billing.Date) string {
	id, _ := e.Products.At(on)
	return id
}

func (e *Employee) addon(id string) *billing.Source {
	i := slices.IndexFunc(e.Addons, func(s billing.Source) bool { return s.ID == id })
	if i < 0 {
		return nil
	}
	return &e.Addons[i]
}

func (e *Employee) extension(id string) (events.Extension, bool) {
	i := slices.IndexFunc(e.Extensions, func(x events.Extension) bool { return x.ID == id })
	if i < 0 {
		return events.Extension{}, false
	}
	return e.Extensions[i], true
}

func (e *Employee) mvnoAccount(id string) (events.MvnoAccount, bool) {
	i := slices.IndexFunc(e.Accounts, func(a events.MvnoAccount) bool { return a.ID == id })
	if i < 0 {
		return events.MvnoAccount{}, false
	}
	return e.Accounts[i], true
}

// allowedWhenDeleted is a command that holds while it is being deleted and after it: the confirmations that the
// deletion waits for, and bringing back what should not have gone.
type allowedWhenDeleted interface{ whenDeleted() }

// itemCommand is a command about one thing of the employee: an addon, an extension or an account.
type itemCommand interface{ item() string }

// checkItem refuses an id that nothing has ever had: answered with nothing to change, it would seem to be known.
func checkItem(c Command) *Rejection {
	if of, is := c.(itemCommand); is {
		return checkLength("_id", of.item(), itemIDMax)
	}
	return nil
}

// Decide answers a command to the employee. Until it exists only CreateEmployee does; from its deletion on only those
// of allowedWhenDeleted.
func (e *Employee) Decide(c Command, w World) ([]events.Event, error) {
	if refused := checkActor(w.Actor); refused != nil {
		return nil, refused
	}
	if create, ok := c.(CreateEmployee); ok {
		decided, err := create.decide(e, w)
		return e.withinMoney(c, w, decided, err)
	}
	command, ok := c.(employeeCommand)
	if !ok {
		return nil, errNotOnStream
	}
	if e.Number == 0 {
		return nil, errEmployeeNotFound
	}
	if refused := w.permit(c.Operation(), e.target(w), errEmployeeNotFound); refused != nil {
		return nil, refused
	}
	if _, allowed := c.(allowedWhenDeleted); !allowed {
		switch {
		case !e.exists():
			return nil, errEmployeeNotFound
		case e.deleting():
			return nil, errDeleting
		}
	}
	if refused := checkItem(c); refused != nil {
		return nil, refused
	}
	decided, err := command.decide(e, w)
	return e.withinMoney(c, w, decided, err)
}
