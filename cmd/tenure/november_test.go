package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/internal/bus"
	"tenure/internal/test/database"
	"tenure/internal/test/golden"
)

// The employees of examples/commands.jsonl.
const (
	exampleCustomer = "5c0000000000000000000001"
	exampleRun      = "nightly/2026-11-01"
)

// TestProgram_TablesAreAsAnOperatorReadsThem keeps what the commands print: files to read and compare.
func TestProgram_TablesAreAsAnOperatorReadsThem(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{
		"clock.txt":    {"clock", "show"},
		"run.txt":      {"run", "status", exampleRun},
		"invoices.txt": {"invoice", "list", "--run", exampleRun},
		"invoice.txt":  {"invoice", "show", exampleInvoice},
		"audit.txt":    {"audit"},
		"topics.txt":   {"topics", "create", "--dry-run"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			golden.Compare(t, filepath.Join("testdata", name), on(t, exitDone, args...).out)
		})
	}
}

func TestProgram_ARunInJSONHasItsTotalsOfEachLedger(t *testing.T) {
	t.Parallel()
	var shown runView
	asJSON(t, exitDone, &shown, "run", "status", exampleRun)
	require.Equal(t, exampleRun, shown.Run)
	require.Equal(t, "completed", shown.State)
	require.Equal(t, "2026-11-01", shown.Date)
	require.Equal(t, []int{1, 1}, []int{shown.Shards, shown.Done})
	require.Equal(t, shown.Examined, shown.Billed+shown.NotBilled)
	require.Empty(t, shown.Held)
	var ledgers []string
	for _, total := range shown.Totals {
		ledgers = append(ledgers, total.Ledger+" "+total.Currency)
		require.Positive(t, total.Lines)
	}
	require.ElementsMatch(t, []string{"CUSTOMER DKK", "RESELLER DKK", "COST DKK"}, ledgers)
}

func TestProgram_TheLastRunIsShownUnlessAnotherIsNamed(t *testing.T) {
	t.Parallel()
	var last, first runView
	asJSON(t, exitDone, &last, "run", "status")
	asJSON(t, exitDone, &first, "run", "status", "nightly/2026-10-30")
	require.Equal(t, exampleRun, last.Run)
	require.Equal(t, "nightly/2026-10-30", first.Run)
	require.Empty(t, first.Totals, "nobody was there")
}

func TestProgram_DocumentsInJSONAgreeWithTheirLines(t *testing.T) {
	t.Parallel()
	var list []documentView
	asJSON(t, exitDone, &list, "invoice", "list")
	require.Len(t, list, 3, "one of each ledger, of the last run")
	for _, d := range list {
		var invoice struct {
			Document documentView
			Lines    []struct {
				Ledger, BillTo, Currency, Amount, DocumentRef string
			}
		}
		asJSON(t, exitDone, &invoice, "invoice", "show", d.Ref)
		require.Equal(t, d, invoice.Document)
		require.Len(t, invoice.Lines, int(d.Lines))
		sum := int64(0)
		for _, l := range invoice.Lines {
			require.Equal(t, []string{string(d.Ledger), d.BillTo, d.Currency, d.Ref},
				[]string{l.Ledger, l.BillTo, l.Currency, l.DocumentRef})
			sum += cents(t, l.Amount)
		}
		require.Equal(t, cents(t, d.Total), sum)
	}
	var ofPayer []documentView
	asJSON(t, exitDone, &ofPayer, "invoice", "list", "--payer", exampleCustomer)
	require.Len(t, ofPayer, 1)
	require.Equal(t, exampleInvoice, ofPayer[0].Ref)
	require.Equal(t, "[]\n", on(t, exitDone, "invoice", "list", "--payer", "nobody", "--output", "json").out)
}

// cents reads an amount with at most two decimals.
func cents(t *testing.T, amount string) int64 {
	t.Helper()
	whole, part, _ := strings.Cut(strings.TrimPrefix(amount, "-"), ".")
	require.LessOrEqual(t, len(part), 2, amount)
	n := int64(0)
	for _, digit := range whole + (part + "00")[:2] {
		n = n*10 + int64(digit-'0')
	}
	if strings.HasPrefix(amount, "-") {
		return -n
	}
	return n
}

func TestProgram_AnEmployeeInJSONHasThePublishedNames(t *testing.T) {
	t.Parallel()
	var e map[string]any
	asJSON(t, exitDone, &e, "employee", "show", strings.ToUpper(exampleEmployee))
	require.Equal(t, exampleEmployee, e["_id"], "an id may be typed in any case")
	require.Equal(t, exampleCustomer, e["customer"])
	require.Len(t, e["addonProducts"], 1)
	require.Len(t, e["mvnoAccounts"], 1)
	var history []map[string]any
	asJSON(t, exitDone, &history, "employee", "history", exampleEmployee)
	require.Equal(t, "employee.created.v1", history[0]["type"])
	require.EqualValues(t, 1, history[0]["version"])
	actor, _ := history[0]["actor"].(map[string]any)
	require.Equal(t, "ADMIN", actor["accessLevel"])
	if !database.Distributed() { // a process that is given a database has no key by itself
		require.Len(t, actor["key"], 16, "commands of the command line are signed")
	}
	last := history[len(history)-1]
	require.Equal(t, exampleRun, last["run"], "what a night did says so")
	require.NotContains(t, last, "actor")
}

func TestProgram_AnEmployeeIsShownAsItStoodAtAPosition(t *testing.T) {
	t.Parallel()
	var history []struct{ Position string }
	asJSON(t, exitDone, &history, "employee", "history", exampleEmployee)
	_, first, _ := strings.Cut(history[0].Position, ":")
	var e map[string]any
	asJSON(t, exitDone, &e, "employee", "show", exampleEmployee, "--position", first)
	require.NotContains(t, e, "addonProducts", "its addon came behind that position")
	asJSON(t, exitDone, &e, "employee", "show", exampleEmployee, "--at", "2026-10-31T12:00:00Z")
	require.Len(t, e["addonProducts"], 1)
	require.NotContains(t, e, "covered", "it was not billed yet")
	on(t, exitError, "employee", "show", exampleEmployee, "--at", "2026-10-01")
	on(t, exitUsage, "employee", "show", exampleEmployee, "--at", "then")
}

func TestProgram_WhatDoesNotExistIsAnErrorThatSaysSo(t *testing.T) {
	t.Parallel()
	const nobody = "5e9999999999999999999999"
	for want, args := range map[string][]string{
		"there is no employee " + nobody:                 {"employee", "show", nobody},
		"there is no employee 5e8888888888888888888888":  {"employee", "history", "5e8888888888888888888888"},
		"there is no employee 5e7777777777777777777777":  {"employee", "upcoming", "5e7777777777777777777777"},
		"there is no run nightly/1999-01-01":             {"run", "status", "nightly/1999-01-01"},
		"there is no document none; see: tenure invoice": {"invoice", "show", "none"},
		"there is no line 00000000-0000-5000-8000-00000": {"invoice", "explain", "00000000-0000-5000-8000-000000000000"},
		"no message employee.commands/0/999 is parked":   {"parked", "show", "employee.commands/0/999"},
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			got := on(t, exitError, args...)
			require.Contains(t, got.err, want)
			require.Empty(t, got.out, "data stands on stdout, and there is none")
		})
	}
}

func TestProgram_ADryRunShowsAndChangesNothing(t *testing.T) {
	t.Parallel()
	n := november(t)
	require.Equal(t, "[]\n", on(t, exitDone, "run", "ensure", "--dry-run", "--output", "json").out)
	before, err := n.Store.Heads(t.Context())
	require.NoError(t, err)
	shown := on(t, exitDone, "topics", "rebase", "--shard", "0", "--reason", "only a look", "--to-offset", "oldest",
		"--dry-run")
	require.Contains(t, shown.out, "employee.commands")
	refused := on(t, exitUsage, "topics", "rebase", "--shard", "0", "--reason", "only a look", "--to-offset", "oldest")
	require.Contains(t, refused.err, "use --yes")
	after, err := n.Store.Heads(t.Context())
	require.NoError(t, err)
	require.GreaterOrEqual(t, after[0].NextOffset, before[0].NextOffset)
	require.Equal(t, before[0].Epoch, after[0].Epoch, "the owner was not fenced")
}

func TestProgram_ARebaseNeedsAReasonAndAShard(t *testing.T) {
	t.Parallel()
	require.Contains(t, on(t, exitUsage, "topics", "rebase", "--shard", "0").err, "--reason is required")
	require.Contains(t, on(t, exitUsage, "topics", "rebase", "--shard", "77", "--reason", "x").err, "there is no shard 77")
	require.Contains(t, on(t, exitUsage, "topics", "rebase", "--reason", "x").err, "there is no shard -1")
	require.Contains(t, on(t, exitUsage, "topics", "rebase", "--shard", "0", "--reason", "x", "--to-offset",
		"9999999").err, "the topic holds")
}

func TestProgram_RunsThatAreAllDoneAreNothingToDo(t *testing.T) {
	t.Parallel()
	require.Contains(t, on(t, exitNothing, "run", "ensure", "--yes").out, exampleRun, "the last one is shown")
	require.Contains(t, on(t, exitNothing, "run", "ensure").out, "(none)")
	on(t, exitDone, "run", "status", "--wait", "--timeout", "10s")
}

func TestProgram_TheClockGoesOnlyForward(t *testing.T) {
	t.Parallel()
	require.NotEmpty(t, on(t, exitRefused, "clock", "advance", "--to", "2026-10-01").err)
	require.NotEmpty(t, on(t, exitRefused, "clock", "advance", "--to", "2026-10-01", "--at-once").err)
	var reading clockReading
	asJSON(t, exitDone, &reading, "clock", "show")
	require.Equal(t, clockReading{time.Date(2026, 11, 1, 6, 0, 0, 0, time.UTC), true}, reading)
}

func TestProgram_ATokenIsShownOnceAndItsRightsAreChecked(t *testing.T) {
	t.Parallel()
	var created struct{ Token string }
	asJSON(t, exitDone, &created, "token", "create", "--level", "VIEWER", "--customer", exampleCustomer, "--expires", "1h")
	require.Len(t, created.Token, 64)
	var other struct{ Token string }
	asJSON(t, exitDone, &other, "token", "create", "--level", "VIEWER", "--customer", exampleCustomer, "--expires", "1h")
	require.NotEqual(t, created.Token, other.Token)
	for _, args := range [][]string{{"--level", "OWNER"}, {"--level", "RESELLER"}, {"--level", "KING"}, {}} {
		require.NotEmpty(t, on(t, exitUsage, append([]string{"token", "create"}, args...)...).err, args)
	}
}

func TestProgram_EachReaderOfTheLogIsListed(t *testing.T) {
	t.Parallel()
	var readers []readerView
	asJSON(t, exitDone, &readers, "projection", "list")
	names := map[string]readerView{}
	for _, r := range readers {
		names[r.Reader] = r
		require.GreaterOrEqual(t, r.Shards, r.Leased)
	}
	for _, name := range []string{"directory", "lines", "documents"} {
		require.Contains(t, names, name)
	}
	require.Positive(t, names["directory"].Taken)
	require.Contains(t, on(t, exitDone, "projection", "list").out, "READER")
}

func TestProgram_TheTopicsAreListedAndThoseThatAreThereAreLeftAlone(t *testing.T) {
	t.Parallel()
	var before []topicView
	asJSON(t, exitDone, &before, "topics", "list")
	require.Len(t, before, len(bus.Topics(2)))
	require.Contains(t, on(t, exitDone, "topics", "create", "--yes").err, "topics exist")
	var after []topicView
	asJSON(t, exitDone, &after, "topics", "list")
	for i := range after {
		require.Equal(t, before[i].ID, after[i].ID, after[i].Topic)
		require.Positive(t, after[i].Partitions, after[i].Topic)
		require.GreaterOrEqual(t, after[i].Messages, before[i].Messages)
	}
	require.Contains(t, on(t, exitUsage, "topics", "create").err, "cannot be changed later")
}

func TestProgram_ACheckNamesWhatIsNotAsConfigured(t *testing.T) {
	t.Parallel()
	require.Contains(t, on(t, exitDone, "check").out, "a process runs on "+shared.dir)
	wrong := tenure(t, "check", "--data", shared.dir, "--kafka-partitions", "7")
	require.Equal(t, exitError, wrong.code)
	require.Contains(t, wrong.out, "has 2 partitions, the configuration says 7")
	nowhere := tenure(t, "check", "--data", t.TempDir())
	require.Equal(t, exitError, nowhere.code)
	require.Contains(t, nowhere.out, "nothing runs on")
}

func TestProgram_MigratingAgainChangesNothing(t *testing.T) {
	t.Parallel()
	require.Contains(t, on(t, exitDone, "migrate").err, "the database is at this version")
}

func TestProgram_ASentCommandIsReportedInWordsAndInJSON(t *testing.T) {
	t.Parallel()
	const who = "5e00000000000000000000a1"
	create := []string{"send", "--wait", "--type", "employee.create.v1", "--subject", who, "--id", "create-a1", "--body"}
	good := `{"name":"Sample employee a1","customer":"` + exampleCustomer + `"}`
	var answers []struct {
		Status, Command, Subject string
		Events                   []string
		Duplicate                bool
		Error                    *struct {
			Status int
			Code   string
		}
	}
	asJSON(t, exitDone, &answers, append(create, good)...)
	require.Equal(t, "applied", answers[0].Status)
	require.Equal(t, []string{"employee.created.v1"}, answers[0].Events)
	asJSON(t, exitDone, &answers, append(create, good)...)
	require.True(t, answers[0].Duplicate, "the first outcome comes back")
	asJSON(t, exitError, &answers, append(create, `{"name":"Another","customer":"`+exampleCustomer+`"}`)...)
	require.Equal(t, 409, answers[0].Error.Status, "the same id with other content is refused")
	require.Contains(t, on(t, exitDone, "send", "--wait", "--type", "employee.update.v1", "--subject", who,
		"--body", `{"accessLevel":"NO_LOGIN"}`).out, "unchanged")
}

func TestProgram_OnlyWhoMayOrderItHasItsEffect(t *testing.T) {
	t.Parallel()
	got := on(t, exitError, "send", "--wait", "--type", "catalog.put_reseller.v1", "--subject", "5a00000000000000000000a2",
		"--body", `{"name":"Sample","currency":"DKK"}`, "--actor-level", "VIEWER", "--actor-customer", exampleCustomer)
	require.Contains(t, got.out, "rejected")
	require.Contains(t, got.out, "403")
}

func TestProgram_AFileOfCommandsIsReadWholeBeforeAnythingIsSent(t *testing.T) {
	t.Parallel()
	for want, content := range map[string]string{
		`:2: command: there is no command "no.such.v1"`: `{"type":"employee.update.v1","subject":"x","data":{}}` + "\n" +
			`{"type":"no.such.v1","subject":"x"}`,
		`:1: json: unknown field "subjekt"`: `{"type":"employee.update.v1","subjekt":"x"}`,
		`:3: unexpected EOF`:                "\n\n" + `{"type":`,
		`:1: a command needs a subject`:     `{"type":"employee.update.v1"}`,
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "commands.jsonl")
			require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
			got := tenure(t, "send", "--file", path, "--kafka-brokers", "127.0.0.1:1")
			require.Equal(t, exitUsage, got.code)
			require.Contains(t, got.err, path+want)
		})
	}
}

func TestProgram_AnAnswerThatDoesNotComeMeansTryAgain(t *testing.T) {
	t.Parallel()
	got := on(t, exitTryAgain, "send", "--wait", "--timeout", "1ns", "--type", "employee.update.v1", "--subject",
		exampleEmployee, "--body", "{}")
	require.Contains(t, got.err, "send again under the same ids")
	got = on(
		t,
		exitTryAgain,
		"send",
		"--wait",
		"--timeout",
		"1ns",
		"--type",
		"employee.update.v1",
		"--subject",
		exampleEmployee,
		"--body",
		"{}",
		"--output",
		"json",
	)
	require.Equal(t, "[]\n", got.out)
}
