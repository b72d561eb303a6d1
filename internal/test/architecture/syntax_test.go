package architecture

import (
	"go/ast"
	"slices"
	"testing"
)

// sourceOf parses one file of code.
func sourceOf(t *testing.T, text string) *ast.File {
	t.Helper()
	tree := treeOf(t, map[string]string{"a/a.go": text})
	if len(tree.Go()) != 1 {
		t.Fatalf("does not parse: %v", tree.Broken)
	}
	return tree.Go()[0].AST
}

func TestReceiverName(t *testing.T) {
	t.Parallel()
	rows := []struct{ sentence, source, want string }{
		{"a function has none", "package a\nfunc F() {}\n", ""},
		{"a value's", "package a\nfunc (t T) F() {}\n", "T"},
		{"a pointer's", "package a\nfunc (t *T) F() {}\n", "T"},
		{"one of a type with a parameter", "package a\nfunc (t *T[K]) F() {}\n", "T"},
		{"one of a type with two", "package a\nfunc (T[K, V]) F() {}\n", "T"},
	}
	for _, r := range rows {
		t.Run(r.sentence, func(t *testing.T) {
			t.Parallel()
			fn, ok := sourceOf(t, r.source).Decls[0].(*ast.FuncDecl)
			if !ok || receiverName(fn) != r.want {
				t.Errorf("got %q, want %q", receiverName(fn), r.want)
			}
		})
	}
}

func TestUses_FollowTheImportsName(t *testing.T) {
	t.Parallel()
	rows := []struct {
		sentence, source string
		want             int
	}{
		{"under its own name", "package a\nimport \"time\"\nvar a = time.Now()\n", 1},
		{"under another name", "package a\nimport t \"time\"\nvar a, b = t.Now, t.Now()\n", 2},
		{"another package of that name", "package a\nimport \"other/time\"\nvar a = time.Now()\n", 0},
		{"a field of that name", "package a\nvar a = x.time.Now()\n", 0},
		{"something else of the package", "package a\nimport \"time\"\nvar a = time.Hour\n", 0},
	}
	for _, r := range rows {
		t.Run(r.sentence, func(t *testing.T) {
			t.Parallel()
			if got := uses(sourceOf(t, r.source), "time", []string{"Now"}); len(got) != r.want {
				t.Errorf("got %d, want %d", len(got), r.want)
			}
		})
	}
}

func TestParallel_IsSeen(t *testing.T) {
	t.Parallel()
	rows := []struct {
		sentence, source string
		test, parallel   bool
	}{
		{"a parallel test", "package a\nfunc TestA(t *testing.T) { t.Parallel() }\n", true, true},
		{"a test with parallel rows only", "package a\nfunc TestA(t *testing.T) { t.Run(\"a\", func(t *testing.T) { " +
			"t.Parallel() }) }\n", true, true},
		{"a test that sets the environment", "package a\nfunc TestA(t *testing.T) { t.Setenv(\"A\", \"b\") }\n", true, false},
		{"what starts the tests", "package a\nfunc TestMain(m *testing.M) {}\n", false, false},
		{"a function that a test calls", "package a\nfunc Testing(t *testing.T, n int) {}\n", false, false},
		{"a method", "package a\nfunc (s suite) TestA(t *testing.T) {}\n", false, false},
	}
	for _, r := range rows {
		t.Run(r.sentence, func(t *testing.T) {
			t.Parallel()
			fn, ok := sourceOf(t, r.source).Decls[0].(*ast.FuncDecl)
			if !ok || isTest(fn) != r.test || r.test && callsParallel(fn) != r.parallel {
				t.Errorf("test %v, parallel %v", isTest(fn), callsParallel(fn))
			}
		})
	}
}

func TestFloat_UseNumberAllowsUntypedJSON(t *testing.T) {
	t.Parallel()
	source := "package domain\nfunc f(d *json.Decoder) {\n d.UseNumber()\n var v any\n}\n"
	if got := ruleNamed(t, "float").Run(treeOf(t, map[string]string{"domain/a.go": source}), nil).Findings; len(got) != 0 {
		t.Errorf("got %v", got)
	}
}

func TestFolded_StartsAtHalfOfTheEvents(t *testing.T) {
	t.Parallel()
	events := "package events\n"
	for _, name := range []string{"A", "B", "C", "D"} {
		events += "func (" + name + ") EventType() string { return \"cat.did_something.v1\" }\n"
	}
	rows := []struct {
		sentence, cases   string
		findings, skipped int
	}{
		{"one of four is a fold being written", "events.A", 0, 1},
		{"two of four is a fold, and two are missing", "events.A, *events.B", 2, 0},
		{"four of four is complete", "events.A, events.B, events.C, events.D", 0, 0},
		{"names of another package do not count", "other.A, other.B, other.C, other.D", 0, 1},
	}
	for _, r := range rows {
		t.Run(r.sentence, func(t *testing.T) {
			t.Parallel()
			domain := "package domain\nimport \"tenure/events\"\nfunc evolve(e any) {\n switch e.(type) {\n case " + r.cases +
				":\n }\n}\n"
			report := ruleNamed(t, "folded").Run(treeOf(t, map[string]string{"events/a.go": events, "domain/a.go": domain}), nil)
			if len(report.Findings) != r.findings || len(report.Skipped) != r.skipped {
				t.Errorf("got %+v", report)
			}
		})
	}
}

func TestLogKeys_AreReadFromTheirDeclaration(t *testing.T) {
	t.Parallel()
	tree := treeOf(t, map[string]string{logKeysFile: "package telemetry\nconst (\n KeyShard = \"shard\" // words\n " +
		"KeyRun = \"run\"\n other = \"other\"\n)\n"})
	if got := logKeys(tree); !slices.Equal(got, []string{"shard", "run"}) {
		t.Errorf("got %v", got)
	}
}

func TestFile_Lines(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{"": 0, "a": 1, "a\n": 1, "a\nb": 2, "\n\n": 2} {
		if got := (File{Text: text}).Lines(); got != want {
			t.Errorf("%q: got %d, want %d", text, got, want)
		}
	}
}

func TestLoad_LeavesOutWhatIsNoText(t *testing.T) {
	t.Parallel()
	tree := treeOf(t, map[string]string{"a": "text", "b": "\xff\xfe", "c": string(make([]byte, fileBytesMax+1))})
	if len(tree.Files) != 1 || tree.Files[0].Path != "a" {
		t.Errorf("got %d files", len(tree.Files))
	}
}
