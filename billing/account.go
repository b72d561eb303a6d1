package billing

// ProductSource is the source id of the employee's own PBX user product.
const ProductSource = "product"

// Source is something that is billed over time: an addon, or the employee's user
// product (rule 12).
type Source struct {
	// ID is the addon's id, or [ProductSource].
	ID string
	// Products has one entry for an addon, and one per change for the user
	// product. An empty product id means none from that day.
	Products Timeline[string]
	// Start is the first day of service; 0 for the user product means from the
	// first entry of Products.
	Start Date
	// Terminate is the first day not billed (rule 13), or 0.
	Terminate Date
	// Units is 1 when empty. The first entry should have From 0: a change that is
	// effective before the start must win over the units it came with.
	Units Timeline[Amount]
	// UnitPrice overrides the customer price (rule 4); nil returns to the
	// catalogue's price.
	UnitPrice Timeline[*Amount]
	// InvoicedUntil is the last day that was billed elsewhere before the source
	// came to us (rule 15), and InvoicedFrom the first, usually the start it
	// arrived with; 0 means everything before InvoicedUntil.
	InvoicedUntil Date
	InvoicedFrom  Date
}

// Account is one employee as the arithmetic sees her.
type Account struct {
	// Employee, Customer and Reseller are ids; Currency is the lines' currency,
	// the policy's when empty.
	Employee, Customer, Reseller, Currency string
	// Payers is the billing customer by day; an empty value or a day before the
	// first entry means Customer.
	Payers Timeline[string]
	// Ends is the day of deletion, the first day not billed, or 0.
	Ends Date
	// Sources are the user product and the addons, in any order.
	Sources []Source
	// Billed is what has been billed; nil is nothing.
	Billed *Billed
	// PeriodsMax raises the bound of rule 11 for an account that was released
	// with a higher one; 0 is the policy's.
	PeriodsMax int
}
