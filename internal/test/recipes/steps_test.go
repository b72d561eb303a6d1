package recipes

import (
	"os"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

// step is one step of a recipe.
type step struct {
	name  string
	file  string
	added string         // a file of testdata that becomes file; empty: file is changed
	after *regexp.Regexp // the place in file behind which text comes
	text  string
	says  string // what a failing test says when the step is left out; empty: the other steps do not compile without it
}

// steps adds employee.set_badge and employee.badge_set, by the recipes of CONTRIBUTING.md.
var steps = []step{
	{name: "the command with its rule", file: "domain/employee_set_badge.go", added: "employee_set_badge.go.txt"},
	{name: "its line under its wire name", file: "domain/command.go",
		after: regexp.MustCompile(`var commands = map\[string\]Command\{\n`),
		text:  "\t\"employee.set_badge.v1\": SetBadge{},\n"},
	{name: "the payload of the event", file: "events/employee.go", after: regexp.MustCompile(`\z`), text: payload},
	{name: "its line in the codec", file: "events/codec.go",
		after: regexp.MustCompile(`var types = index\(\n`), text: "\tBadgeSet{},\n"},
	{name: "a sample of the event", file: "events/samples_employee_test.go",
		after: regexp.MustCompile(`return \[\]events\.Event\{\n`), text: "\t\tevents.BadgeSet{Badge: \"B-07\"},\n",
		says: "employee.badge_set.v1 has no sample"},
	{name: "what the state remembers", file: "domain/employee.go",
		after: regexp.MustCompile(`type Employee struct \{\n`), text: "\tBadge string `json:\"badge,omitempty\"`\n"},
	{name: "its line in what is stored", file: "domain/state_append.go",
		after: regexp.MustCompile(`func \(e \*Employee\) appendState.*\n.*\n`),
		text:  "\to.text(`\"badge\":`, e.Badge)\n", says: "domain/state_append.go writes each field"},
	{name: "its line in what is read", file: "domain/state_read.go",
		after: regexp.MustCompile(`switch string\(key\) \{\n`),
		text:  "\tcase \"badge\":\n\t\te.Badge = r.Text()\n", says: "domain/state_read.go reads each field"},
	{name: "the fold", file: "domain/employee_evolve.go",
		after: regexp.MustCompile(`switch event := event\.\(type\) \{\n`), text: "\tcase events.BadgeSet:\n\t\te.Badge = " +
			"event.Badge\n",
		says: "employee.badge_set.v1 is folded nowhere in domain"},
}

const payload = `
// BadgeSet says that an employee has another badge.
type BadgeSet struct {
	Badge string ` + "`json:\"badge\"`" + `
}

// EventType is employee.badge_set.v1.
func (BadgeSet) EventType() string { return "employee.badge_set.v1" }
`

func (s step) take(t *testing.T, c tree) {
	t.Helper()
	if s.added == "" {
		c.replace(t, s.file, s.after, func(match string) string { return match + s.text })
		return
	}
	raw, err := os.ReadFile("testdata/" + s.added)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(c.path(s.file), raw, 0o644))
}

// alsoSaid are the messages for what updates would write, and for a command in a file of another name.
var alsoSaid = map[string]string{
	"the name of the command's file":    "SetBadge belongs into domain/employee_set_badge.go",
	"the golden value of the event":     "go test ./events -update writes",
	"the sample of the command":         "go test ./schemas -update writes samples/employee.set_badge.v1.json",
	"the sample of the event":           "go test ./schemas -update writes samples/employee.badge_set.v1.json",
	"the command in the list of rights": "+employee.set_badge.v1",
	"how that list is rewritten":        "go test ./domain -update rewrites",
}
