package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/internal/signing"
)

func TestExamples_SignAsTenureVerifies(t *testing.T) {
	t.Parallel()
	value := `{"actor":{"accessLevel":"ADMIN"},"data":{"paidOn":"2026-11-28"}}`
	headers := []string{"billing.record_payment.v1", "2026-11/CUSTOMER/5c0000000000000000000001/DKK", "payment-1",
		"2026-11-28T09:00:00Z"}
	content := signing.Content{Type: headers[0], Subject: headers[1], ID: headers[2], Time: headers[3],
		Value: []byte(value)}
	for _, algorithm := range []signing.Algorithm{signing.HMAC, signing.Ed25519} {
		key, err := signing.NewKey(algorithm)
		require.NoError(t, err)
		file := filepath.Join(t.TempDir(), "a.key")
		require.NoError(t, os.WriteFile(file, []byte(key.Text()+"\n"), 0o600))
		grant := signing.Grant{ID: key.ID, Algorithm: algorithm, Material: key.Material()}
		var out bytes.Buffer
		require.NoError(t, run(append([]string{file}, headers...), strings.NewReader(value), &out))
		require.NoError(t, grant.Verify(content, strings.TrimSpace(out.String())), "in Go")
		if algorithm == signing.HMAC {
			python, err := exec.LookPath("python3")
			if err != nil {
				t.Log("no python3 on this machine")
				continue
			}
			cmd := exec.CommandContext(t.Context(), python, append([]string{"sign.py", file}, headers...)...)
			cmd.Stdin = strings.NewReader(value)
			printed, err := cmd.Output()
			require.NoError(t, err)
			require.NoError(t, grant.Verify(content, strings.TrimSpace(string(printed))), "in Python")
		}
	}
}

func TestRun_RefusesWhatIsNoKey(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"", "a:b", "a:hmac-sha256:%%", "a:rot13:AAECAw", "a:ed25519:AAECAw"} {
		_, err := proof(key, []string{"t", "s", "i", "now"}, nil)
		require.Error(t, err, key)
	}
	require.Error(t, run([]string{"too", "few"}, strings.NewReader(""), &bytes.Buffer{}))
}
