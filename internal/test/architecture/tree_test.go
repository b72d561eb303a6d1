package architecture

import (
	"strings"
	"testing"
)

func TestLoad_LeavesOutWhatGitLeavesOut(t *testing.T) {
	t.Parallel()
	tree := treeOf(t, map[string]string{
		".gitignore":        "# words\n/bin/\n*.out\n",
		".git/config":       "x",
		"bin/a.txt":         "x",
		"docs/bin/a.txt":    "kept",
		"a/cover.out":       "x",
		"a/picture":         "\x00\x01",
		"a/testdata/bad.go": "no Go at all",
		".github/ci.yml":    "kept",
		"a/a.go":            "package a\n",
	})
	var got []string
	for _, f := range tree.Files {
		got = append(got, f.Path)
	}
	want := ".github/ci.yml .gitignore a/a.go a/testdata/bad.go docs/bin/a.txt"
	if strings.Join(got, " ") != want {
		t.Errorf("got %v, want %s", got, want)
	}
	if len(tree.Broken) != 0 {
		t.Errorf("testdata was parsed: %v", tree.Broken)
	}
}

func TestExceptions_ExcuseTheirPlaceOnly(t *testing.T) {
	t.Parallel()
	rule := ruleNamed(t, "documented")
	files := map[string]string{"a/a.go": "package a\nfunc F() {}\nfunc G() {}\n", "b/b.go": "package b\nfunc H() {}\n"}
	rows := []struct {
		sentence string
		excepted map[string]string
		want     string
	}{
		{"a name in a file", map[string]string{"a/a.go#F": "reason"}, "a/a.go:3 b/b.go:2"},
		{"a file", map[string]string{"a/a.go": "reason"}, "b/b.go:2"},
		{"a folder", map[string]string{"b/": "reason"}, "a/a.go:2 a/a.go:3"},
		{"without a reason it is reported", map[string]string{"a/": " ", "b/": "reason"}, exceptionsFile + ":1"},
		{"excusing nothing it is reported", map[string]string{"a/": "reason", "b/": "reason", "c/": "reason"},
			exceptionsFile + ":1"},
	}
	for _, r := range rows {
		t.Run(r.sentence, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, f := range rule.Run(treeOf(t, files), r.excepted).Findings {
				got = append(got, placeOf(f))
			}
			if strings.Join(got, " ") != r.want {
				t.Errorf("got %v, want %s", got, r.want)
			}
		})
	}
}

func TestRule_SaysWhatItCannotCheckYet(t *testing.T) {
	t.Parallel()
	empty := treeOf(t, map[string]string{"go.mod": "module tenure\n"})
	for _, name := range []string{"pure", "clock", "float", "event-sql", "folded", "dependency-explained", "log-key"} {
		if report := ruleNamed(t, name).Run(empty, nil); len(report.Skipped) == 0 || len(report.Findings) != 0 {
			t.Errorf("%s on an empty tree: %+v", name, report)
		}
	}
}
