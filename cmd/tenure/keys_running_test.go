package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/events"
	"tenure/internal/bus"
	"tenure/internal/command"
	"tenure/internal/config"
	"tenure/internal/node"
	"tenure/internal/signing"
	"tenure/internal/test/database"
)

// refusing starts a system that takes signed commands only.
func refusing(t *testing.T) (dir string, n *node.Node) {
	t.Helper()
	database.OneServer(t, "a process that is given a database has no key by itself")
	return runningWith(t, func(c *config.Config) { c.Unsigned = signing.Refuse })
}

// rejection is the status and the code of the only outcome of an output.
func rejection(t *testing.T, out string) (int, string) {
	t.Helper()
	var all []struct {
		Status string
		Error  struct {
			Status int
			Code   string
		}
	}
	require.NoError(t, json.Unmarshal([]byte(out), &all), out)
	require.Len(t, all, 1)
	return all[0].Error.Status, all[0].Error.Code
}

func TestKeys_BoundWhatIsSigned(t *testing.T) {
	t.Parallel()
	dir, _ := refusing(t)
	do := func(code int, args ...string) string {
		t.Helper()
		got := tenure(t, append(args, "--data", dir)...)
		require.Equal(t, code, got.code, "%v: %s %s", args, got.out, got.err)
		return got.out
	}
	do(exitDone, "send", "--wait", "--file", "../../examples/commands.jsonl") // with the system's own key
	do(exitDone, "keys", "create", "--name", "accounting", "--types",
		"billing.acknowledge,billing.record_invoice_number,billing.record_payment")
	do(exitDone, "keys", "create", "--name", "r1", "--types", "employee.*", "--level", "RESELLER", "--reseller",
		"5a0000000000000000000009", "--algorithm", "ed25519")
	do(exitRefused, "keys", "create", "--name", "r1", "--types", "*")
	send := func(key, kind, subject, body string) (int, string) {
		t.Helper()
		return rejection(t, do(exitError, "send", "--wait", "--output", "json", "--key", key, "--type", kind,
			"--subject", subject,
			"--body", body))
	}
	status, code := send("accounting", "billing.record_payment.v1", "2026-10/CUSTOMER/5c0000000000000000000001/DKK",
		`{"paidOn":"2026-10-29"}`)
	require.Equal(t, []any{404, "document"}, []any{status, code}, "past the question of authority")
	status, code = send("accounting", "billing.adjust.v1", exampleEmployee, `{"amount":"-5.00","reason":"a test"}`)
	require.Equal(t, []any{403, "key"}, []any{status, code})
	status, code = send("accounting", "run.halt.v1", "runs", `{"scope":"invoicing","reason":"a test"}`)
	require.Equal(t, []any{403, "key"}, []any{status, code})
	status, _ = send("r1", "employee.update.v1", exampleEmployee, `{"title":"Changed"}`)
	require.Contains(t, []int{403, 404}, status, "an employee of another reseller, although the actor claims ADMIN")
	require.NotContains(t, do(exitDone, "employee", "show", exampleEmployee), "Changed")
	do(exitDone, "keys", "revoke", "r1")
	do(exitNothing, "keys", "revoke", "r1")
	require.Eventually(t, func() bool {
		status, code = send("r1", "employee.update.v1", exampleEmployee, `{"title":"Changed"}`)
		return status == 401 && code == "proof"
	}, patience, look, "revoked within seconds")
	require.NotContains(t, do(exitDone, "keys", "list"), "r1 ")
	require.Contains(t, do(exitDone, "keys", "list", "--all"), "revoked")
	info, err := os.Stat(node.KeyPath(dir, "accounting"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
}

func TestKeys_EventsNameTheKey(t *testing.T) {
	t.Parallel()
	dir, _ := refusing(t)
	on := func(args ...string) result { return tenure(t, append(args, "--data", dir)...) }
	require.Equal(t, exitDone, on("send", "--wait", "--file", "../../examples/commands.jsonl").code)
	created := on("keys", "create", "--name", "hr", "--types", "employee.*", "--output", "json")
	var key keyView
	require.NoError(t, json.Unmarshal([]byte(created.out), &key), created.err)
	file := filepath.Join(t.TempDir(), "hr.key")
	raw, err := os.ReadFile(key.File)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, raw, 0o600))
	got := on("send", "--wait", "--key", file, "--type", "employee.update.v1", "--subject", exampleEmployee, "--body",
		`{"title":"Tester"}`)
	require.Equal(t, exitDone, got.code, got.err)
	history := on("employee", "history", exampleEmployee, "--output", "json")
	require.Contains(t, history.out, `"key": "`+key.ID+`"`)
	require.Equal(t, exitUsage, on("send", "--key", "nothing", "--type", "employee.update.v1", "--subject", "a").code)
}

func TestKeys_UnsignedAndForgedCommandsAreRejected(t *testing.T) {
	t.Parallel()
	dir, n := refusing(t)
	require.Equal(t, exitDone, tenure(t, "send", "--wait", "--file", "../../examples/commands.jsonl", "--data", dir).code)
	forged, err := signing.NewKey(signing.HMAC)
	require.NoError(t, err)
	own, err := signing.ParseKey(read(t, node.KeyPath(dir, node.OwnKey)))
	require.NoError(t, err)
	forged.ID = own.ID // the id is no secret: events name it
	for name, key := range map[string]signing.Key{"unsigned": {}, "forged": forged} {
		kafka := n.Kafka
		kafka.CommandKey = key
		publisher, err := bus.NewPublisher(kafka)
		require.NoError(t, err)
		d, err := command.New(kafka, publisher, n.Store)
		require.NoError(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		outcomes, err := d.Send(ctx, []command.Command{{Type: "employee.update.v1", Subject: exampleEmployee, ID: "same-id",
			Actor: events.Actor{AccessLevel: "ADMIN"}, Data: map[string]any{"title": name}}}, nil)
		cancel()
		require.NoError(t, err)
		require.Equal(t, 401, outcomes[0].Error.Status, name)
		require.Equal(t, "proof", outcomes[0].Error.Code, name)
		d.Close()
		require.NoError(t, publisher.Close())
	}
	got := tenure(t, "send", "--wait", "--id", "same-id", "--type", "employee.update.v1", "--subject", exampleEmployee,
		"--body", `{"title":"signed"}`, "--data", dir)
	require.Equal(t, exitDone, got.code, "a forgery does not take the id of the command: %s%s", got.out, got.err)
	require.NotContains(t, got.out, "duplicate")
	audited := tenure(t, "audit", "--data", dir)
	require.Equal(t, exitDone, audited.code, audited.out)
}

func TestKeysCreate_ChecksItsFlags(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"--name a --types billing.no_such": "no command is called billing.no_such",
		"--name A --types *":               "--name",
		"--name a --types * --level BOSS":  "--level",
		"--name a --types * --algorithm x": "--algorithm",
		"--name a":                         "types",
	} {
		got := tenure(t, append([]string{"keys", "create"}, strings.Fields(line)...)...)
		require.Equal(t, exitUsage, got.code, line)
		require.Contains(t, got.err, want)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	raw, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(raw)
}
