package secret

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"fmt"

	"tenure/domain"
)

// Sealer replaces secrets by what may be in a command. It is safe for concurrent use.
type Sealer struct {
	key []byte // nil: PINs cannot be sealed, and what is derived for a repeated call is derived without a secret
}

// NewSealer takes the key that PINs are sealed with; nil when none is configured. The error is ErrKey.
func NewSealer(key []byte) (*Sealer, error) {
	if key != nil && len(key) != keyBytes {
		return nil, ErrKey
	}
	return &Sealer{key: key}, nil
}

// errNoKey is for the caller: the operator has to configure a key.
var errNoKey = &domain.Rejection{Status: 503, Code: "pinCode", Path: "pinCode",
	Message: "PIN codes cannot be stored: no secret key is configured"}

// The properties in clear and their replacements.
const (
	passwordClear  = "password"
	passwordHashed = "passwordHash"
	pinClear       = "pinCode"
	pinSealed      = "pinCodeSealed"
)

// Protect replaces password and pinCode among an employee's properties, as a caller sends them, by passwordHash and
// pinCodeSealed. One that breaks the published rules becomes an empty text, which the domain refuses with the published
// message together with everything else that is wrong; null stays null. A *domain.Rejection is for the caller, who must
// not send the names that commands have either.
//
// What is sealed is bound to the employee. once names the call where its sender may repeat it, and is empty otherwise.
// The same secrets under the same name become the same texts, and others differ, so that a repeated call is
// distinguished from another one without storing either.
func (k *Sealer) Protect(properties map[string]json.RawMessage, employee, once string) error {
	for _, name := range []string{passwordHashed, pinSealed} {
		if _, sent := properties[name]; sent {
			return &domain.Rejection{Status: 422, Code: name, Path: name, Message: "is not a property of this command"}
		}
	}
	err := replace(properties, passwordClear, passwordHashed, false, func(clear string) (string, error) {
		if domain.CheckPassword(clear) != nil {
			return "", nil
		}
		salt, err := k.drawn(saltBytes, once, passwordClear)
		if err != nil {
			return "", err
		}
		return hashed(clear, salt), nil
	})
	if err != nil {
		return err
	}
	return replace(properties, pinClear, pinSealed, true, func(clear string) (string, error) {
		switch {
		case domain.CheckPinCode(clear) != nil:
			return "", nil
		case k.key == nil:
			return "", errNoKey
		}
		// never the same for two PINs: a nonce must not be used twice
		nonce, err := k.drawn(nonceBytes, once, pinClear, clear)
		if err != nil {
			return "", err
		}
		return seal(k.key, employee, clear, nonce)
	})
}

// drawn returns random bytes or, for a call that may be repeated, bytes that repeat with it: a keyed hash of its name.
func (k *Sealer) drawn(bytes int, once string, parts ...string) ([]byte, error) {
	out := make([]byte, bytes)
	if once == "" {
		if _, err := rand.Read(out); err != nil {
			return nil, fmt.Errorf("secret: draw: %w", err)
		}
		return out, nil
	}
	mac := hmac.New(sha256.New, k.key)
	for _, part := range append([]string{once}, parts...) {
		fmt.Fprintf(mac, "%d:%s", len(part), part)
	}
	copy(out, mac.Sum(nil))
	return out, nil
}

// replace removes a secret from the properties and adds its replacement under the other name. Anything but a text
// becomes an empty one, which is refused; null is null, and so is the empty text where it counts as none.
func replace(
	properties map[string]json.RawMessage,
	clear, kept string,
	emptyIsNone bool,
	protect func(string) (string, error),
) error {
	raw, sent := properties[clear]
	if !sent {
		return nil
	}
	delete(properties, clear)
	var value *string
	wrong := json.Unmarshal(raw, &value)
	if wrong == nil && (value == nil || emptyIsNone && *value == "") {
		properties[kept] = json.RawMessage("null")
		return nil
	}
	text := ""
	if wrong == nil {
		protected, err := protect(*value)
		if err != nil {
			return err
		}
		text = protected
	}
	out, err := json.Marshal(text)
	if err != nil {
		return fmt.Errorf("secret: %s: %w", kept, err)
	}
	properties[kept] = out
	return nil
}

// OpenPIN reads a PIN that was sealed with this key for an employee. The error does not repeat what it was given.
func (k *Sealer) OpenPIN(employee, sealed string) (string, error) {
	if k.key == nil {
		return "", errSealed
	}
	return open(k.key, employee, sealed)
}
