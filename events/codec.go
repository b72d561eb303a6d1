package events

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"time"

	"github.com/google/uuid"
)

// Event is the payload of one event in the log.
type Event interface {
	// EventType is the event's name on the wire, in the past tense and with its version, e.g. employee.created.v1.
	EventType() string
}

// Actor is who asked for a change. The zero Actor is time, or Tenure itself.
type Actor struct {
	Employee    string `json:"employee,omitempty"`
	AccessLevel string `json:"accessLevel,omitempty"`
	Customer    string `json:"customer,omitempty"`
	Reseller    string `json:"reseller,omitempty"`
	// OrganizationResellers are further resellers whose customers it may manage.
	OrganizationResellers IDs `json:"organizationResellers,omitempty"`
	// System is a part of Tenure that acts by itself, such as scheduler; it has no level.
	System string `json:"system,omitempty"`
	// Token is the id of the token that the command came with over HTTP, so that it can be followed to a credential.
	Token string `json:"token,omitempty"`
	// Key is the id of the key that the command was signed with.
	Key string `json:"key,omitempty"`
}

// Recorded is an event in its place in the log.
type Recorded struct {
	Shard     int32
	Position  int64 // in the shard, from 1
	Stream    string
	Version   int32 // in the stream, from 1
	At        time.Time
	CommandID string // empty when only time made it happen
	RunID     string // empty outside runs
	Actor     Actor
	Event     Event
}

// namespace is the root of event ids; it may never change, since ids are computed again on every publication.
var namespace = uuid.MustParse("6f0c6a52-2a53-5c0b-9f1e-7d1f3a1c8e01")

// Content is what an event's id derives from besides its place in its stream: what is published of it.
type Content struct {
	Type      string
	At        time.Time // microseconds count
	CommandID string
	RunID     string
	Payload   []byte // as stored
}

// ID computes an event's id from its place in its stream and its content: equal content in the same place has the same
// id, whenever and by whomever it is decided again (a restore, a failover), other content another.
func ID(stream string, version int32, c Content) uuid.UUID {
	h := sha256.New()
	for _, part := range [][]byte{[]byte(c.Type), []byte(c.CommandID), []byte(c.RunID), c.Payload} {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part))))
		h.Write(part)
	}
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(c.At.UnixMicro())))
	return uuid.NewSHA1(namespace, fmt.Appendf(nil, "%s@%d/%x", stream, version, h.Sum(nil)))
}

// FormerID is the id of an event that was written before ids derived from content: from its place alone.
func FormerID(stream string, version int32) uuid.UUID {
	return uuid.NewSHA1(namespace, fmt.Appendf(nil, "%s@%d", stream, version))
}

// types maps wire names to payload types. A new event adds its line here.
var types = index(
	EmployeeCreated{},
	EmployeeUpdated{},
	BillingCustomerChanged{},
	EmployeeMoved{},
	ProductAssigned{},
	ProductChangeScheduled{},
	ProductChangeCancelled{},
	ProductChangeDropped{},
	AddonAdded{},
	AddonUpdated{},
	AddonTerminated{},
	DeletionScheduled{},
	DeletionCancelled{},
	DeletionStarted{},
	EmployeeDeleted{},
	ExtensionAssigned{},
	ExtensionUnassigned{},
	ExtensionDeletionRequested{},
	ExtensionDeleted{},
	MvnoAccountAttached{},
	MvnoAccountDetached{},
	MvnoDeletionRequested{},
	MvnoAccountDeleted{},
	DeletionRefused{},
	DeletionStalled{},
	MvnoAccountRestored{},
	PresenceChanged{},
	AutoPresenceSet{},
	RatePlanChangeScheduled{},
	RatePlanChangeCancelled{},
	RatePlanChanged{},
	RatePlanChangeDropped{},
	HoldingRated{},
	EmployeeInvoiced{},
	BillingHeld{},
	BillingReleased{},
	BillingWorkOrdered{},
	ReviewSettled{},
	CustomerBillingHeld{},
	CustomerBillingReleased{},
	PeriodClosed{},
	PolicySet{},
	PaymentRecorded{},
	ProductPut{},
	PriceSet{},
	CustomerPut{},
	ResellerPut{},
	RunPlanned{},
	RunApproved{},
	RunAbandoned{},
	RunsHalted{},
	RunsResumed{},
	RunStarted{},
	RunShardOpened{},
	RunShardCompleted{},
	RunCompleted{},
	DocumentIssued{},
	InvoiceNumberRecorded{},
	DocumentAcknowledged{},
	ParkedRetried{},
	ParkedEdited{},
	ParkedDiscarded{},
	StateRewritten{},
)

// former maps names that only older logs hold to the payloads that are written now. Those read both forms: number and
// name of an extension and of an account stood beside the id in version 1, and stand in personal since; the number of a
// document was a whole number.
var former = map[string]reflect.Type{
	"billing.invoice_number_recorded.v1": reflect.TypeFor[InvoiceNumberRecorded](),
	"employee.extension_assigned.v1":     reflect.TypeFor[ExtensionAssigned](),
	"employee.mvno_account_attached.v1":  reflect.TypeFor[MvnoAccountAttached](),
	"employee.mvno_account_restored.v1":  reflect.TypeFor[MvnoAccountRestored](),
}

// payload finds the type of the payloads of a name, written now or formerly.
func payload(name string) (reflect.Type, bool) {
	if t, ok := types[name]; ok {
		return t, true
	}
	t, ok := former[name]
	return t, ok
}

func index(all ...Event) map[string]reflect.Type {
	byName := make(map[string]reflect.Type, len(all))
	for _, e := range all {
		if _, twice := byName[e.EventType()]; twice {
			panic("events: two payloads named " + e.EventType())
		}
		byName[e.EventType()] = reflect.TypeOf(e)
	}
	return byName
}

// Types lists every wire name that is written, in no order. Decode knows those that were written formerly too.
func Types() []string {
	names := make([]string, 0, len(types))
	for name := range types {
		names = append(names, name)
	}
	return names
}

// Readable lists every wire name that Decode knows, in no order: those of Types, and those that older logs have.
func Readable() []string { return slices.AppendSeq(Types(), maps.Keys(former)) }

// New gives an empty payload of the named type, or false. Of a former name it is the one that is written now.
func New(name string) (Event, bool) {
	t, ok := payload(name)
	if !ok {
		return nil, false
	}
	return reflect.New(t).Elem().Interface().(Event), true
}

// UnknownTypeError is a name that this build does not know: a newer version, or a mistake. A reader stops on it.
type UnknownTypeError struct{ Type string }

// Error names the type and what to do.
func (e *UnknownTypeError) Error() string {
	return fmt.Sprintf("events: type %q is unknown to this version: run a newer tenure", e.Type)
}

// Encode gives the payload's JSON as it is stored.
func Encode(e Event) ([]byte, error) {
	raw, err := encode(e)
	if err != nil {
		return nil, fmt.Errorf("events: encode %s: %w", e.EventType(), err)
	}
	return raw, nil
}

func encode(e Event) ([]byte, error) {
	if quick, ok := e.(interface{ AppendJSON([]byte) ([]byte, error) }); ok {
		return quick.AppendJSON(nil)
	}
	return json.Marshal(e)
}

// Decode reads a stored payload. The error is an *UnknownTypeError where the name is not known.
func Decode(name string, raw []byte) (Event, error) {
	if name == invoicedType {
		if e, _, ok := readInvoiced(raw); ok {
			return e, nil
		}
	}
	t, ok := payload(name)
	if !ok {
		return nil, &UnknownTypeError{Type: name}
	}
	v := reflect.New(t)
	if err := json.Unmarshal(raw, v.Interface()); err != nil {
		return nil, fmt.Errorf("events: decode %s: %w", name, err)
	}
	return v.Elem().Interface().(Event), nil
}
