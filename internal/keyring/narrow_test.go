package keyring

import (
	"errors"
	"testing"

	"tenure/events"
	"tenure/internal/signing"
)

func TestNarrow_KeepsActorsWithinTheKey(t *testing.T) {
	t.Parallel()
	admin := events.Actor{AccessLevel: "ADMIN"}
	for _, row := range []struct {
		name  string
		grant signing.Grant
		actor events.Actor
		want  events.Actor
		bound string
		err   error
	}{
		{"without bounds the actor is believed", signing.Grant{}, admin, admin, "", nil},
		{"a higher level is lowered", signing.Grant{Level: "MANAGER"}, admin, events.Actor{AccessLevel: "MANAGER"}, "", nil},
		{"a lower one stays", signing.Grant{Level: "MANAGER"}, events.Actor{AccessLevel: "VIEWER", Customer: "c1"},
			events.Actor{AccessLevel: "VIEWER", Customer: "c1"}, "", nil},
		{"a key of a reseller speaks for it, whatever company the actor names", signing.Grant{Level: "RESELLER",
			Reseller: "r1"},
			events.Actor{AccessLevel: "ADMIN", Customer: "k2", Reseller: "r2", Employee: "e", OrganizationResellers: "r3"},
			events.Actor{AccessLevel: "RESELLER", Reseller: "r1"}, "", nil},
		{"also without a level", signing.Grant{Reseller: "r1"}, admin, events.Actor{AccessLevel: "RESELLER", Reseller: "r1"},
			"", nil},
		{"an actor of a customer stays, and its customer is to be checked", signing.Grant{Level: "RESELLER", Reseller: "r1"},
			events.Actor{AccessLevel: "MANAGER", Customer: "c1"}, events.Actor{AccessLevel: "MANAGER", Customer: "c1",
				Reseller: "r1"},
			"r1", nil},
		{"no actor is not made one", signing.Grant{Level: "RESELLER"}, events.Actor{}, events.Actor{}, "", nil},
		{"a part of Tenure needs a key for that", signing.Grant{}, events.Actor{System: "scheduler"},
			events.Actor{System: "scheduler"}, "", ErrSystem},
		{"and has it", signing.Grant{System: true}, events.Actor{System: "scheduler"}, events.Actor{System: "scheduler"},
			"", nil},
		{"the id is the key's, not the sender's word", signing.Grant{}, events.Actor{AccessLevel: "ADMIN", Key: "other"},
			admin, "", nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			row.grant.ID, row.want.Key = "k1", "k1"
			got, err := Narrow(row.grant, row.actor)
			if got != row.want || !errors.Is(err, row.err) {
				t.Errorf("%+v, %v", got, err)
			}
			if bound := Bound(row.grant, got); bound != row.bound {
				t.Errorf("bound to %q", bound)
			}
		})
	}
}
