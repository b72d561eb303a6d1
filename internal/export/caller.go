package export

import (
	"errors"
	"fmt"
	"slices"

	"tenure/billing"
	"tenure/events"
)

// ErrForbidden says that a caller may not have what she asks for.
var ErrForbidden = errors.New("the token does not allow it")

// ledgers are all of them, in the order in which they are written.
var ledgers = []billing.Ledger{billing.Customer, billing.Reseller, billing.Cost}

// right is what an access level may read of lines.
type right struct {
	ledgers                []billing.Ledger
	ofReseller, ofCustomer bool // only those of her own
}

// rights (rule 22): cost is for RESELLER_ADMIN and above, wholesale for RESELLER and above. Levels that are not listed read
// no lines at all.
var rights = map[string]right{
	"ADMIN":          {ledgers: ledgers},
	"RESELLER_ADMIN": {ledgers: ledgers},
	"RESELLER":       {ledgers: ledgers[:2], ofReseller: true},
	"OWNER":          {ledgers: ledgers[:1], ofCustomer: true},
	"MANAGER":        {ledgers: ledgers[:1], ofCustomer: true},
}

// Within narrows what is asked for to what a caller may have: without ledgers all of hers, and of her own reseller or
// customer only. The error is ErrForbidden when she asks for more.
func (o Options) Within(by events.Actor) (Options, error) {
	may, known := rights[by.AccessLevel]
	if !known {
		return o, fmt.Errorf("export: a caller of level %q reads no lines: %w", by.AccessLevel, ErrForbidden)
	}
	for _, l := range o.Ledgers {
		if !slices.Contains(may.ledgers, l) {
			return o, fmt.Errorf("export: the ledger %s is not for %s: %w", l, by.AccessLevel, ErrForbidden)
		}
	}
	if len(o.Ledgers) == 0 {
		o.Ledgers = may.ledgers
	}
	if may.ofReseller && !own(&o.Reseller, by.Reseller) || may.ofCustomer && !own(&o.Customer, by.Customer) {
		return o, fmt.Errorf("export: lines of others than her own are not for %s: %w", by.AccessLevel, ErrForbidden)
	}
	return o, nil
}

// own sets what is asked for to a caller's own; false when it is somebody else's, or she has none.
func own(asked *string, hers string) bool {
	if hers == "" || *asked != "" && *asked != hers {
		return false
	}
	*asked = hers
	return true
}
