package bus

import "fmt"

// Reason says, in a word that never changes, why a message is malformed. Parked
// messages are counted and searched by it.
type Reason string

// The reasons of a value, and of a header.
const (
	// ReasonTombstone is a message without a value where one is needed.
	ReasonTombstone Reason = "tombstone"
	// ReasonTooLarge is a value of more than 1 MiB.
	ReasonTooLarge Reason = "too_large"
	// ReasonNotJSON is a value that JSON's grammar does not know.
	ReasonNotJSON Reason = "not_json"
	// ReasonNotObject is JSON whose outermost value is not an object.
	ReasonNotObject Reason = "not_object"
	// ReasonTooDeep is JSON with more than 32 levels.
	ReasonTooDeep Reason = "too_deep"
	// ReasonDuplicateKey is an object that has a key twice.
	ReasonDuplicateKey Reason = "duplicate_key"
	// ReasonBadText is text that is not UTF-8, or that PostgreSQL cannot hold.
	ReasonBadText Reason = "bad_text"
	// ReasonBadNumber is a number beyond the digits or the exponent we compute with.
	ReasonBadNumber Reason = "bad_number"
	// ReasonUnreadable is for those who park a message with Message.Unreadable.
	ReasonUnreadable Reason = "unreadable"
	// ReasonHeaderMissing is a CloudEvents attribute that must be there.
	ReasonHeaderMissing Reason = "header_missing"
	// ReasonHeaderTwice is a CloudEvents attribute that is there twice.
	ReasonHeaderTwice Reason = "header_twice"
	// ReasonHeaderText is an attribute that is not plain UTF-8 text.
	ReasonHeaderText Reason = "header_text"
	// ReasonHeaderTooLong is an attribute of more than 512 bytes.
	ReasonHeaderTooLong Reason = "header_too_long"
	// ReasonHeaderValue is an attribute with a value that it cannot have.
	ReasonHeaderValue Reason = "header_value"
)

// Malformed says what is wrong with the bytes of a message. It is never worth a
// retry: the bytes stay what they are.
type Malformed struct {
	// Reason is stable; the rest is for people.
	Reason Reason
	// Property is the header or the key of the object, empty if none is to blame.
	Property string
	// Rule is what the property, or the value as a whole, has to be.
	Rule string
	// At is the byte of the value where the rule was broken; 0 for headers.
	At int
}

// Error names the property and the rule, and quotes no content.
func (m *Malformed) Error() string {
	switch {
	case m.Property != "" && m.At > 0:
		return fmt.Sprintf("bus: malformed: %q at byte %d: %s", m.Property, m.At, m.Rule)
	case m.Property != "":
		return fmt.Sprintf("bus: malformed: %s: %s", m.Property, m.Rule)
	default:
		return fmt.Sprintf("bus: malformed: byte %d: %s", m.At, m.Rule)
	}
}
