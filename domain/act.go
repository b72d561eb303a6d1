package domain

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"tenure/access"
	"tenure/events"
)

// Nobody acts on an employee of a higher level: not on its login, its state or its deletion. And nobody loosens what
// restricts its own login: a token that may do little could otherwise do anything.

// checkActs refuses an update by which the caller would act on an employee that it may not act on.
func (c UpdateEmployee) checkActs(e *Employee, s *validation) *Rejection {
	of := e.target(s.World)
	if c.AccessLevel != "" && c.AccessLevel != e.AccessLevel || s.changesLogin() {
		if refused := s.permit(access.ChangeLogin, of, errEmployeeNotFound); refused != nil {
			return refused
		}
	}
	if c.State != "" && c.State != e.State {
		if refused := s.permit(access.ChangeState, of, errEmployeeNotFound); refused != nil {
			return refused
		}
	}
	if _, changes := c.deletion(e, s.World); changes {
		if refused := s.permit(access.Delete, of, errEmployeeNotFound); refused != nil {
			return refused
		}
	}
	return s.checkLoosened()
}

// changesLogin reports whether a property of the login is changed. A secret always is: what it was is not known.
func (s *validation) changesLogin() bool {
	for _, secret := range []string{hashedName, sealedName} {
		if _, given := s.given[secret]; given {
			return true
		}
	}
	for _, changed := range []events.Attributes{s.plain, s.personal} {
		for name := range changed {
			if loginProperties[name] {
				return true
			}
		}
	}
	return false
}

// checkLoosened refuses a caller that loosens its own restriction.
func (s *validation) checkLoosened() *Rejection {
	if isSystem(s.Actor) || !s.isSelf(s.before.ID) {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(restrictions)) {
		raw, changed := s.plain[name]
		if !changed {
			raw, changed = s.personal[name]
		}
		if known := s.before.Profile.known(name); changed && known != "" && !isTighter(name, raw, known) {
			return &Rejection{Status: statusForbidden, Code: errAccessDenied.Code, Path: name,
				Message: "Own restrictions cannot be loosened"}
		}
	}
	return nil
}

// isTighter reports whether a value allows nothing that the known one does not.
func isTighter(name string, raw json.RawMessage, known string) bool {
	switch name {
	case "ipRestriction":
		return !isNull(raw) && isSubset(addresses(textOf(raw)), addresses(textOf(json.RawMessage(known))))
	case "apiAccessFilter":
		now, before := filters(raw), filters(json.RawMessage(known))
		return len(before) == 0 || len(now) > 0 && isSubset(now, before)
	}
	return known != "true" || string(raw) == "true"
}

// addresses lists the addresses of a restriction; none: no restriction.
func addresses(text string) []string {
	list := strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' })
	return slices.DeleteFunc(list, func(s string) bool { return s == "" })
}

// filters lists the filters of a list, each in one spelling.
func filters(raw json.RawMessage) []string {
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil {
		return nil
	}
	all := make([]string, len(list))
	for i := range list {
		all[i] = string(canonicalJSON(list[i]))
	}
	return all
}

func isSubset(list, of []string) bool {
	return !slices.ContainsFunc(list, func(item string) bool { return !slices.Contains(of, item) })
}
