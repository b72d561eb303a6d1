package domain

import "slices"

// UnknownProperties returns the refusals of the properties of a decoded command that it does not have. The command is
// refused with them when it is decided; who sends it may refuse it before.
func UnknownProperties(c Command) []*Rejection {
	var a attributes
	switch c := c.(type) {
	case CreateEmployee:
		a = c.attributes
	case UpdateEmployee:
		a = c.attributes
	}
	return slices.DeleteFunc(slices.Clone(a.malformed), func(r *Rejection) bool { return r.Message != messageNoProperty })
}

// messageNoProperty refuses a property by its name.
const messageNoProperty = "is not a property of this command"
