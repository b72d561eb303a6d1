package recipes

import (
	"context"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// root is the tree's root as seen from this package's folder, where go test runs.
const root = "../../.."

// stepTime bounds one call of go: it compiles three packages and their tests, on a machine that may be busy.
const stepTime = 20 * time.Minute

// tested are the packages that commands and events pass through before anything is stored.
var tested = []string{"go", "test", "./events", "./domain", "./schemas"}

// left names what a copy need not hold: what git keeps for itself, and what builds leave behind.
var left = []string{".git", ".cache", "bin", "dist"}

// TestRecipes_ACommandAndAnEventAsThePageSays shows that the steps of CONTRIBUTING.md are enough.
func TestRecipes_ACommandAndAnEventAsThePageSays(t *testing.T) {
	t.Parallel()
	tree := copyOfTree(t)
	for _, s := range steps {
		s.take(t, tree)
	}
	_, _ = tree.run(t, append(tested, "-update")...) // golden values follow from the steps; schemas reads those of events
	out, err := tree.run(t, tested...)
	require.NoError(t, err, "%s", out)
	out, _ = tree.run(t, "go", "test", "./internal/test/architecture", "-run", "TestTree_")
	require.NotContains(t, strings.ToLower(out), "badge")

	// A command whose rights were never thought of does not even compile.
	tree.replace(t, "domain/employee_set_badge.go", regexp.MustCompile(`func \(SetBadge\) Operation.*\n`),
		func(string) string { return "" })
	out, err = tree.run(t, "go", "build", "./domain")
	require.Error(t, err)
	require.Contains(t, out, "missing method Operation")
	require.Contains(t, out, "command.go")
}

// TestRecipes_WhatIsForgottenSaysWhere leaves out every step that the compiler does not ask for, and wants a message
// for each that names the place.
func TestRecipes_WhatIsForgottenSaysWhere(t *testing.T) {
	t.Parallel()
	tree := copyOfTree(t)
	for _, s := range steps {
		if s.says == "" {
			s.take(t, tree)
		}
	}
	require.NoError(t, os.Rename(tree.path("domain/employee_set_badge.go"), tree.path("domain/badge.go")))
	tests, err := tree.run(t, tested...)
	require.Error(t, err)
	rules, err := tree.run(t, "go", "test", "./internal/test/architecture", "-run", "TestTree_")
	require.Error(t, err)
	says := printed(tests + rules)
	for _, s := range steps {
		says.mustSay(t, s.name, s.says)
	}
	for name, message := range alsoSaid {
		says.mustSay(t, name, message)
	}
}

// tree is a copy of the repository.
type tree string

func (c tree) path(name string) string { return filepath.Join(string(c), name) }

func copyOfTree(t *testing.T) tree {
	t.Helper()
	to := tree(t.TempDir())
	from := os.DirFS(root)
	err := fs.WalkDir(from, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && slices.Contains(left, name):
			return fs.SkipDir
		case d.IsDir():
			return os.MkdirAll(to.path(name), 0o755)
		case !d.Type().IsRegular():
			return nil
		}
		raw, err := fs.ReadFile(from, name)
		if err != nil {
			return err
		}
		return os.WriteFile(to.path(name), raw, 0o644)
	})
	require.NoError(t, err)
	return to
}

// run calls a program in the copy and gives what it prints. Paths are trimmed, so that what the copy shares with the
// tree comes from the build cache.
func (c tree) run(t *testing.T, args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), stepTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Dir = string(c)
	cmd.Env = append(os.Environ(), "GOFLAGS=-trimpath -buildvcs=false", "GOWORK=off", "PWD="+string(c))
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// replace changes the first match of a pattern in a file; a pattern without a match means that the page is out of date.
func (c tree) replace(t *testing.T, name string, pattern *regexp.Regexp, with func(match string) string) {
	t.Helper()
	raw, err := os.ReadFile(c.path(name))
	require.NoError(t, err)
	at := pattern.FindIndex(raw)
	require.NotNil(t, at, "%s has no place that matches %s: adapt the recipe here and in CONTRIBUTING.md", name, pattern)
	changed := string(raw[:at[0]]) + with(string(raw[at[0]:at[1]])) + string(raw[at[1]:])
	require.NoError(t, os.WriteFile(c.path(name), []byte(changed), 0o644))
}

// printed is what calls of go have printed.
type printed string

// mustSay wants a message of a failing test for a step that was left out.
func (p printed) mustSay(t *testing.T, step, message string) {
	t.Helper()
	if !strings.Contains(string(p), message) {
		t.Errorf("%s was left out, and nothing says %q", step, message)
	}
}
