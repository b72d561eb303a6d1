package domain

import (
	"encoding/json"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Secrets never travel in clear: whoever takes a password or a PIN hashes or seals it before it makes a command. A
// secret that breaks the published rules becomes an empty text there, so that its refusal stands among all others.

// The published bounds of passwords and PINs, in characters.
const (
	passwordMin = 8
	// passwordMax keeps hashing cheap; nobody types more.
	passwordMax = 256
	pinCodeMin  = 4
	pinCodeMax  = 10
)

var (
	errPassword = &Rejection{Status: statusUnprocessable, Code: "password", Path: "password",
		Message: "The password complexity requirements are not met - 8 upper/lower/digits required"}
	errPinCode = &Rejection{Status: statusUnprocessable, Code: "pinCode", Path: "pinCode",
		Message: "Pincode is invalid - must be 4-10 digits or none"}
)

// CheckPassword gives the published refusal of a password in clear, or nil.
func CheckPassword(clear string) *Rejection {
	has := func(is func(rune) bool) bool { return strings.ContainsFunc(clear, is) }
	if n := utf8.RuneCountInString(clear); n < passwordMin || n > passwordMax || !has(unicode.IsUpper) ||
		!has(unicode.IsLower) || !has(unicode.IsDigit) {
		return errPassword
	}
	return nil
}

// CheckPinCode gives the published refusal of a PIN in clear, or nil. No PIN at all is not for it: null clears one.
func CheckPinCode(clear string) *Rejection {
	if len(clear) < pinCodeMin || len(clear) > pinCodeMax || strings.Trim(clear, "0123456789") != "" {
		return errPinCode
	}
	return nil
}

// The forms in which secrets arrive: what hashed or sealed them writes these before the rest.
const (
	hashedForm  = "$argon2id$"
	sealedForm  = "sealed:v" // and a version; internal/secret says what follows
	secretMax   = 512        // characters: a hash has about 100, a sealed PIN about 60
	hashedName  = "passwordHash"
	sealedName  = "pinCodeSealed"
	messageFree = "must not be in a command: it is hashed or sealed before"
)

// protected checks that a secret is in its form; anything else, the empty text among it, is refused with the error of
// the clear one.
func protected(form string, refusal *Rejection) check {
	return func(s *validation, _ string, raw json.RawMessage) json.RawMessage {
		if text := textOf(raw); !strings.HasPrefix(text, form) || len(text) > secretMax {
			s.refuse(refusal)
		}
		return raw
	}
}
