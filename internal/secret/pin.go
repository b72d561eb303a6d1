package secret

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
)

// sealedForm begins every sealed PIN: a new way of sealing gets a new one.
const sealedForm = "sealed:v1:"

// errSealed reports that a text is not sealed with this key; it does not repeat it.
var errSealed = errors.New("secret: not sealed with this key")

// nonceBytes is the length of the nonce of AES-GCM.
const nonceBytes = 12

// seal encrypts a PIN, which the PBX must be able to read: it cannot be hashed. Two of the same PIN differ by their
// nonces.
func seal(key []byte, pin string, nonce []byte) (string, error) {
	box, err := gcm(key)
	if err != nil {
		return "", err
	}
	return sealedForm + base64.RawStdEncoding.EncodeToString(box.Seal(nonce, nonce, []byte(pin), []byte(sealedForm))), nil
}

func open(key []byte, sealed string) (string, error) {
	box, err := gcm(key)
	if err != nil {
		return "", err
	}
	text, ours := strings.CutPrefix(sealed, sealedForm)
	raw, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil || !ours || len(raw) < box.NonceSize() {
		return "", errSealed
	}
	pin, err := box.Open(nil, raw[:box.NonceSize()], raw[box.NonceSize():], []byte(sealedForm))
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
