package main

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/internal/bus"
	"tenure/internal/config"
	"tenure/internal/demo"
	"tenure/internal/embedded"
	"tenure/internal/node"
	"tenure/internal/store"
	"tenure/internal/test/database"
	processes "tenure/internal/test/running"
)

// clusterPages are the pages of the console, each with what its statements read.
var clusterPages = []string{
	"/", "/runs", "/runs/" + exampleRun, "/parked", "/flow", "/switches", "/replays", "/cluster",
	"/proofs", "/documents?run=" + exampleRun, "/document/" + exampleInvoice, "/employees?q=sample",
	"/employees/" + exampleEmployee,
}

// serving starts a process of all roles on a database that is there.
func serving(t *testing.T, dsn string) (dir string, n *node.Node) {
	t.Helper()
	dir = t.TempDir()
	policy, err := demoPolicy()
	require.NoError(t, err)
	broker, err := embedded.StartBroker(t.Context(), embedded.BrokerOptions{})
	require.NoError(t, err)
	t.Cleanup(broker.Stop)
	n, err = node.Start(t.Context(), node.Config{
		Config: config.Config{
			Roles: config.Roles(), Policy: policy, Group: "test", Partitions: 4, HTTP: "127.0.0.1:0", Admin: "127.0.0.1:0",
			Console: "127.0.0.1:0", Postgres: store.Config{DSN: dsn},
			Kafka: bus.Config{ClientID: "tenure-test", Brokers: broker.Addrs()},
		},
		Prepare: true, Clock: demo.Begin, Pages: consolePages, Log: slog.New(slog.DiscardHandler),
	})
	require.NoError(t, err)
	t.Cleanup(func() { processes.End(t, n.Stop) })
	_, err = n.Announce(t.Context(), dir)
	require.NoError(t, err)
	return dir, n
}

// A cluster without any table is migrated and distributed, bills a night, and every page and proof of it can be read.
func TestCluster_FromAnEmptyDatabaseToANight(t *testing.T) {
	t.Parallel()
	if !database.Distributed() {
		t.Skip("TENURE_CITUS_DSN names no cluster: make test-citus")
	}
	dsn := database.Empty(t)
	for range 2 { // it may be repeated
		got := tenure(t, "migrate", "--distributed", "--parts", "4", "--postgres-dsn", dsn)
		require.Equal(t, exitDone, got.code, got.err)
	}
	dir, n := serving(t, dsn)
	does := func(args ...string) result {
		got := tenure(t, append(args, "--data", dir)...)
		require.Equal(t, exitDone, got.code, "%v\n%s%s", args, got.out, got.err)
		return got
	}
	for _, line := range novemberCommands {
		does(line...)
	}
	require.Contains(t, does("run", "report", exampleRun).out, exampleRun)
	require.Contains(t, does("employee", "show", exampleEmployee).out, "Sample employee 01")
	require.Contains(t, does("invoice", "show", exampleInvoice).out, "DKK")
	require.Eventually(t, func() bool { return tenure(t, "audit", "--data", dir).code == exitDone }, 3*patience, look)
	require.Eventually(t, func() bool { return tenure(t, "status", "--data", dir).code == exitDone }, 3*patience, look)

	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	client := &http.Client{Jar: jar}
	signedIn, err := client.PostForm("http://"+n.Console+"/login",
		url.Values{"token": {does("token", "create", "--level", "ADMIN", "--expires", "1h").out[:64]}, "next": {"/"}})
	require.NoError(t, err)
	require.NoError(t, signedIn.Body.Close())
	for _, path := range clusterPages {
		response, err := client.Get("http://" + n.Console + path)
		require.NoError(t, err)
		page, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		require.Equal(t, http.StatusOK, response.StatusCode, "%s\n%s", path, page)
		require.NotContains(t, string(page), "SQLSTATE", path)
	}
}
