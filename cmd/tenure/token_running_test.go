package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/api"
)

func TestToken_ListRevokeRevokeAll(t *testing.T) {
	t.Parallel()
	dir, n := running(t)
	do := func(code int, args ...string) string {
		t.Helper()
		got := tenure(t, append(args, "--data", dir)...)
		require.Equal(t, code, got.code, "%v: %s %s", args, got.out, got.err)
		return got.out
	}
	status := func(token string) int {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+n.HTTP+"/employee", nil)
		require.NoError(t, err)
		r.Header.Set("Authorization", "Bearer "+token)
		answer, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		return answer.StatusCode
	}
	do(exitDone, "send", "--wait", "--file", "../../examples/commands.jsonl")
	list := func(args ...string) (all []api.Token) {
		t.Helper()
		require.NoError(t, json.Unmarshal([]byte(do(exitDone, append([]string{"token", "list", "--output", "json"},
			args...)...)), &all))
		return all
	}
	before := list()
	token := strings.TrimSpace(do(exitDone, "token", "create", "--level", "ADMIN"))
	require.Equal(t, http.StatusOK, status(token))
	after := list()
	require.Len(t, after, len(before)+1)
	known := map[string]bool{}
	for _, k := range before {
		known[k.ID] = true
	}
	for _, k := range after {
		if !known[k.ID] {
			require.Equal(t, "operator", k.By)
			do(exitDone, "token", "revoke", k.ID)
			do(exitNothing, "token", "revoke", k.ID)
		}
	}
	require.Eventually(t, func() bool { return status(token) == http.StatusUnauthorized }, patience, look)
	require.Empty(t, list("--employee", exampleEmployee))
	do(exitNothing, "token", "revoke-all", "--employee", exampleEmployee, "--yes")
	do(exitUsage, "token", "revoke-all", "--employee", exampleEmployee)
	do(exitUsage, "token", "revoke-all", "--yes")
	do(exitNothing, "token", "confirm", "--all", "--yes")
	do(exitNothing, "token", "confirm", before[0].ID)
	do(exitUsage, "token", "confirm", "--all")
	do(exitUsage, "token", "confirm")
	do(exitUsage, "token", "confirm", before[0].ID, "--all", "--yes")
	do(exitDone, "token", "revoke-all", "--before", "2100-01-01", "--yes")
	require.Empty(t, list())
}
