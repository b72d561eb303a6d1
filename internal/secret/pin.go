package secret

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// The forms of sealed PINs. Each new way of sealing gets a new one, and what was sealed in another can still be read.
const (
	sealedForm    = "sealed:v2:" // key id, and bound to the employee
	sealedFormOne = "sealed:v1:" // as it was written before: no key id, bound to nobody
)

// errSealed says that a text is not sealed with this key for this employee; it does not repeat it.
var errSealed = errors.New("secret: not sealed with this key for this employee")

// nonceBytes is the length of the nonce of AES-GCM.
const nonceBytes = 12

// keyIDBytes is the length of a key's id: enough to tell an operator's keys apart.
const keyIDBytes = 4

// keyID names a key without being it, so that what was sealed with a former key is told from what was tampered with.
func keyID(key []byte) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("tenure key id"))
	return hex.EncodeToString(mac.Sum(nil)[:keyIDBytes])
}

// bound is what a sealed PIN is authenticated with: moved to another employee, it does not open.
func bound(id, employee string) []byte { return []byte(sealedForm + id + ":" + employee) }

// seal encrypts a PIN, which the PBX must be able to read: it cannot be hashed. Two of the same PIN differ by their
// nonces.
func seal(key []byte, employee, pin string, nonce []byte) (string, error) {
	box, err := gcm(key)
	if err != nil {
		return "", err
	}
	id := keyID(key)
	sealed := box.Seal(nonce, nonce, []byte(pin), bound(id, employee))
	return sealedForm + id + ":" + base64.RawStdEncoding.EncodeToString(sealed), nil
}

func open(key []byte, employee, sealed string) (string, error) {
	box, err := gcm(key)
	if err != nil {
		return "", err
	}
	text, isOne := strings.CutPrefix(sealed, sealedFormOne)
	with := []byte(sealedFormOne)
	if !isOne {
		id := keyID(key)
		var own bool
		if text, own = strings.CutPrefix(sealed, sealedForm+id+":"); !own {
			return "", errSealed
		}
		with = bound(id, employee)
	}
	raw, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil || len(raw) < box.NonceSize() {
		return "", errSealed
	}
	pin, err := box.Open(nil, raw[:box.NonceSize()], raw[box.NonceSize():], with)
	if err != nil {
		return "", errSealed
	}
	return string(pin), nil
}

func gcm(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("secret: key: %w", err)
	}
	return cipher.NewGCM(block)
}
