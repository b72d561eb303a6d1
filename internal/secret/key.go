package secret

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// keyBytes is the length of a key: AES-256.
const keyBytes = 32

// ErrKey reports that a text is no key; it does not repeat it.
var ErrKey = errors.New("secret: a key is 64 hexadecimal characters: openssl rand -hex 32")

// ParseKey reads a key of 64 hexadecimal characters, spaces and a line's end around it left out.
func ParseKey(text string) ([]byte, error) {
	key, err := hex.DecodeString(strings.TrimSpace(text))
	if err != nil || len(key) != keyBytes {
		return nil, ErrKey
	}
	return key, nil
}

// NewKey draws a key.
func NewKey() ([]byte, error) {
	key := make([]byte, keyBytes)
	if _, err := rand.Read(key); err != nil {
		return nil, fmt.Errorf("secret: draw a key: %w", err)
	}
	return key, nil
}

// KeyFile reads the key in a file, or creates the file with a new key: for a system with private files.
func KeyFile(path string) ([]byte, error) {
	text, err := os.ReadFile(path)
	if err == nil {
		return ParseKey(string(text))
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("secret: read key: %w", err)
	}
	key, err := NewKey()
	if err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("secret: create key: %w", err)
	}
	_, err = fmt.Fprintln(f, hex.EncodeToString(key))
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return nil, fmt.Errorf("secret: create key: %w", err)
	}
	return key, nil
}
