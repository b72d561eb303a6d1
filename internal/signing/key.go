package signing

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// Key signs commands. Its zero value signs nothing: Sign returns no proof.
type Key struct {
	ID        string
	Algorithm Algorithm
	secret    []byte // of HMAC, or the seed of Ed25519
}

// The lengths of what is drawn: a secret as long as the hash it keys, and ids that do not meet.
const (
	secretBytes = 32
	idBytes     = 8
)

// NewKey draws a key.
func NewKey(algorithm Algorithm) (Key, error) {
	raw := make([]byte, idBytes+secretBytes)
	if _, err := rand.Read(raw); err != nil {
		return Key{}, fmt.Errorf("signing: draw a key: %w", err)
	}
	return Key{ID: hex.EncodeToString(raw[:idBytes]), Algorithm: algorithm, secret: raw[idBytes:]}, nil
}

// ErrKey reports that a text is no key; it does not repeat it.
var ErrKey = errors.New("signing: a key is ID:ALGORITHM:SECRET on one line, as tenure keys create writes it")

// ParseKey reads the text form of a key.
func ParseKey(text string) (Key, error) {
	parts := strings.Split(strings.TrimSpace(text), ":")
	if len(parts) != 3 || parts[0] == "" || strings.ContainsAny(parts[0], ". \t\n") {
		return Key{}, ErrKey
	}
	algorithm, err := ParseAlgorithm(parts[1])
	if err != nil {
		return Key{}, ErrKey
	}
	secret, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil || len(secret) != secretBytes {
		return Key{}, ErrKey
	}
	return Key{ID: parts[0], Algorithm: algorithm, secret: secret}, nil
}

// Text returns the form that ParseKey reads. It is a secret.
func (k Key) Text() string {
	return k.ID + ":" + string(k.Algorithm) + ":" + base64.RawURLEncoding.EncodeToString(k.secret)
}

// String names the key without its secret, so that no log shows it by mistake.
func (k Key) String() string { return k.ID }

// Given reports whether there is a key at all.
func (k Key) Given() bool { return k.ID != "" }

// Sign returns the proof of a command, empty for the zero key.
func (k Key) Sign(c Content) string {
	if !k.Given() {
		return ""
	}
	var signature []byte
	switch k.Algorithm {
	case Ed25519:
		signature = ed25519.Sign(ed25519.NewKeyFromSeed(k.secret), c.text())
	default:
		signature = sum(k.secret, c.text())
	}
	return k.ID + "." + base64.RawURLEncoding.EncodeToString(signature)
}

// Material returns what verifies the key's signatures: the secret of HMAC, the public key of Ed25519.
func (k Key) Material() []byte {
	if k.Algorithm == Ed25519 {
		return ed25519.NewKeyFromSeed(k.secret).Public().(ed25519.PublicKey)
	}
	return k.secret
}
