package export

import (
	"errors"
	"fmt"
	"slices"

	"tenure/access"
	"tenure/billing"
	"tenure/contract"
	"tenure/events"
)

// errForbidden says that a caller may not have what it asks for.
var errForbidden = errors.New("the token does not allow it")

// ledgers are all of them, in the order in which they are written.
var ledgers = contract.Ledgers()

// operations are how the matrix of rights names reading a ledger (rule 22).
var operations = map[billing.Ledger]access.Operation{
	billing.Customer: access.ReadCustomerLines,
	billing.Reseller: access.ReadResellerLines,
	billing.Cost:     access.ReadCostLines,
}

// readable lists the ledgers of which a level reads lines.
func readable(level access.Level) (all []billing.Ledger) {
	for _, l := range ledgers {
		if access.ReachOf(operations[l], level) > access.ReachNone {
			all = append(all, l)
		}
	}
	return all
}

// Within narrows what is asked for to what a caller may have: without ledgers all that it may read, and of the caller's
// reseller or customer only. The error is errForbidden when it asks for more.
func (o Options) Within(by events.Actor) (Options, error) {
	level := access.LevelOf(by.AccessLevel)
	may := readable(level)
	if len(may) == 0 {
		return o, fmt.Errorf("export: a caller of level %q reads no lines: %w", by.AccessLevel, errForbidden)
	}
	for _, l := range o.Ledgers {
		if !slices.Contains(may, l) {
			return o, fmt.Errorf("export: the ledger %s is not for %s: %w", l, by.AccessLevel, errForbidden)
		}
	}
	if len(o.Ledgers) == 0 {
		o.Ledgers = may
	}
	reach := access.ReachOf(access.ReadCustomerLines, level)
	if reach == access.ReachReseller && !own(&o.Reseller, by.Reseller) ||
		reach == access.ReachCustomer && !own(&o.Customer, by.Customer) {
		return o, fmt.Errorf("export: lines of otits than its own are not for %s: %w", by.AccessLevel, errForbidden)
	}
	return o, nil
}

// own sets what is asked for to a caller's own; false when it is another's, or there is none.
func own(asked *string, its string) bool {
	if its == "" || *asked != "" && *asked != its {
		return false
	}
	*asked = its
	return true
}
