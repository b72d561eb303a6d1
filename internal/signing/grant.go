package signing

import (
	"errors"
	"strings"

	"tenure/access"
	"tenure/events"
)

// Grant is a key as whoever verifies knows it, and what it may send.
type Grant struct {
	ID        string
	Name      string
	Algorithm Algorithm
	Material  []byte   // what verifies: Key.Material
	Types     []string // patterns: billing.record_payment, employee.*, or * for all
	Level     string   // the highest access level of an actor; empty: any
	Reseller  string   // the reseller of every actor; empty: any
	System    bool     // may send commands of Tenure itself
}

// Sends reports whether the key may send commands of a type, given with or without its version.
func (g Grant) Sends(commandType string) bool {
	name := withoutVersion(commandType)
	for _, pattern := range g.Types {
		family, all := strings.CutSuffix(pattern, "*")
		if all && (family == "" || strings.HasSuffix(family, ".") && strings.HasPrefix(name, family)) {
			return true
		}
		if withoutVersion(pattern) == name {
			return true
		}
	}
	return false
}

// withoutVersion cuts .v1 off a wire name.
func withoutVersion(name string) string {
	i := strings.LastIndex(name, ".v")
	if i < 0 || i+2 == len(name) || strings.Trim(name[i+2:], "0123456789") != "" {
		return name
	}
	return name[:i]
}

// CheckPattern returns a sentence that says what is wrong with a pattern of types, or an empty text.
func CheckPattern(pattern string, known []string) string {
	g := Grant{Types: []string{pattern}}
	for _, name := range known {
		if g.Sends(name) {
			return ""
		}
	}
	return "no command is called " + pattern
}

// ErrSystem reports that a key may not send commands of Tenure itself.
var ErrSystem = errors.New("signing: the key may not send commands of Tenure itself")

// Narrow returns the actor that a command has by its key: the one that it names, within the key's bounds. A higher
// level than the key's is lowered to it. A key of a reseller speaks for that reseller, whatever company the actor
// names; an actor of a customer of that reseller is kept, and Bound says that its customer is still to be checked. The
// error is ErrSystem.
func (g Grant) Narrow(a events.Actor) (events.Actor, error) {
	a.Key = g.ID
	if a.System != "" {
		if !g.System {
			return a, ErrSystem
		}
		return a, nil
	}
	highest, bounded := access.ParseLevel(g.Level)
	if g.Reseller != "" && (!bounded || highest > access.Reseller) {
		highest, bounded = access.Reseller, true
	}
	if level := access.LevelOf(a.AccessLevel); bounded && level > highest {
		a.AccessLevel = highest.String()
	}
	if g.Reseller != "" {
		a.Reseller, a.OrganizationResellers = g.Reseller, ""
		if access.LevelOf(a.AccessLevel) >= access.Reseller {
			a.Customer, a.Employee = "", ""
		}
	}
	return a, nil
}

// Bound is the reseller that the customer of an actor must have; empty: any.
func (g Grant) Bound(a events.Actor) string {
	if a.Customer == "" {
		return ""
	}
	return g.Reseller
}
