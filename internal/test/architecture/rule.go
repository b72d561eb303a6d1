package architecture

import (
	"fmt"
	"sort"
	"strings"
)

// Finding is one place that breaks a rule.
type Finding struct {
	Rule   string
	Path   string
	Line   int    // from 1
	Symbol string // the name in question, empty when the whole file is
	Text   string // what is wrong and what to do instead
}

// String gives the finding as an editor can jump to it: path:line: [rule] text.
func (f Finding) String() string {
	return fmt.Sprintf("%s:%d: [%s] %s", f.Path, f.Line, f.Rule, f.Text)
}

// Report is what one rule has to say about a tree.
type Report struct {
	Findings []Finding
	Skipped  []string // what could not be checked yet, and why
}

func (r *Report) add(f Finding) { r.Findings = append(r.Findings, f) }

func (r *Report) skip(format string, args ...any) {
	r.Skipped = append(r.Skipped, fmt.Sprintf(format, args...))
}

// Rule is one architecture rule.
type Rule struct {
	Name  string // short, with dashes; the key of its exceptions
	Says  string // the rule as a sentence
	Check func(*Tree) Report
}

// Rules lists every rule, in the order in which they are reported.
func Rules() []Rule {
	return []Rule{
		{"parses", "every Go file parses", checkParses},
		{
			"import-order",
			"imports run one way: events, billing <- domain <- scheduler, projections, api <- internal <- cmd",
			checkImportOrder,
		},
		{
			"import-home",
			"Kafka clients only in internal/bus, the embedded broker only in internal/embedded and tests",
			checkImportHome,
		},
		{"pure", "events, billing and domain import no I/O, no context and no randomness", checkPure},
		{"clock", "events, billing, domain, projections, scheduler and api get the time as an argument", checkClock},
		{"float", "no float and no untyped JSON in events, billing and domain", checkFloat},
		{"event-sql", "SQL on the tables marked `-- owner: store` is in internal/store and migrations only", checkEventSQL},
		{"documented", "every exported name has a doc comment", checkDocumented},
		{"package-doc", "every package has a doc.go with the package's comment", checkPackageDoc},
		{"cyclomatic", "no function with more than 12 paths", checkCyclomatic},
		{"generic-name", "no package, file or type is called after nothing in particular", checkGenericName},
		{"test-name", "a test is named TestThing_Behaviour, or TestThing where it shows all of it", checkTestName},
		{"test-sleep", "tests wait for a signal or poll with a deadline, they do not sleep", checkTestSleep},
		{"wire-file", "a command is in domain/<subject>_<verb>.go, as its wire name says", checkWireFile},
		{"program-file", "a command of the program is in cmd/tenure/<noun>_<verb>.go", checkProgramFile},
		{"references", "places that comments and pages name exist", checkReferences},
		{
			"internal-imports",
			"packages inside internal import each other by a table; what is for tests stays in tests",
			checkInternalImports,
		},
		{"length", "no function above 50 lines, no file above 300; of tests 90 and 360", checkLength},
		{"parameters", "no function with more than 5 parameters", checkParameters},
		{"plain-words", "code, SQL and pages use the field's words", checkPlainWords},
		{"doc-map", "doc.go of a package of more than 10 files names each of them once", checkDocMap},
		{"dead-export", "an exported name is used by another package", checkDeadExport},
		{"folded", "every registered event is folded in domain", checkFolded},
		{"dependency-explained", "every direct dependency has a line in ARCHITECTURE.md", checkDependencies},
		{"package-listed", "every package has its line in ARCHITECTURE.md", checkListed},
		{"log-key", "a log line carries only keys that internal/telemetry declares", checkLogKey},
		{"faults-page", "docs/reliability.md names every test of a fault, and none that does not exist", checkFaultsPage},
		{"machine-text", "no text names a machine's path, a package registry or an e-mail address", checkMachineText},
	}
}

// Run applies one rule to a tree. Excepted findings are left out, and an exception that excuses nothing is itself a
// finding, so that the list never outgrows its reasons.
func (r Rule) Run(t *Tree, excepted map[string]string) Report {
	report := r.Check(t)
	used := map[string]bool{}
	var kept []Finding
	for _, f := range report.Findings {
		f.Rule = r.Name
		if key, ok := exceptionFor(f, excepted); ok {
			used[key] = true
			continue
		}
		kept = append(kept, f)
	}
	for key, reason := range excepted {
		switch {
		case strings.TrimSpace(reason) == "":
			kept = append(
				kept,
				Finding{Rule: r.Name, Path: exceptionsFile, Line: 1, Text: "the exception for " + key + " has no reason"},
			)
		case !used[key]:
			kept = append(
				kept,
				Finding{
					Rule: r.Name,
					Path: exceptionsFile,
					Line: 1,
					Text: "the exception for " + key + " excuses nothing any more: remove it",
				},
			)
		}
	}
	sort.Slice(kept, func(i, j int) bool {
		if kept[i].Path != kept[j].Path {
			return kept[i].Path < kept[j].Path
		}
		return kept[i].Line < kept[j].Line
	})
	report.Findings = kept
	return report
}

// exceptionFor looks for the symbol in its file first, then the file, then the folders above it.
func exceptionFor(f Finding, excepted map[string]string) (string, bool) {
	keys := []string{f.Path + "#" + f.Symbol, f.Path}
	for i, c := range f.Path {
		if c == '/' {
			keys = append(keys, f.Path[:i+1])
		}
	}
	for _, key := range keys {
		if _, ok := excepted[key]; ok {
			return key, true
		}
	}
	return "", false
}

func checkParses(t *Tree) Report { return Report{Findings: t.Broken} }
