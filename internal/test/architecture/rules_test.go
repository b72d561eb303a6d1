package architecture

import (
	"strings"
	"testing"
)

// row shows one rule at work: the broken source gives findings, the sound one none.
type row struct {
	sentence string
	rule     string
	files    map[string]string
	want     []string // path:line of each finding, in order
}

// sqlOfTheStore is a migration with one table of the store and one of a projection.
const sqlOfTheStore = "-- +goose Up\n-- The log.\n-- owner: store\nCREATE TABLE facts (\n  shard int\n);\nCREATE " +
	"TABLE screens (id text);\n"

func TestRules(t *testing.T) {
	t.Parallel()
	rows := append(importRows(), contentRows()...)
	rows = append(rows, sqlRows()...)
	rows = append(rows, outerRows()...)
	rows = append(rows, placeRows()...)
	rows = append(rows, textRows()...)
	shown := map[string]bool{}
	for _, r := range rows {
		if len(r.want) > 0 {
			shown[r.rule] = true
		}
		t.Run(r.rule+"/"+r.sentence, func(t *testing.T) {
			t.Parallel()
			report := ruleNamed(t, r.rule).Run(treeOf(t, r.files), nil)
			var got []string
			for _, f := range report.Findings {
				got = append(got, placeOf(f))
			}
			if strings.Join(got, " ") != strings.Join(r.want, " ") {
				t.Errorf("got %v, want %v\n%v", got, r.want, report.Findings)
			}
		})
	}
	for _, rule := range Rules() {
		if !shown[rule.Name] {
			t.Errorf("no row shows that %q can fail", rule.Name)
		}
	}
}

// placeOf gives path:line, the part of a finding that a row names.
func placeOf(f Finding) string {
	place, _, _ := strings.Cut(f.String(), ": ")
	return place
}

func importRows() []row {
	return []row{
		{"a file that does not parse is reported", "parses", map[string]string{"a.go": "package a\nfunc {"},
			[]string{"a.go:1"}},
		{"domain may not import scheduler", "import-order", map[string]string{
			"domain/a.go": "package domain\nimport _ \"tenure/scheduler\"\n"}, []string{"domain/a.go:2"}},
		{"billing may not import events, its neighbour", "import-order", map[string]string{
			"billing/a.go": "package billing\nimport _ \"tenure/events\"\n"}, []string{"billing/a.go:2"}},
		{"api may not import internal", "import-order", map[string]string{
			"api/a.go": "package api\nimport _ \"tenure/internal/store\"\n"}, []string{"api/a.go:2"}},
		{"nobody may import cmd", "import-order", map[string]string{
			"internal/a/a.go": "package a\nimport _ \"tenure/cmd/tenure\"\n"}, []string{"internal/a/a.go:2"}},
		{"a test of domain keeps the order too", "import-order", map[string]string{
			"domain/a_test.go": "package domain\nimport _ \"tenure/internal/store\"\n"}, []string{"domain/a_test.go:2"}},
		{"a test of projections may bring up a database", "import-order", map[string]string{
			"projections/a_test.go": "package projections\nimport _ \"tenure/internal/embedded\"\n"}, nil},
		{"towards billing everything may be imported", "import-order", map[string]string{
			"cmd/tenure/a.go":     "package main\nimport _ \"tenure/internal/store\"\n",
			"internal/store/a.go": "package store\nimport (\n_ \"tenure/domain\"\n_ \"tenure/internal/telemetry\"\n)\n",
			"events/a.go":         "package events\nimport _ \"tenure/billing\"\n",
			"api/a.go":            "package api\nimport _ \"tenure/projections\"\n"}, nil},
		{"sarama outside the bus is reported, in tests too", "import-home", map[string]string{
			"internal/bus/a.go":         "package bus\nimport _ \"github.com/IBM/sarama\"\n",
			"internal/worker/a.go":      "package worker\nimport _ \"github.com/IBM/sarama\"\n",
			"internal/worker/a_test.go": "package worker\nimport _ \"github.com/ThreeDotsLabs/watermill/message\"\n",
		}, []string{"internal/worker/a.go:2", "internal/worker/a_test.go:2"}},
		{"the embedded broker is for embedded and tests", "import-home", map[string]string{
			"internal/bus/a.go":      "package bus\nimport _ \"github.com/twmb/franz-go/pkg/kfake\"\n",
			"internal/bus/a_test.go": "package bus\nimport _ \"github.com/twmb/franz-go/pkg/kgo\"\n",
		}, []string{"internal/bus/a.go:2"}},
		{"a pure package may not import I/O", "pure", map[string]string{
			"events/a.go": "package events\nimport " +
				"(\n\"errors\"\n\"net/http\"\n\"os\"\n\"math/rand/v2\"\n\"crypto/sha256\"\n)\n",
		}, []string{"events/a.go:4", "events/a.go:5", "events/a.go:6"}},
		{"a pure package may not import a driver", "pure", map[string]string{
			"domain/a.go": "package domain\nimport (\n\"github.com/jackc/pgx/v5\"\n\"github.com/shopspring/decimal\"\n)\n",
		}, []string{"domain/a.go:3"}},
		{"an id in a pure package is computed", "pure", map[string]string{
			"events/a.go": "package events\nimport \"github.com/google/uuid\"\nvar a = uuid.New()\nvar b = " +
				"uuid.NewSHA1(uuid.Nil, nil)\n",
		}, []string{"events/a.go:3"}},
	}
}

func contentRows() []row {
	return []row{
		{"a fault that is not on the page is reported", "faults-page", map[string]string{
			"docs/reliability.md":              "`TestKill_AtRandom`\n",
			"internal/test/faults/a_test.go":   "package faults\nfunc TestKill_AtRandom() {}\nfunc TestKill_Twice() {}\n",
			"internal/test/scenario/a_test.go": "package scenario\nfunc TestRun_Ends() {}\n",
		}, []string{"internal/test/faults/a_test.go:3"}},
		{"a test on the page that is none is reported", "faults-page", map[string]string{
			"docs/reliability.md": "`TestKill_AtRandom`\n"}, []string{"docs/reliability.md:1"}},
		{"the scheduler gets the time as an argument", "clock", map[string]string{
			"scheduler/a.go": "package scheduler\nimport clock \"time\"\nvar a = clock.Now\nvar b = clock.Hour\n",
		}, []string{"scheduler/a.go:3"}},
		{"internal may look at the clock, and so may a test", "clock", map[string]string{
			"internal/a/a.go":     "package a\nimport \"time\"\nvar a = time.Now()\n",
			"scheduler/a_test.go": "package scheduler\nimport \"time\"\nvar a = time.Now()\n"}, nil},
		{"a float in billing is reported", "float", map[string]string{
			"billing/a.go": "package billing\ntype Line struct {\n Amount float64\n}\nvar x = decimal.NewFromFloat(1)\n",
		}, []string{"billing/a.go:3", "billing/a.go:5"}},
		{"untyped JSON in domain is reported", "float", map[string]string{
			"domain/a.go": "package domain\nvar v any\ntype m map[string]interface{}\ntype s struct {\n a []any\n b any\n}\n",
		}, []string{"domain/a.go:2", "domain/a.go:3", "domain/a.go:5", "domain/a.go:6"}},
		{"an argument of any type is no JSON", "float", map[string]string{
			"domain/a.go": "package domain\nfunc rejectf(format string, args ...any) error { return nil }\nfunc first[T " +
				"any](l []T) T { return l[0] }\n",
		}, nil},
		{"an exported name without a comment is reported", "documented", map[string]string{
			"a/a.go": "package a\ntype T struct{}\nfunc (T) M() {}\nfunc F() {}\nfunc (u) M() {}\nconst C = 1\n// I " +
				"is.\ntype I interface {\n M()\n}\n",
		}, []string{"a/a.go:2", "a/a.go:3", "a/a.go:4", "a/a.go:6", "a/a.go:9"}},
		{"a group's comment counts for its constants, not for its types", "documented", map[string]string{
			"a/a.go": "package a\n// Colours.\nconst (\n Red = 1\n)\n// Shapes.\ntype (\n Round struct{}\n // Flat is.\n " +
				"Flat struct{}\n)\n",
		}, []string{"a/a.go:8"}},
		{"a package's comment is in doc.go", "package-doc", map[string]string{
			"a/a.go": "package a\n", "b/doc.go": "// Package b is.\npackage b\n", "c/a.go": "// Package c is.\npackage c\n",
			"c/doc.go": "package c\n",
		}, []string{"a/doc.go:1", "c/a.go:1", "c/doc.go:1"}},
		{"a long function and a long file are reported", "length", map[string]string{
			"a/a.go": "package a\nfunc f() {" + strings.Repeat("\n", 50) + "}\nfunc g() {" + strings.Repeat("\n", 49) +
				"}\n",
			"a/b.go": "package a\n" + strings.Repeat("\n", 299),
			"a/c.go": "package a\n" + strings.Repeat("\n", 300),
			"a/a_test.go": "package a\nfunc f() {" + strings.Repeat("\n", 90) + "}\nfunc g() {" + strings.Repeat("\n", 89) +
				"}\n",
			"a/b_test.go": "package a\n" + strings.Repeat("\n", 360),
		}, []string{"a/a.go:2", "a/a_test.go:2", "a/b_test.go:360", "a/c.go:300"}},
		{
			"a function with thirteen paths is reported",
			"cyclomatic",
			map[string]string{
				"a/a.go": "package a\nfunc f(b bool) {\n" + strings.Repeat("if b && b {}\n", 6) +
					"}\nfunc g(b bool) {\n" + strings.Repeat("if b || b {}\n", 5) + "for {}\n}\n",
			},
			[]string{"a/a.go:2"},
		},
		{"a name that says nothing is reported", "generic-name", map[string]string{
			"a/helpers.go": "package a\n", "a/b.go": "package a\ntype LeaseManager struct{}\ntype Metadata struct{}\ntype " +
				"UserINFO int\n", "util/a.go": "package util\n",
		}, []string{"a/b.go:2", "a/b.go:4", "a/helpers.go:1", "util/a.go:1", "util/a.go:1"}},
		{"a test with a sentence for a name is reported", "test-name", map[string]string{
			"a/a_test.go": "package a\nimport \"testing\"\nfunc TestTheRelayPublishes(t *testing.T) {}\n" +
				"func TestRelay_Publishes(t *testing.T) {}\nfunc TestRelay(t *testing.T) {}\n" +
				"func TestRelayPublishesAfterStart(t *testing.T) {}\nfunc TestWhat_Publishes(t *testing.T) {}\n" +
				"func TestRelay_publishes(t *testing.T) {}\nfunc TestMain(m *testing.M) {}\n",
		}, []string{"a/a_test.go:3", "a/a_test.go:6", "a/a_test.go:7", "a/a_test.go:8"}},
		{"a test that sleeps is reported", "test-sleep", map[string]string{
			"a/a_test.go": "package a\nimport \"time\"\nfunc f() {\n time.Sleep(1)\n}\n",
			"a/a.go":      "package a\nimport \"time\"\nfunc f() { time.Sleep(1) }\n",
		}, []string{"a/a_test.go:4"}},
	}
}

func sqlRows() []row {
	return []row{
		{
			"a projection that reads the log is reported",
			"event-sql",
			map[string]string{
				"migrations/1.sql": sqlOfTheStore,
				"projections/a.go": "package projections\nconst q = `\nselect pos\nfrom facts\nwhere shard = $1`\n" +
					"const ok = `select id from screens`\nconst words = \"apply facts from facts\"\n",
			},
			[]string{"projections/a.go:2"},
		},
		{
			"each kind of statement is reported",
			"event-sql",
			map[string]string{
				"migrations/1.sql": sqlOfTheStore,
				"cmd/tenure/a.go": "package main\nvar l = []string{\n\"INSERT INTO facts (shard) VALUES (1)\",\n\"UPDATE facts " +
					"f SET shard = 1\",\n" +
					"\"DELETE FROM public.facts\",\n" +
					"\"TRUNCATE facts\",\n\"SELECT 1 FROM a JOIN \\\"facts\\\" USING (b)\",\n}\nvar c = " +
					"pgx.Identifier{\"facts\"}\nvar d = pgx.Identifier{\"screens\"}\n",
			},
			[]string{"cmd/tenure/a.go:3", "cmd/tenure/a.go:4", "cmd/tenure/a.go:5", "cmd/tenure/a.go:6", "cmd/tenure/a.go:7",
				"cmd/tenure/a.go:9"},
		},
		{"the store, its migrations and tests may", "event-sql", map[string]string{
			"migrations/1.sql":     sqlOfTheStore + "UPDATE facts SET shard = 0;\n",
			"internal/store/a.go":  "package store\nconst q = `select 1 from facts`\n",
			"internal/a/a_test.go": "package a\nconst q = `select 1 from facts`\n",
		}, nil},
		{"a loose SQL file is reported", "event-sql", map[string]string{
			"migrations/1.sql": sqlOfTheStore, "bench/x.sql": "select 1 from facts;\n",
		}, []string{"bench/x.sql:1"}},
	}
}

func outerRows() []row {
	const registered = "package events\nfunc (Born) EventType() string { return \"cat.born.v1\" }\nfunc (Fed) " +
		"EventType() string { return \"cat.fed.v1\" }\n"
	const gomod = "module tenure\nrequire (\n\tgithub.com/a/used/v2 v2.0.0\n\tgithub.com/a/tests " +
		"v1.0.0\n\tgithub.com/a/far v1.0.0 // indirect\n)\n"
	const imports = "package a\nimport _ \"github.com/a/used/v2/sub\"\nimport _ \"github.com/a/far\"\n"
	return []row{
		{"an event that nobody folds is reported", "folded", map[string]string{
			"events/a.go": registered,
			"domain/a.go": "package domain\nimport \"tenure/events\"\nfunc evolve(e any) {\n switch e.(type) {\n case " +
				"*events.Born:\n }\n}\n",
		}, []string{"events/a.go:3"}},
		{"every event folded is in order", "folded", map[string]string{
			"events/a.go": registered,
			"domain/a.go": "package domain\nimport \"tenure/events\"\nfunc evolve(e any) {\n switch e.(type) {\n case " +
				"events.Born, events.Fed:\n }\n}\n",
		}, nil},
		{"a dependency without a line is reported", "dependency-explained", map[string]string{
			"go.mod": gomod, "a/a.go": imports, "ARCHITECTURE.md": "| `github.com/a/used/v2/other` | words |\n",
		}, []string{"go.mod:3"}},
		{"a dependency with a line is in order, with or without its major version", "dependency-explained", map[string]string{
			"go.mod": gomod, "a/a.go": imports, "ARCHITECTURE.md": "- `github.com/a/used`: words\n"}, nil},
		{"a package without a line is reported once", "package-listed", map[string]string{
			"a/a.go": "package a\n", "a/b.go": "package a\n", "a/b/b.go": "package b\n", "c/c_test.go": "package c\n",
			"ARCHITECTURE.md": "| `a/b` | words |\n",
		}, []string{"a/a.go:1"}},
		{
			"a log key that is not declared is reported",
			"log-key",
			map[string]string{
				logKeysFile: "package telemetry\nconst (\nKeyShard = \"shard\"\nKeyError = \"error\"\n)\n",
				"a/a.go": "package a\nimport \"log/slog\"\nfunc f() {\nlog.Error(\"a: said\", \"shard\", 1, \"name\", x)\n" +
					"log.InfoContext(ctx, \"said\", KeyShard, \"name\", \"error\", y)\n" +
					"log.Warn(\"said\", slog.Int(\"number\", 1), slog.Int(\"shard\", 1))\nlog.With(\"token\", " +
					"z)\nlog.Error(\"said\")\n}\n",
			},
			[]string{"a/a.go:4", "a/a.go:6", "a/a.go:7"},
		},
		{"a machine's path is reported", "machine-text", map[string]string{
			"a.md": "words\nsee " + "/ho" + "me/someone/x\nand https://example.com/home/ is fine\n"}, []string{"a.md:2"}},
		{"a registry is reported", "machine-text", map[string]string{
			"ci.yml": "a: b\nx: https://" + "proxy.golang" + ".org\nGOPROXY" + "=http://mirror.example.com\n"},
			[]string{"ci.yml:2", "ci.yml:3"}},
		{"an address of a person is reported, one kept for samples is not", "machine-text", map[string]string{
			"a.md": "someone@" + "somewhere.de\nemployee07@example.com, module@v1.2.3, tenure@localhost\n"}, []string{"a.md:1"}},
	}
}
