package doctest_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	// fenced is a block of a page: what stands beside its fence, and its lines.
	fenced = regexp.MustCompile("(?ms)^```([^\n]*)\n(.*?)^```$")
	// typed is a line that an operator types into a terminal, indented or in a block.
	typed = regexp.MustCompile(
		`(?m)^(?:\$ )?(?:sudo )?(?:[A-Z_]+=\S* )*(?:(?:bin/)?tenure|make|psql|pg_[a-z]+|curl|kcat|kafka-[a-z]+` +
			`(?:\.sh)?|kubectl|helm|docker|systemctl|go (?:run|build|test)|java|npm|apt-get|export|jq)\b.*$`)
	// plays is how a test plays a page, or lines beside its session.
	plays = regexp.MustCompile(
		`doctest\.(?:Run|RunIn)\(\s*t,\s*[^,]+,\s*"([^"]+\.md)"|doctest\.Lines\(\s*"(?:\.\./)*([^"]+\.md)",\s*"([^"]+)"`)
)

// unplayed returns the lines of a terminal on pages that no test plays, with their pages.
func unplayed(pages map[string]string, tests []string) (lines []string) {
	played := map[string]bool{}
	for _, source := range tests {
		for _, m := range plays.FindAllStringSubmatch(source, -1) {
			played[m[1]+m[2]+" "+m[3]] = true
		}
	}
	for name, page := range pages {
		for _, line := range append(inBlocks(name, page, played), indented(page)...) {
			lines = append(lines, name+": "+strings.TrimSpace(line))
		}
	}
	return lines
}

// inBlocks returns lines of a terminal in blocks that no test plays.
func inBlocks(name, page string, played map[string]bool) (lines []string) {
	for _, m := range fenced.FindAllStringSubmatch(page, -1) {
		kind, words, _ := strings.Cut(m[1], " ")
		if strings.HasPrefix(words, "needs ") {
			words = ""
		}
		if kind == "text" || kind == "json" || kind == "sh" && played[name+" "+words] {
			continue
		}
		lines = append(lines, typed.FindAllString(m[2], -1)...)
	}
	return lines
}

// indented returns lines of a terminal that stand outside blocks.
func indented(page string) (lines []string) {
	for line := range strings.Lines(fenced.ReplaceAllString(page, "")) {
		if code, ok := strings.CutPrefix(line, "    "); ok && typed.MatchString(code) {
			lines = append(lines, line)
		}
	}
	return lines
}

func TestPages_EveryLineOfATerminalIsPlayed(t *testing.T) {
	t.Parallel()
	pages, tests := map[string]string{}, []string{}
	root := "../../.."
	require.NoError(t, filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() && strings.HasPrefix(entry.Name(), ".") && path != root {
			return fs.SkipDir
		}
		markdown, test := strings.HasSuffix(path, ".md"), strings.HasSuffix(path, "_test.go")
		if !markdown && !test {
			return nil
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if test {
			tests = append(tests, string(content))
			return nil
		}
		name, err := filepath.Rel(root, path)
		pages[name] = string(content)
		return err
	}))
	assert.Empty(t, unplayed(pages, tests), "write them in blocks of kind sh, in a page that a test plays")
}

func TestUnplayed_FindsLinesWithoutATest(t *testing.T) {
	t.Parallel()
	tests := []string{`doctest.Run(t, "..", "docs/a.md")`, "doctest.Lines(\n\"../../docs/a.md\", \"other\")"}
	for page, want := range map[string][]string{
		"```sh\ntenure status\n```\n":                    nil,
		"```sh needs psql\npsql -c x\n```\n":             nil,
		"```sh other\ntenure audit\n```\n":               nil,
		"```text\nmake demo\n```\n":                      nil,
		"words\n\n    a diagram of words\n":              nil,
		"```sh third\ntenure audit --fast\n```\n":        {"docs/a.md: tenure audit --fast"},
		"```console\n$ tenure status\n```\n":             {"docs/a.md: $ tenure status"},
		"```\nTENURE_DATA=x tenure audit\necho\n```\n":   {"docs/a.md: TENURE_DATA=x tenure audit"},
		"words\n\n    kubectl apply -k deploy\n\nmore\n": {"docs/a.md: kubectl apply -k deploy"},
	} {
		assert.Equal(t, want, unplayed(map[string]string{"docs/a.md": page}, tests), page)
	}
	assert.Equal(t, []string{"docs/b.md: tenure status"}, unplayed(map[string]string{
		"docs/b.md": "```sh\ntenure status\n```\n"}, tests), "a page that no test runs")
}
