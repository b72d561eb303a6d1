package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"

	"tenure/domain"
	"tenure/internal/store"
)

// result is what a command line brought.
type result struct {
	code     int
	out, err string
}

// tenure runs a command line with an empty environment.
func tenure(t *testing.T, args ...string) result {
	t.Helper()
	return runCommand(t.Context(), args)
}

// tenureIn is tenure in an environment.
func tenureIn(t *testing.T, environment map[string]string, args ...string) result {
	t.Helper()
	var out, errs bytes.Buffer
	p := &program{out: &out, err: &errs, environ: func(name string) (string, bool) {
		value, ok := environment[name]
		return value, ok
	}}
	code := execute(t.Context(), p, args)
	return result{code, out.String(), errs.String()}
}

func runCommand(ctx context.Context, args []string) result {
	var out, errs bytes.Buffer
	p := &program{out: &out, err: &errs, environ: func(string) (string, bool) { return "", false }}
	code := execute(ctx, p, args)
	return result{code, out.String(), errs.String()}
}

func TestProgram_UsageIsTwo(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"nothing-like-it":                    `unknown command "nothing-like-it"`,
		"audit --nothing-like-it":            "unknown flag",
		"audit too many":                     "unknown command",
		"audit --output xml":                 `--output "xml": choose table or json`,
		"audit --http 8080":                  "TENURE_HTTP (flag --http)",
		"audit":                              "no database",
		"topics list":                        "no brokers",
		"topics create":                      "use --yes",
		"migrate":                            "no database",
		"serve":                              "no brokers",
		"serve --kafka-brokers k:1":          "no database",
		"send":                               "at least one of the flags in the group [file type] is required",
		"send --type x --file y":             "none of the others can be",
		"send --type employee.create.v1":     "--subject",
		"send --type no.such.v1 --subject a": `there is no command "no.such.v1"`,
		"send --type x --subject a --body {": "--body is not JSON",
		"send --type x --subject a --body @missing":  "--body: open missing",
		"send --file missing":                        "--file: open missing",
		"clock advance":                              `required flag(s) "to" not set`,
		"clock advance --to tomorrow":                `"tomorrow" is not a time`,
		"up --clock noon":                            `--clock: "noon" is not a time`,
		"parked show here":                           `"here" is not TOPIC/PARTITION/OFFSET`,
		"invoice explain line":                       `"line" is not the id of a line`,
		"invoice list --payer a --run b":             "none of the others can be",
		"completion tcsh":                            `"tcsh" is not one of bash`,
		"version --config /nonexistent/tenure.conf":  "no such file",
		"version --policy-proration SOMETIMES":       "TENURE_POLICY_PRORATION",
		"token create --level VIEWER --output table": "no database",
	} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			got := tenure(t, strings.Fields(line)...)
			require.Equal(t, exitUsage, got.code, got.err)
			require.Contains(t, got.err, want)
		})
	}
}

func TestProgram_ADirectoryOnWhichNothingRunsSaysWhatToRun(t *testing.T) {
	t.Parallel()
	got := tenure(t, "audit", "--data", t.TempDir())
	require.Equal(t, exitError, got.code)
	require.Contains(t, got.err, "tenure up --data")
}

func TestProgram_ADatabaseThatCannotBeReachedMeansTryAgain(t *testing.T) {
	t.Parallel()
	got := tenure(t, "audit", "--postgres-dsn", "postgres://nobody@127.0.0.1:1/none")
	require.Equal(t, exitTryAgain, got.code, got.err)
}

func TestProgram_EveryCommandHasHelpWithAnExample(t *testing.T) {
	t.Parallel()
	var look func(*cobra.Command)
	look = func(cmd *cobra.Command) {
		require.NotEmpty(t, cmd.Short, cmd.CommandPath())
		if cmd.Runnable() && cmd.HasParent() && !cmd.HasSubCommands() {
			require.Contains(t, cmd.Example, "tenure ", cmd.CommandPath())
		}
		for _, sub := range cmd.Commands() {
			look(sub)
		}
	}
	look((&program{}).root())
}

func TestProgram_SettingsHelpNamesEverySetting(t *testing.T) {
	t.Parallel()
	got := tenure(t, "help", "settings")
	require.Equal(t, exitDone, got.code)
	for _, name := range []string{"TENURE_KAFKA_PASSWORD", "--policy-timezone", "TENURE_POSTGRES_DSN", "(default 16)"} {
		require.Contains(t, got.out, name)
	}
}

func TestProgram_CheckShowsSourcesAndMasksSecrets(t *testing.T) {
	t.Parallel()
	got := tenureIn(t, map[string]string{"TENURE_KAFKA_PASSWORD": "only-here"}, "check", "--output", "json",
		"--log-format", "json")
	require.Equal(t, exitDone, got.code, got.err)
	require.NotContains(t, got.out, "only-here")
	var shown struct {
		Settings []struct{ Name, Value, Source string }
		Checks   []struct {
			Part string
			OK   bool
		}
	}
	require.NoError(t, json.Unmarshal([]byte(got.out), &shown))
	require.Len(t, shown.Checks, 5)
	sources := map[string]string{}
	for _, s := range shown.Settings {
		sources[s.Name] = s.Source
	}
	require.Equal(t, "flag --log-format", sources["TENURE_LOG_FORMAT"])
	require.Equal(t, "default", sources["TENURE_HTTP"])
}

func TestVersionAndCompletion(t *testing.T) {
	t.Parallel()
	got := tenure(t, "version")
	require.Equal(t, exitDone, got.code)
	require.Contains(t, got.out, "tenure ")
	require.Contains(t, tenure(t, "version", "--output", "json").out, `"go"`)
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		require.Contains(t, tenure(t, "completion", shell).out, "tenure", shell)
	}
	require.Contains(t, tenure(t).out, "Available Commands")
}

func TestProgram_TopicsCanBePreviewed(t *testing.T) {
	t.Parallel()
	got := tenure(t, "topics", "create", "--dry-run", "--kafka-partitions", "3")
	require.Equal(t, exitDone, got.code)
	require.Contains(t, got.out, "employee.commands")
	require.Contains(t, got.out, "30 days")
}

func TestProgram_ErrorsHaveTheirExitCodes(t *testing.T) {
	t.Parallel()
	started := &program{started: true}
	for want, err := range map[int]error{
		exitDone:     nil,
		exitError:    errors.New("anything"),
		exitRefused:  fmt.Errorf("outer: %w", coded(exitRefused, errors.New("inner"))),
		exitMismatch: coded(exitMismatch, errQuiet),
		exitTryAgain: fmt.Errorf("outer: %w", store.ErrInDoubt),
	} {
		require.Equal(t, want, started.code(err))
	}
	require.Equal(t, exitUsage, (&program{}).code(errors.New("before anything began")))
}

func TestProgram_ASignalHasTheShellsExitCode(t *testing.T) {
	t.Parallel()
	for signal, want := range map[syscall.Signal]int{syscall.SIGINT: 130, syscall.SIGTERM: 143} {
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(&stoppedError{signal})
		var out bytes.Buffer
		p := &program{out: &out, err: &out, environ: func(string) (string, bool) { return "", false }}
		require.Equal(t, want, execute(ctx, p, []string{"version"}))
	}
}

func TestProgram_OutcomesDecideTheExitCode(t *testing.T) {
	t.Parallel()
	applied, parked := domain.Outcome{Status: domain.StatusApplied}, domain.Outcome{Status: domain.StatusParked}
	rejected := domain.Outcome{Status: domain.StatusRejected}
	p := &program{started: true}
	require.Equal(t, exitDone, p.code(outcomeError([]domain.Outcome{applied})))
	require.Equal(t, exitParked, p.code(outcomeError([]domain.Outcome{applied, parked})))
	require.Equal(t, exitError, p.code(outcomeError([]domain.Outcome{rejected, parked})))
}

func TestProgram_AnOutcomeIsReportedInWords(t *testing.T) {
	t.Parallel()
	require.Equal(t, "unchanged", what(domain.Outcome{}))
	require.Equal(t, "malformed", what(domain.Outcome{Reason: "malformed"}))
	require.Equal(t, "a, b (duplicate); warning: c",
		what(domain.Outcome{Events: []string{"a", "b"}, Duplicate: true, Warnings: []string{"c"}}))
}
