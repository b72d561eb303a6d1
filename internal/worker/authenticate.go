package worker

import (
	"errors"
	"time"

	"tenure/domain"
	"tenure/events"
	"tenure/internal/history"
	"tenure/internal/keyring"
	"tenure/internal/signing"
	"tenure/internal/store"
	"tenure/internal/telemetry"
)

// The rejections of commands whose signature does not hold, or does not allow them. None of them says more: whoever has
// the key knows it.
var (
	errUnsigned = &domain.Rejection{Status: 401, Code: "proof", Message: "The command is not signed"}
	errProof    = &domain.Rejection{Status: 401, Code: "proof", Message: "The signature is not one of a key in use"}
	errKeyType  = &domain.Rejection{Status: 403, Code: "key", Message: "The key may not send commands of this type"}
	errKeyActor = &domain.Rejection{Status: 403, Code: "key", Message: "The key may not send commands of this actor"}
)

// authority is what a signature gives a command: the bounds of its key, or the reason why there are none.
type authority struct {
	grant   signing.Grant // zero: it is not signed, and need not be
	refused *domain.Rejection
}

// authenticate verifies the signature of a command, before anything else of it is believed. A parked message that an
// operator has edited keeps the authority of what was sent.
func (o *owner) authenticate(it *item) authority {
	if o.Keys == nil {
		return authority{}
	}
	if it.env.Proof == "" {
		o.unsigned(it)
		if o.Unsigned == signing.Refuse {
			return authority{refused: errUnsigned}
		}
		return authority{}
	}
	id, err := signing.KeyOf(it.env.Proof)
	if err != nil {
		return authority{refused: errProof}
	}
	grant, known := o.Keys.Find(id)
	if !known || grant.Verify(it.msg.SignedContent(), it.env.Proof) != nil {
		return authority{refused: errProof}
	}
	if !grant.Sends(it.env.Type) {
		return authority{grant: grant, refused: errKeyType}
	}
	return authority{grant: grant}
}

// believe applies the authority to an item. One that is not authentic has its own key among the outcomes: it must
// not take the id of the command that it pretends to be.
func (it *item) believe(a authority) {
	it.authority = a
	if it.refused = a.refused; a.refused != nil && a.refused.Status == errProof.Status {
		it.key = store.CommandKey(it.stream, "proof\x00"+string(it.content)+it.id)
	}
}

// actorOf is the actor of a command within the bounds of its key, as decoded and as events keep it.
func (it *item) actorOf(named events.Actor, kept []byte) (events.Actor, []byte, error) {
	by := named
	by.Key = ""
	if it.authority.grant.ID != "" {
		narrowed, err := keyring.Narrow(it.authority.grant, by)
		if errors.Is(err, keyring.ErrSystem) {
			return by, kept, errKeyActor
		}
		by = narrowed
	}
	if by == named {
		return by, kept, nil
	}
	kept, err := history.ActorBytes(by)
	return by, kept, err
}

// outside refuses an actor of a customer that is not one of the key's reseller.
func (it *item) outside(catalog *domain.Catalog) *domain.Rejection {
	bound := keyring.Bound(it.authority.grant, it.actor)
	if bound == "" {
		return nil
	}
	if customer, known := catalog.Customer(domain.CanonicalID(it.actor.Customer)); known && customer.Reseller == bound {
		return nil
	}
	return errKeyActor
}

// unsignedEvery is the pause between two lines about unsigned commands of a shard: each is counted.
const unsignedEvery = time.Minute

// unsigned counts a command without a signature, and names the sender's program now and then where a warning is wanted.
func (o *owner) unsigned(it *item) {
	if o.OnUnsigned != nil {
		o.OnUnsigned(int32(o.claim.Shard))
	}
	if now := time.Now(); o.Unsigned == signing.Warn && now.Sub(o.warned) > unsignedEvery {
		o.warned = now
		o.Log.Warn("worker: a command is not signed", telemetry.KeyType, it.env.Type, telemetry.KeyShard,
			int32(o.claim.Shard),
			telemetry.KeyNext, "tenure keys create")
	}
}
