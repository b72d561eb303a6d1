package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/contract"
	"tenure/internal/bus"
	"tenure/internal/node"
	"tenure/internal/store"
	"tenure/internal/test/doctest"
)

// poisoned is a running system in which one employee's state is damaged, so that its commands are parked, and a
// malformed message beside them.
func poisoned(t *testing.T) (dir string, n *node.Node) {
	t.Helper()
	dir, n = running(t)
	for _, line := range novemberCommands[:2] {
		got := tenure(t, append(line, "--data", dir)...)
		require.Equal(t, exitDone, got.code, "%v\n%s%s", line, got.out, got.err)
	}
	sqlOn(t, dir, "UPDATE subjects SET state = '{' WHERE stream = 'employee/"+exampleEmployee+"'")
	for _, id := range []string{"first", "second", "third"} {
		tenure(t, "send", "--type", "employee.update.v1", "--subject", exampleEmployee, "--id", id, "--body",
			`{"title":"`+id+`"}`, "--data", dir)
	}
	publisher, err := bus.NewPublisher(n.Kafka)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, publisher.Close()) })
	envelope := bus.Envelope{ID: "cut", Type: "employee.update.v1", Source: "test", Subject: "5e0000000000000000000002",
		Time: time.Now()}
	require.NoError(t, publisher.Publish(t.Context(),
		[]bus.Message{{Topic: contract.EmployeeCommands, Key: []byte(envelope.Subject),
			Value: []byte(`{"actor":{"accessLevel":"ADMIN"},"data":{"title":"cut off"`), Headers: envelope.Headers()}}))
	require.Eventually(t, func() bool { return len(parkedIn(t, dir)) == 4 }, patience, look)
	return dir, n
}

// parkedIn lists what is parked.
func parkedIn(t *testing.T, dir string) []parkedMessage {
	t.Helper()
	var view parkedView
	got := tenure(t, "parked", "list", "--data", dir, "--output", "json")
	require.NoError(t, json.Unmarshal([]byte(got.out), &view), got.err)
	return view.Messages
}

// called finds a parked command by its id.
func called(t *testing.T, all []parkedMessage, id string) parkedMessage {
	t.Helper()
	for _, m := range all {
		if m.Command == id {
			return m
		}
	}
	require.Failf(t, "not parked", "%s in %+v", id, all)
	return parkedMessage{}
}

func TestParked_AnOperatorEmptiesWhatIsParked(t *testing.T) {
	t.Parallel()
	dir, _ := poisoned(t)
	do := func(want int, args ...string) result {
		t.Helper()
		got := tenure(t, append(args, "--data", dir)...)
		require.Equal(t, want, got.code, "%v\n%s%s", args, got.out, got.err)
		return got
	}
	const stream = "employee/" + exampleEmployee
	listed := do(exitParked, "parked", "list").out
	require.Regexp(t, regexp.MustCompile(`(?m)^queued +2 +1 `), listed, "counts by reason")
	require.Contains(t, do(exitDone, "parked", "list", "--older-than", "1h").out, "(none)")
	first := called(t, parkedIn(t, dir), "first")
	shown := do(exitDone, "parked", "show", first.Message).out
	for _, want := range []string{"state of " + stream, "second", "employee.created.v1"} {
		require.Contains(t, shown, want)
	}
	require.NotContains(t, shown, `"title"`, "what was sent is not shown unasked")
	require.Contains(t, do(exitDone, "parked", "show", first.Message, "--payload").out, `"title":"first"`)

	require.Contains(t, do(exitDone, "parked", "retry", "--all", "--dry-run").out, "third")
	require.Contains(t, do(exitParked, "parked", "retry", "--stream", stream, "--reason", "perhaps").out, "failed")
	do(exitDone, "repair", "state", "--stream", stream, "--reason", "its state cannot be read")
	require.Contains(
		t,
		do(exitDone, "parked", "discard", called(t, parkedIn(t, dir), "second").Message, "--reason", "sent by mistake",
			"--who", "operator").out,
		"operator",
	)
	require.Contains(t, do(exitDone, "parked", "retry", first.Message).out, "done")
	require.Contains(t, do(exitDone, "employee", "history", exampleEmployee).out, "third", "what waited behind it is done")

	cut := called(t, parkedIn(t, dir), "cut")
	corrected := filepath.Join(t.TempDir(), "corrected.json")
	require.NoError(t, os.WriteFile(corrected,
		[]byte(`{"value":{"actor":{"accessLevel":"ADMIN"},"data":{"title":"whole"}}}`), 0o600))
	do(exitDone, "parked", "edit", cut.Message, "--file", corrected, "--reason", "it was cut off")
	require.Contains(t, do(exitDone, "parked", "show", cut.Message, "--payload").out, "edited value")
	require.Contains(t, do(exitDone, "parked", "list").out, "(none)")
	do(exitNothing, "parked", "retry", "--all")
	require.Equal(t, "[]\n", do(exitDone, "audit", "--output", "json", "--all").out)
}

// The command lines of docs/ops.md that need something parked: this test plays them, with the places and files of its
// system.
func TestParked_TheRunbookOfWhatIsParkedIsHeldToItsWord(t *testing.T) {
	t.Parallel()
	dir, _ := poisoned(t)
	all := parkedIn(t, dir)
	corrected := filepath.Join(t.TempDir(), "corrected.json")
	require.NoError(t, os.WriteFile(corrected,
		[]byte(`{"value":{"actor":{"accessLevel":"ADMIN"},"data":{"title":"whole"}}}`), 0o600))
	words := strings.NewReplacer("./data", dir, "5e0000000000000000000007", exampleEmployee, "./corrected.json", corrected,
		"employee.commands/3/17", called(t, all, "first").Message, "employee.commands/3/18", called(t, all, "third").Message,
		"employee.commands/3/19", called(t, all, "cut").Message)
	lines, err := doctest.Lines("../../docs/ops.md", "parked")
	require.NoError(t, err)
	played := 0
	for _, line := range lines {
		line, code, _ := strings.Cut(strings.TrimSpace(line), "  # exit ")
		want := map[string]int{"": exitDone, "3": exitParked, "5": exitMismatch}[strings.TrimSpace(code)]
		got := tenure(t, arguments(words.Replace(line))[1:]...)
		require.Equal(t, want, got.code, "%s\n%s%s", line, got.out, got.err)
		played++
	}
	require.Greater(t, played, 7)
	require.Empty(t, parkedIn(t, dir), "the runbook ends with nothing parked")
}

// arguments splits a command line; what stands in double quotes is one.
func arguments(line string) (all []string) {
	for _, m := range regexp.MustCompile(`"([^"]*)"|(\S+)`).FindAllStringSubmatch(line, -1) {
		all = append(all, m[1]+m[2])
	}
	return all
}

func TestParked_ARetryWithoutATargetIsRefused(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"parked retry":                            "select one message",
		"parked retry a/1/2 --all":                "select one message",
		"parked retry nowhere":                    "is not TOPIC/PARTITION/OFFSET",
		"parked discard a/1/2":                    `required flag(s) "reason" not set`,
		"parked edit a/1/2":                       `required flag(s) "file" not set`,
		"parked edit a/1/2 --file x --wait maybe": "invalid argument",
		"repair state":                            `required flag(s) "stream" not set`,
	} {
		got := tenure(t, strings.Fields(line)...)
		require.Equal(t, exitUsage, got.code, line)
		require.Contains(t, got.err, want, line)
	}
}

func TestParked_AnEditNamesWhatItChanges(t *testing.T) {
	t.Parallel()
	headers, err := json.Marshal([]bus.Header{{Key: "ce_id", Value: []byte("a")}, {Key: "ce_type", Value: []byte("b")},
		{Key: "ce_type", Value: []byte("c")}})
	require.NoError(t, err)
	m := store.Parked{Topic: "t", Headers: headers}
	file := filepath.Join(t.TempDir(), "edit.json")
	for content, want := range map[string]string{
		`{}`:              "it has no key",
		`{`:               "unexpected end",
		`{"headers":"x"}`: "cannot unmarshal",
	} {
		require.NoError(t, os.WriteFile(file, []byte(content), 0o600))
		_, err := editOf(m, file)
		require.ErrorContains(t, err, want)
	}
	require.NoError(t, os.WriteFile(file, []byte(`{"key":"k","headers":{"ce_type":"d"},"value":{"a":1}}`), 0o600))
	r, err := editOf(m, file)
	require.NoError(t, err)
	require.Equal(t, []string{"k", `{"a":1}`}, []string{string(r.Key), string(r.Value)})
	var merged []bus.Header
	require.NoError(t, json.Unmarshal(r.Headers, &merged))
	require.Equal(t, []bus.Header{{Key: "ce_id", Value: []byte("a")}, {Key: "ce_type", Value: []byte("d")}}, merged)
	_, err = editOf(m, filepath.Join(t.TempDir(), "missing"))
	require.ErrorContains(t, err, "--file")
}
