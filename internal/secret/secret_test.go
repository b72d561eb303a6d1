package secret_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/domain"
	"tenure/internal/secret"
)

// employee is whose secrets they are.
const employee = "5e0000000000000000000001"

const clear = "Sample password 1"

func sealer(t *testing.T) *secret.Sealer {
	t.Helper()
	key, err := secret.NewKey()
	require.NoError(t, err)
	k, err := secret.NewSealer(key)
	require.NoError(t, err)
	return k
}

func protected(t *testing.T, k *secret.Sealer, body string) (map[string]json.RawMessage, error) {
	t.Helper()
	var p map[string]json.RawMessage
	require.NoError(t, json.Unmarshal([]byte(body), &p))
	return p, k.Protect(p, employee, "")
}

func text(t *testing.T, raw json.RawMessage) string {
	t.Helper()
	var s string
	require.NoError(t, json.Unmarshal(raw, &s))
	return s
}

func TestPassword_IsHashedWithASalt(t *testing.T) {
	t.Parallel()
	one, err := secret.HashPassword(clear)
	require.NoError(t, err)
	two, err := secret.HashPassword(clear)
	require.NoError(t, err)
	require.NotEqual(t, one, two)
	require.Regexp(t, `^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$`, one)
	for _, hash := range []string{one, two} {
		same, err := secret.VerifyPassword(hash, clear)
		require.NoError(t, err)
		require.True(t, same)
		same, err = secret.VerifyPassword(hash, clear+" ")
		require.NoError(t, err)
		require.False(t, same)
	}
}

func TestPassword_WhatIsNoHashIsNotRepeated(t *testing.T) {
	t.Parallel()
	good, err := secret.HashPassword(clear)
	require.NoError(t, err)
	for _, bad := range []string{"", clear, strings.Replace(good, "argon2id", "argon2i", 1),
		strings.Replace(good, "v=19", "v=16", 1),
		strings.Replace(good, "m=19456", "m=99999999", 1), strings.Replace(good, "t=2", "t=0", 1),
		strings.Replace(good, "p=1", "p=0", 1),
		good[:len(good)-2], good + "$",
		strings.Replace(good, "m=19456,t=2,p=1", "x", 1)} {
		_, err := secret.VerifyPassword(bad, clear)
		require.EqualError(t, err, "secret: not a password hash")
	}
}

func TestPIN_IsOpenedWithItsKeyOnly(t *testing.T) {
	t.Parallel()
	k := sealer(t)
	one, err := protected(t, k, `{"pinCode":"123456"}`)
	require.NoError(t, err)
	two, err := protected(t, k, `{"pinCode":"123456"}`)
	require.NoError(t, err)
	sealed := text(t, one["pinCodeSealed"])
	require.NotEqual(t, sealed, text(t, two["pinCodeSealed"]))
	require.NotContains(t, sealed, "123456")
	pin, err := k.OpenPIN(employee, sealed)
	require.NoError(t, err)
	require.Equal(t, "123456", pin)
	for _, other := range []string{"", "sealed:v2:", "sealed:v1:", "sealed:v1:!", "sealed:v2:00000000:AAAA",
		strings.Replace(sealed, "v2", "v1", 1), sealed[:len(sealed)-4] + "AAAA"} {
		_, err = k.OpenPIN(employee, other)
		require.EqualError(t, err, "secret: not sealed with this key for this employee")
	}
	_, err = sealer(t).OpenPIN(employee, sealed)
	require.EqualError(t, err, "secret: not sealed with this key for this employee")
}

func TestSealer_ReplacesSecretsAndNothingElse(t *testing.T) {
	t.Parallel()
	k := sealer(t)
	p, err := protected(t, k, `{"name":"Sample employee 01","password":"`+clear+`","pinCode":null}`)
	require.NoError(t, err)
	require.Len(t, p, 3)
	same, err := secret.VerifyPassword(text(t, p["passwordHash"]), clear)
	require.NoError(t, err)
	require.True(t, same)
	require.Equal(t, "null", string(p["pinCodeSealed"]))
	require.Equal(t, `"Sample employee 01"`, string(p["name"]))

	p, err = protected(t, k, `{"title":"x"}`)
	require.NoError(t, err)
	require.Len(t, p, 1)
	for body, want := range map[string]string{
		`{"password":"short"}`: `{"passwordHash":""}`, `{"password":7}`: `{"passwordHash":""}`,
		`{"password":""}`:  `{"passwordHash":""}`,
		`{"pinCode":"12"}`: `{"pinCodeSealed":""}`, `{"pinCode":1234}`: `{"pinCodeSealed":""}`,
		`{"pinCode":""}`: `{"pinCodeSealed":null}`,
	} {
		p, err := protected(t, k, body)
		require.NoError(t, err)
		raw, err := json.Marshal(p)
		require.NoError(t, err)
		require.JSONEq(t, want, string(raw), "the domain refuses it with everything else that is wrong")
	}
	for _, name := range []string{"passwordHash", "pinCodeSealed"} {
		_, err := protected(t, k, `{"`+name+`":"$argon2id$x"}`)
		r, ok := domain.AsRejection(err)
		require.True(t, ok)
		require.Equal(t, []any{422, name}, []any{r.Status, r.Code}, "no caller sends a hash")
	}
}

func TestSealer_ARepeatedCallHasTheSameSecrets(t *testing.T) {
	t.Parallel()
	k := sealer(t)
	once := func(k *secret.Sealer, name, password, pin string) [2]string {
		p := map[string]json.RawMessage{"password": json.RawMessage(`"` + password + `"`),
			"pinCode": json.RawMessage(`"` + pin + `"`)}
		require.NoError(t, k.Protect(p, employee, name))
		good, err := secret.VerifyPassword(text(t, p["passwordHash"]), password)
		require.NoError(t, err)
		require.True(t, good)
		opened, err := k.OpenPIN(employee, text(t, p["pinCodeSealed"]))
		require.NoError(t, err)
		require.Equal(t, pin, opened)
		return [2]string{text(t, p["passwordHash"]), text(t, p["pinCodeSealed"])}
	}
	first := once(k, "call-1", clear, "1234")
	require.Equal(t, first, once(k, "call-1", clear, "1234"))
	nonce := func(sealed string) string { return sealed[:len("sealed:v2:00000000:")+16] }
	for name, other := range map[string][2]string{
		"other secrets": once(k, "call-1", clear+"!", "1235"), "another call": once(k, "call-2", clear, "1234"),
		"another key":              once(sealer(t), "call-1", clear, "1234"),
		"no call that is repeated": once(k, "", clear, "1234"),
	} {
		require.NotEqual(t, first[0], other[0], name)
		require.NotEqual(t, nonce(first[1]), nonce(other[1]), "%s: no nonce comes twice", name)
	}
}

func TestSealer_WithoutAKeyOnlyPINsCannotBeKept(t *testing.T) {
	t.Parallel()
	k, err := secret.NewSealer(nil)
	require.NoError(t, err)
	_, err = protected(t, k, `{"password":"`+clear+`"}`)
	require.NoError(t, err)
	_, err = protected(t, k, `{"pinCode":"1234"}`)
	r, ok := domain.AsRejection(err)
	require.True(t, ok)
	require.Equal(t, 503, r.Status)
	_, err = k.OpenPIN(employee, "sealed:v1:x")
	require.Error(t, err)
	_, err = secret.NewSealer([]byte("short"))
	require.ErrorIs(t, err, secret.ErrKey)
}

func TestKeyFile_IsMadeOnceForItsOwnerOnly(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "secret.key")
	key, err := secret.KeyFile(path)
	require.NoError(t, err)
	again, err := secret.KeyFile(path)
	require.NoError(t, err)
	require.Equal(t, key, again)
	about, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), about.Mode().Perm())
	require.NoError(t, os.WriteFile(path, []byte("not a key"), 0o600))
	_, err = secret.KeyFile(path)
	require.ErrorIs(t, err, secret.ErrKey)
	require.NotContains(t, err.Error(), "not a key")
	_, err = secret.KeyFile(filepath.Join(path, "below"))
	require.Error(t, err)
	_, err = secret.KeyFile(filepath.Join(t.TempDir(), "none", "secret.key"))
	require.Error(t, err)
	parsed, err := secret.ParseKey("  " + strings.Repeat("0f", 32) + "\n")
	require.NoError(t, err)
	require.Len(t, parsed, 32)
}

func TestOpenPIN_IsBoundToTheEmployee(t *testing.T) {
	t.Parallel()
	k := sealer(t)
	p, err := protected(t, k, `{"pinCode":"84620"}`)
	require.NoError(t, err)
	_, err = k.OpenPIN("5e0000000000000000000002", text(t, p["pinCodeSealed"]))
	require.Error(t, err)
}
