package domain

import "slices"

// PropertyNames lists the properties of an employee that employee.create and employee.update take besides those with a
// their own field, in the published order.
func PropertyNames() []string {
	names := make([]string, len(properties))
	for i, p := range properties {
		names[i] = p.name
	}
	return names
}

// IgnoredNames lists the properties that a command takes and ignores, because replies have them and clients send
// replies back: of an employee at its creation, of one that is updated, and of a presence inside either.
func IgnoredNames() (creation, update, presence []string) {
	return namesIn(readOnlyAtCreation), namesIn(nil), slices.Clone(presenceOfReplies)
}

// namesIn gives what is ignored always or in one of two commands, in order.
func namesIn(own map[string]bool) []string {
	var names []string
	for _, all := range []map[string]bool{alwaysReadOnly, own} {
		for name := range all {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
