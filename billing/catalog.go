package billing

// Recurrence is how often a product is billed.
type Recurrence string

// The recurrences. NONE is billed once (rule 10); the others by natural periods.
const (
	None      Recurrence = "NONE"
	Monthly   Recurrence = "MONTHLY"
	Quarterly Recurrence = "QUARTERLY"
	Yearly    Recurrence = "YEARLY"
)

// Months is the length of the recurrence's natural period; 0 for NONE and for
// an unknown word.
func (r Recurrence) Months() int {
	switch r {
	case Monthly:
		return 1
	case Quarterly:
		return 3
	case Yearly:
		return 12
	default:
		return 0
	}
}

// Valid reports whether r is one of the four recurrences.
func (r Recurrence) Valid() bool { return r == None || r.Months() > 0 }

// Included is one entry of a product's included products (rule 20).
type Included struct {
	Product string `json:"product"`
	Amount  Amount `json:"amount"`
}

// Product is what the arithmetic needs of a catalogue product. A field that is
// not set here is taken from the nearest ancestor, field by field (rule 8).
type Product struct {
	ID string `json:"id"`
	// Recurrence is empty when it is inherited.
	Recurrence Recurrence `json:"recurrence,omitempty"`
	// RecurrenceFullMonth is rule 6; nil is inherited, and false at the root.
	RecurrenceFullMonth *bool `json:"recurrenceFullMonth,omitempty"`
	// Price, Wholesale and Cost are per month when the product recurs, else per
	// unit (rule 4). A nil value means "not set here from that day". Their currency
	// is Currency, that of the product's owner; the policy's when empty.
	Price     Timeline[*Amount] `json:"price,omitempty"`
	Wholesale Timeline[*Amount] `json:"wholesale,omitempty"`
	Cost      Timeline[*Amount] `json:"cost,omitempty"`
	Currency  string            `json:"currency,omitempty"`
	// Named are the prices with their own currency named.
	Named []PriceList `json:"named,omitempty"`
	// InheritFromReseller is the reseller's product that this one refines, and
	// InheritFrom the master product, looked at after it.
	InheritFromReseller string `json:"inheritFromReseller,omitempty"`
	InheritFrom         string `json:"inheritFrom,omitempty"`
	// Included is nil when it is inherited.
	Included []Included `json:"included,omitempty"`
}

// PriceList is the prices of a product on one ledger in a named currency.
type PriceList struct {
	Ledger   Ledger            `json:"ledger"`
	Currency string            `json:"currency"`
	Prices   Timeline[*Amount] `json:"prices"`
}

// Catalog finds products. The returned product is only read.
type Catalog interface {
	// Product returns the product with the id, or false.
	Product(id string) (*Product, bool)
}

// Products is a Catalog in a map.
type Products map[string]*Product

// Product implements [Catalog].
func (m Products) Product(id string) (*Product, bool) {
	p, ok := m[id]
	return p, ok
}
