package keyring

import (
	"errors"

	"tenure/access"
	"tenure/events"
	"tenure/internal/signing"
)

// ErrSystem reports that a key may not send commands of Tenure itself.
var ErrSystem = errors.New("keyring: the key may not send commands of Tenure itself")

// Narrow returns the actor that a command has by its key: the one that it names, within the key's bounds. A higher
// level than the key's is lowered to it. A key of a reseller speaks for that reseller, whatever company the actor
// names; an actor of a customer of that reseller is kept, and Bound says that its customer is still to be checked. The
// error is ErrSystem.
func Narrow(g signing.Grant, a events.Actor) (events.Actor, error) {
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
func Bound(g signing.Grant, a events.Actor) string {
	if a.Customer == "" {
		return ""
	}
	return g.Reseller
}
