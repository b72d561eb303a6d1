package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	beside "tenure/internal/test/running"

	"github.com/stretchr/testify/require"
)

// listening finds an address that a log line names.
var listening = regexp.MustCompile(`127\.0\.0\.1:[1-9][0-9]+`)

func TestServe_AProcessThatServesTheAPIsJoinsAndStopsWhenItIsReported(t *testing.T) {
	t.Parallel()
	n := november(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	log, ended := &beside.Journal{}, make(chan int, 1)
	variables := map[string]string{
		"TENURE_POSTGRES_DSN": n.DSN, "TENURE_KAFKA_BROKERS": strings.Join(n.Kafka.Brokers, ","),
		"TENURE_KAFKA_PARTITIONS": "2",
		"TENURE_ROLES":            "worker",
	}
	p := &program{out: log, err: log, environ: func(name string) (string, bool) {
		v, ok := variables[name]
		return v, ok
	}}
	go func() {
		ended <- execute(ctx, p, []string{"serve", "--roles", "api", "--http", "127.0.0.1:0", "--admin", "127.0.0.1:0",
			"--prepare=false"})
	}()
	require.Eventually(t, func() bool { return strings.Contains(log.String(), "serving") }, patience, look, "%s", log)
	cancel()
	require.Equal(t, exitDone, <-ended, "%s", log)
	require.NotContains(t, log.String(), n.DSN, "no secret in a log")
}

func TestServe_TheTokenOfTheConnectionOpensTheAPIs(t *testing.T) {
	t.Parallel()
	n := november(t)
	raw, err := os.ReadFile(filepath.Join(shared.dir, "connection.json"))
	require.NoError(t, err)
	var at struct{ HTTP, Kafka, Postgres, Admin, Token string }
	require.NoError(t, json.Unmarshal(raw, &at))
	require.Equal(t, "http://"+n.HTTP, at.HTTP)
	require.Regexp(t, listening, at.Admin)
	require.Equal(t, n.DSN, at.Postgres)
	for token, want := range map[string]int{at.Token: http.StatusOK, "wrong": http.StatusUnauthorized} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, at.HTTP+"/employee/"+exampleEmployee, nil)
		require.NoError(t, err)
		request.Header.Set("Authorization", "Bearer "+token)
		response, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		require.Equal(t, want, response.StatusCode)
	}
	stat, err := os.Stat(filepath.Join(shared.dir, "connection.json"))
	require.NoError(t, err)
	require.Zero(t, stat.Mode().Perm()&0o077, "it holds secrets: only its owner may read it")
}

func TestServe_FlagsWinOverTheEnvironmentThatOverAFileThatOverDefaults(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "tenure.conf")
	require.NoError(t, os.WriteFile(file, []byte("TENURE_HTTP=:1\nTENURE_ADMIN=:1\nTENURE_LOG_LEVEL=warn\n"), 0o600))
	variables := map[string]string{"TENURE_CONFIG": file, "TENURE_HTTP": ":2", "TENURE_ADMIN": ":2"}
	var out, errs bytes.Buffer
	p := &program{out: &out, err: &errs, environ: func(name string) (string, bool) {
		v, ok := variables[name]
		return v, ok
	}}
	require.Equal(t, exitDone, execute(t.Context(), p, []string{"check", "--output", "json", "--http", ":3"}),
		errs.String())
	var shown struct {
		Settings []struct{ Name, Value, Source string }
	}
	require.NoError(t, json.Unmarshal(out.Bytes(), &shown))
	found := map[string]string{}
	for _, s := range shown.Settings {
		found[s.Name] = s.Value + " from " + s.Source
	}
	for name, want := range map[string]string{
		"TENURE_HTTP": ":3 from flag --http", "TENURE_ADMIN": ":2 from environment", "TENURE_LOG_LEVEL": "warn from file " +
			file + ":3",
		"TENURE_LOG_FORMAT": "text from default",
	} {
		require.Equal(t, want, found[name])
	}
}
