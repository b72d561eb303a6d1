package signing

import "fmt"

// Unsigned is what happens to commands without a signature.
type Unsigned string

// The policies, in the order of the way from unsigned to signed commands.
const (
	Take   Unsigned = "take"   // they are decided for the actor that they name
	Warn   Unsigned = "warn"   // likewise, and they are counted and logged
	Refuse Unsigned = "refuse" // they are rejected
)

// ParseUnsigned reads a policy.
func ParseUnsigned(text string) (Unsigned, error) {
	switch u := Unsigned(text); u {
	case Take, Warn, Refuse:
		return u, nil
	}
	return "", fmt.Errorf("%q is not one of take, warn, refuse", text)
}
