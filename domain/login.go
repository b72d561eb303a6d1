package domain

import "strings"

// A login name, an e-mail address or a user name, belongs to one employee in all shards. Decisions see one shard only,
// so who may have a name is found out before (World.LoginTaken), and given back when the decision is against it.

// LoginOf is the login name that an employee has, as it is compared; empty for none, for a deleted one, and for other
// subjects.
func LoginOf(s Subject) string {
	e, ok := s.(*Employee)
	if !ok {
		return ""
	}
	return e.Profile.Personal.Login
}

// LoginWanted is the login name that a command asks for, as it is compared; empty for none, and for what no login name
// can be and is refused without asking whose it is.
func LoginWanted(c Command) string {
	var a attributes
	switch c := c.(type) {
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

// loginKey is the form in which names are compared: nobody tells addresses apart by case or by spaces around them.
func loginKey(name string) string { return strings.ToLower(strings.TrimSpace(name)) }
