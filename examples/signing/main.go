// Command signing signs a command for Tenure with nothing but the standard library, as a program of an integrator does:
//
//	go run ./examples/signing KEYFILE TYPE SUBJECT ID TIME < value.json
//
// prints the header ce_proof. KEYFILE is what "tenure keys create" has written; TIME is the text of the header ce_time.
// The message's headers and value must be exactly those that were signed. sign.py does the same in Python.
package main

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

func main() {
	if err := run(os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string, in io.Reader, out io.Writer) error {
	if len(args) != 5 {
		return errors.New("usage: signing KEYFILE TYPE SUBJECT ID TIME < value.json")
	}
	key, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	value, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	text, err := proof(string(key), args[1:], value)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(out, text)
	return err
}

// proof signs type, subject, id and time, and the hash of the value.
func proof(key string, headers []string, value []byte) (string, error) {
	parts := strings.Split(strings.TrimSpace(key), ":") // id, algorithm, secret
	if len(parts) != 3 {
		return "", errors.New("a key is ID:ALGORITHM:SECRET")
	}
	secret, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil {
		return "", errors.New("the key's secret is not base64url")
	}
	sum := sha256.Sum256(value)
	lines := append([]string{"tenure-command-v1"}, headers...)
	text := []byte(strings.Join(append(lines, hex.EncodeToString(sum[:])), "\n"))
	var signature []byte
	switch parts[1] {
	case "hmac-sha256":
		mac := hmac.New(sha256.New, secret)
		_, _ = mac.Write(text) // a hash never fails
		signature = mac.Sum(nil)
	case "ed25519":
		if len(secret) != ed25519.SeedSize {
			return "", errors.New("the key's secret is not a seed of Ed25519")
		}
		signature = ed25519.Sign(ed25519.NewKeyFromSeed(secret), text)
	default:
		return "", fmt.Errorf("unknown algorithm %q", parts[1])
	}
	return parts[0] + "." + base64.RawURLEncoding.EncodeToString(signature), nil
}
