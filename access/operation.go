package access

// Operation is what a caller asks for.
type Operation int

// The operations. Each has a row in the matrix. The zero Operation has none, so that it is refused to everybody.
const (
	_ Operation = iota
	// Operations on employees.
	Read          // an employee, or the list of those within reach
	Create        // a new employee of a customer
	ChangeProfile // its properties, its presence; which of them a caller may change of itself is domain's
	ChangeTerms   // what is billed of it and what it has: products, addons, extensions, mobile accounts
	ChangeLogin   // how it logs in and how far that reaches
	ChangeState   // enabled or disabled
	Delete        // its deletion, and the withdrawal of one
	ListTokens    // its tokens, without their values
	CreateToken   // a token that acts as it
	RevokeToken   // one of its tokens
	Impersonate   // whether the caller may act as it
	Directory     // the PBX directory of a customer
	Search        // a customer's employees over CallGear and jtel
	// Operations on what is billed.
	ReadCustomerLines // lines, documents and totals of the ledger CUSTOMER
	ReadResellerLines // of the ledger RESELLER
	ReadCostLines     // of the ledger COST
	Bill              // what is billed otherwise than the rules do, and what is held
	Account           // what accounting returns of documents
	// Operations on everything else.
	ChangeCatalog // products, prices, customers, resellers
	Confirm       // what other systems confirm or refuse
	Run           // plans, approvals, starts, ends and halts of runs
	Internal      // what parts of Tenure ask of each other; no caller may
	operations    // how many there are
)

// operationNames are how the matrix and its errors call them.
var operationNames = [...]string{
	Read:              "read",
	Create:            "create",
	ChangeProfile:     "change profile",
	ChangeTerms:       "change terms",
	ChangeLogin:       "change login",
	ChangeState:       "change state",
	Delete:            "delete",
	ListTokens:        "list tokens",
	CreateToken:       "create token",
	RevokeToken:       "revoke token",
	Impersonate:       "impersonate",
	Directory:         "directory",
	Search:            "search",
	ReadCustomerLines: "read customer lines",
	ReadResellerLines: "read reseller lines",
	ReadCostLines:     "read cost lines",
	Bill:              "bill",
	Account:           "account",
	ChangeCatalog:     "change catalog",
	Confirm:           "confirm",
	Run:               "run",
	Internal:          "internal",
}

// String returns the operation's name.
func (o Operation) String() string {
	if o <= 0 || o >= operations {
		return "unknown"
	}
	return operationNames[o]
}

// Operations lists them in the order of the matrix.
func Operations() []Operation {
	all := make([]Operation, 0, operations)
	for o := Read; o < operations; o++ {
		all = append(all, o)
	}
	return all
}
