package signing

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// Header is the name of the header that holds the proof.
const Header = "ce_proof"

// Algorithm is how a key signs.
type Algorithm string

// The algorithms. Whoever verifies HMAC can sign too; a public key of Ed25519 verifies only, and costs some fifty times
// as much for each command.
const (
	HMAC    Algorithm = "hmac-sha256"
	Ed25519 Algorithm = "ed25519"
)

// ParseAlgorithm reads the name of an algorithm in any case.
func ParseAlgorithm(text string) (Algorithm, error) {
	switch a := Algorithm(strings.ToLower(text)); a {
	case HMAC, Ed25519:
		return a, nil
	}
	return "", fmt.Errorf("signing: %q is not one of %s, %s", text, HMAC, Ed25519)
}

// Content is what is signed of a command. The texts are those of its headers, byte for byte.
type Content struct {
	Type    string // ce_type
	Subject string // ce_subject
	ID      string // ce_commandid, or ce_id where there is none
	Time    string // ce_time
	Value   []byte
}

// format is the first line of what is signed: another form gets another one.
const format = "tenure-command-v1"

// text returns what is signed.
func (c Content) text() []byte {
	sum := sha256.Sum256(c.Value)
	text := make([]byte, 0, len(format)+len(c.Type)+len(c.Subject)+len(c.ID)+len(c.Time)+hex.EncodedLen(len(sum))+5)
	for _, line := range [...]string{format, c.Type, c.Subject, c.ID, c.Time} {
		text = append(append(text, line...), '\n')
	}
	return hex.AppendEncode(text, sum[:])
}

// The faults of a proof. None of them repeats it.
var (
	ErrProof     = errors.New("signing: a proof is KEYID.SIGNATURE")
	ErrSignature = errors.New("signing: the signature is not that of this command")
)

// proofBytesMax bounds a proof: an id and a signature of Ed25519 are far shorter.
const proofBytesMax = 256

// KeyOf returns the key's id in a proof. Its error is ErrProof.
func KeyOf(proof string) (id string, err error) {
	id, signature, found := strings.Cut(proof, ".")
	if !found || id == "" || signature == "" || len(proof) > proofBytesMax {
		return "", ErrProof
	}
	return id, nil
}

// Verify returns nil when a proof is that of the grant's key over the content, else ErrProof or ErrSignature.
func (g Grant) Verify(c Content, proof string) error {
	id, text, _ := strings.Cut(proof, ".")
	signature, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || id == "" || len(proof) > proofBytesMax {
		return ErrProof
	}
	if id != g.ID || !g.holds(c.text(), signature) {
		return ErrSignature
	}
	return nil
}

func (g Grant) holds(text, signature []byte) bool {
	switch g.Algorithm {
	case HMAC:
		return subtle.ConstantTimeCompare(signature, sum(g.Material, text)) == 1
	case Ed25519:
		return len(g.Material) == ed25519.PublicKeySize && ed25519.Verify(g.Material, text, signature)
	}
	return false
}

func sum(secret, text []byte) []byte {
	mac := hmac.New(sha256.New, secret)
	_, _ = mac.Write(text) // a hash never fails
	return mac.Sum(nil)
}
