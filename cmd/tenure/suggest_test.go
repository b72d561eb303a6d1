package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"
)

func TestGuide_MisspeltCommandIsUsageWithASuggestion(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"invoice verfy":                `unknown command "verfy" for "tenure invoice"; did you mean: tenure invoice verify`,
		"parked lst":                   "did you mean: tenure parked list",
		"run stauts":                   "did you mean: tenure run start, status",
		"replay strat":                 "did you mean: tenure replay start",
		"topics aply":                  "did you mean: tenure topics apply",
		"clock nothing-like-it":        "see: tenure clock --help",
		"run status --expct-by 04:00":  "did you mean --expect-by",
		"employee show":                "accepts 1 arg(s), received 0; see: tenure employee show --help",
		"migrate grnat":                `unknown command "grnat"`,
		"invoice verify --no-such-one": "see: tenure invoice verify --help",
	} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			got := tenure(t, strings.Fields(line)...)
			require.Equal(t, exitUsage, got.code, got.err)
			require.Contains(t, got.err, want)
		})
	}
}

func TestGuide_NounAlonePrintsItsHelp(t *testing.T) {
	t.Parallel()
	for _, sub := range (&program{}).root().Commands() {
		if sub.HasSubCommands() && sub.Name() != "migrate" {
			require.Equal(t, exitDone, tenure(t, sub.Name()).code, sub.Name())
		}
	}
}

func TestGuide_EveryNounRefusesAnUnknownVerb(t *testing.T) {
	t.Parallel()
	var visit func(cmd *cobra.Command, path []string)
	visit = func(cmd *cobra.Command, path []string) {
		if cmd.HasSubCommands() && cmd.HasParent() {
			require.Equal(t, exitUsage, tenure(t, append(path, "no-such-verb")...).code, path)
		}
		for _, sub := range cmd.Commands() {
			visit(sub, append(path[:len(path):len(path)], sub.Name()))
		}
	}
	visit((&program{}).root(), nil)
}

func TestPrintError_IsJSONWhereOutputIs(t *testing.T) {
	t.Parallel()
	for _, line := range []string{
		"audit --output json", "audit --output json --no-such-flag", "invoice verfy --output=json", "nothing --output json",
	} {
		got := tenure(t, strings.Fields(line)...)
		var e struct {
			Error    string `json:"error"`
			ExitCode int    `json:"exitCode"`
		}
		require.NoError(t, json.Unmarshal([]byte(got.err), &e), got.err)
		require.NotEmpty(t, e.Error)
		require.Equal(t, got.code, e.ExitCode)
		require.Empty(t, got.out)
	}
}

func TestVersion_IsAFlagToo(t *testing.T) {
	t.Parallel()
	got := tenure(t, "--version")
	require.Equal(t, exitDone, got.code, got.err)
	require.True(t, strings.HasPrefix(got.out, "tenure "), got.out)
}

func TestCode_FilesThatCannotBeReadAreNotTriedAgain(t *testing.T) {
	t.Parallel()
	require.Equal(t, exitError, tenure(t, "audit", "--data", "/proc/x").code)
	require.Equal(t, exitError, tenure(t, "audit", "--data", "/dev/null").code)
}

func TestDistance(t *testing.T) {
	t.Parallel()
	require.Equal(t, 0, distance("verify", "verify"))
	require.Equal(t, 1, distance("verfy", "verify"))
	require.Equal(t, 2, distance("stauts", "status"))
	require.Equal(t, 4, distance("", "list"))
}
