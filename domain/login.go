package domain

// A login name, an e-mail address or a user name, belongs to one employee in all shards, and so do an extension and a
// mobile account. Decisions see one shard only, so who may have one is found out before (World.LoginTaken), and given
// back when the decision is against it. All of them are reserved as names; those of extensions and accounts begin with
// a space, which no login name has. The legal number of a document belongs to it in the same way.

// The kinds of what is reserved besides login names.
const (
	extensionName = " extension "
	accountName   = " mvno "
	invoiceName   = " invoice "
)

// NamesOf lists the names that are reserved for an employee as it is: its login name as it is compared, its extensions
// and accounts; and for a document, its legal number. A deleted employee and other subjects have none.
func NamesOf(s Subject) []string {
	if d, ok := s.(*Document); ok && d.InvoiceNumber != "" {
		return []string{numberName(d.Ref, d.Series, d.InvoiceNumber)}
	}
	e, ok := s.(*Employee)
	if !ok {
		return nil
	}
	var all []string
	if login := e.Profile.Personal.Login; login != "" {
		all = append(all, login)
	}
	for _, x := range e.Extensions {
		all = append(all, extensionName+x.ID)
	}
	for _, a := range e.Accounts {
		all = append(all, accountName+a.ID)
	}
	return all
}

// NameWanted is the name that a command asks for on a stream; empty for none, and for what no name can be and is
// refused without asking whose it is.
func NameWanted(c Command, stream string, catalog *Catalog) string {
	var a attributes
	switch c := c.(type) {
	case RecordInvoiceNumber:
		_, ref := SplitStream(stream)
		return c.numberWanted(ref, catalog)
	case AssignExtension:
		return named(extensionName, c.ID)
	case AttachMvnoAccount:
		return named(accountName, c.ID)
	case CreateEmployee:
		a = c.attributes
	case UpdateEmployee:
		a = c.attributes
	}
	name := loginKey(textOf(a.given["emailAddress"]))
	if !storableLogin(name) {
		return ""
	}
	return name
}

// named is the name of an extension or an account; empty where the id is none.
func named(kind, id string) string {
	if id = CanonicalID(id); id == "" || !storableLogin(id) {
		return ""
	}
	return kind + id
}

// errHeld refuses an extension or an account that another employee has. It has to be taken from there first: an order
// between two employees is not promised.
var errHeld = &Rejection{Status: statusConflict, Code: "_id", Path: "_id",
	Message: "It belongs to another employee: unassign it there first"}
