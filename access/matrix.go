package access

// Reach is how far a level goes in an operation. Each reach includes those before it.
type Reach int

// The reaches.
const (
	ReachNone     Reach = iota
	ReachSelf           // the caller itself
	ReachCustomer       // employees of its customer, and of customers of resellers granted to it
	ReachReseller       // employees of its reseller's customers, and of the companies of resellers below
	ReachAll
)

// includes reports whether a place is within the reach.
func (r Reach) includes(p Place) bool {
	switch p {
	case Self:
		return r >= ReachSelf
	case SameCustomer, Granted:
		return r >= ReachCustomer
	case ResellerCustomer, SubReseller:
		return r >= ReachReseller
	}
	return r >= ReachAll
}

// limit narrows what the reach of an operation allows.
type limit int

const (
	unlimited    limit = iota
	notAbove           // nobody acts on an employee of a higher level
	impersonates       // notAbove; and of others than itself only employees of sub-resellers, or by an ADMIN
	onlySub            // notAbove; only employees of sub-resellers, as is published
)

// row is an operation's reach by level, from NO_LOGIN up, and its limit.
type row struct {
	reach [Admin]Reach
	limit limit
}

// The names of reaches as the matrix has room for them.
const (
	none = ReachNone
	self = ReachSelf
	cust = ReachCustomer
	rsel = ReachReseller
	all  = ReachAll
)

// matrix is the one table of rights.
var matrix = [operations]row{
	//              NO_LOGIN PERSONAL VIEWER MANAGER OWNER RESELLER RESELLER_ADMIN ADMIN
	Read:              {[...]Reach{none, none, cust, cust, cust, rsel, all, all}, unlimited},
	Create:            {[...]Reach{none, none, cust, cust, cust, rsel, all, all}, unlimited},
	ChangeProfile:     {[...]Reach{none, self, self, cust, cust, rsel, all, all}, unlimited},
	ChangeTerms:       {[...]Reach{none, none, none, cust, cust, rsel, all, all}, unlimited},
	ChangeLogin:       {[...]Reach{none, self, self, cust, cust, rsel, all, all}, notAbove},
	ChangeState:       {[...]Reach{none, none, none, cust, cust, rsel, all, all}, notAbove},
	Delete:            {[...]Reach{none, none, none, cust, cust, rsel, all, all}, notAbove},
	ListTokens:        {[...]Reach{none, self, self, cust, cust, rsel, all, all}, notAbove},
	CreateToken:       {[...]Reach{none, self, self, cust, cust, rsel, all, all}, impersonates},
	RevokeToken:       {[...]Reach{none, self, self, cust, cust, rsel, all, all}, notAbove},
	Impersonate:       {[...]Reach{none, none, none, none, none, rsel, all, all}, onlySub},
	Directory:         {[...]Reach{none, cust, cust, cust, cust, rsel, all, all}, unlimited},
	Search:            {[...]Reach{none, none, cust, cust, cust, rsel, all, all}, unlimited},
	ReadCustomerLines: {[...]Reach{none, none, none, cust, cust, rsel, all, all}, unlimited},
	ReadResellerLines: {[...]Reach{none, none, none, none, none, rsel, all, all}, unlimited},
	ReadCostLines:     {[...]Reach{none, none, none, none, none, none, all, all}, unlimited},
	Bill:              {[...]Reach{none, none, none, none, none, none, none, all}, unlimited},
	Account:           {[...]Reach{none, none, none, none, none, none, none, all}, unlimited},
	ChangeCatalog:     {[...]Reach{none, none, none, none, none, none, all, all}, unlimited},
	Confirm:           {[...]Reach{none, none, none, none, none, none, all, all}, unlimited},
	Run:               {[...]Reach{none, none, none, none, none, none, none, all}, unlimited},
	Internal:          {[...]Reach{none, none, none, none, none, none, none, none}, unlimited},
}

// ReachOf returns how far a level goes in an operation.
func ReachOf(op Operation, l Level) Reach {
	if op <= 0 || op >= operations || l <= Unknown || l > Admin {
		return ReachNone
	}
	return matrix[op].reach[l-NoLogin]
}

// Least returns the lowest level that may do an operation to another employee, and Unknown where no level may.
func Least(op Operation) Level {
	for l := NoLogin; l <= Admin; l++ {
		if ReachOf(op, l) > ReachSelf {
			return l
		}
	}
	return Unknown
}

// Verdict is the answer to a caller.
type Verdict int

// The verdicts. Denied and Hidden differ in what the caller learns: what is hidden is as if it did not exist.
const (
	Denied Verdict = iota
	Hidden
	Allowed
)

// String returns the verdict's name.
func (v Verdict) String() string {
	switch v {
	case Allowed:
		return "allowed"
	case Hidden:
		return "hidden"
	}
	return "denied"
}

// Decide returns whether a caller may do an operation to a target. Who names a part of Tenure may everything that is
// decided here; who may name one is decided where commands come in.
func Decide(op Operation, c Caller, t Target) Verdict {
	if c.System != "" {
		return Allowed
	}
	return verdict(op, c.Level, Relate(c, t))
}

// verdict looks a relation up.
func verdict(op Operation, l Level, r Relation) Verdict {
	reach := ReachOf(op, l)
	if !reach.includes(r.Place) {
		if reach > ReachSelf {
			return Hidden
		}
		return Denied
	}
	if !matrix[op].limit.permits(l, r) {
		return Denied
	}
	return Allowed
}

// permits reports whether a limit lets a level act within its reach.
func (by limit) permits(l Level, r Relation) bool {
	if by != unlimited && r.Above {
		return false
	}
	switch by {
	case impersonates:
		return r.Place == Self || r.Place == SubReseller || l == Admin
	case onlySub:
		return r.Place == SubReseller
	}
	return true
}
