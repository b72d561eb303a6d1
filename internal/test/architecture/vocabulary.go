package architecture

import (
	"path"
	"slices"
	"strings"
)

// plainWord is a word or a phrase that has a plainer one: a reader who knows the field must not have to learn ours.
type plainWord struct {
	refused []string // in small letters, several words separated by one space
	instead string
}

// plainWords are checked in code, SQL, pages, help and messages. What this domain calls otherwise than the field does
// is in docs/glossary.md. A word that has a second, common meaning ("tell", "order", "take") is left to the reader.
var plainWords = []plainWord{
	{[]string{"she", "her", "hers", "herself"}, "the employee is it, its, itself"},
	{[]string{"somebody"}, "name the role: an operator, a caller, each consumer"},
	{[]string{"anew"}, "again, rebuilt"},
	{[]string{"for ever"}, "indefinitely"},
	{[]string{"of its own", "of their own"}, "own, private, separate"},
	{[]string{"what became of"}, "the outcome of"},
	{[]string{"stand still", "stands still", "stood still"}, "is blocked, does not advance"},
	{[]string{"tell whether", "tells whether", "says whether"}, "reports whether"},
	{[]string{"house"}, "repository, package"},
	{[]string{"dawn"}, "earliest due date"},
	{[]string{"crew"}, "processes"},
	{[]string{"handbook"}, "doc tests"},
	{[]string{"rehearse", "rehearses", "rehearsed", "rehearsal"}, "fast-forward, dry run"},
	{[]string{"keeper", "keepers"}, "lease manager, secret store"},
}

// plainExtensions are the files that people read.
var plainExtensions = []string{".go", ".sql", ".md", ".html", ".yaml", ".sh", ".conf", ".service"}

// checkPlainWords reads line by line, the words that Go names are put together from included.
func checkPlainWords(t *Tree) Report {
	var report Report
	for _, f := range t.Files {
		if !slices.Contains(plainExtensions, path.Ext(f.Path)) || underTestdata(f.Path) {
			continue
		}
		number := 0
		for line := range strings.Lines(f.Text) {
			number++
			spoken := " " + strings.Join(words(line), " ") + " "
			for _, w := range plainWords {
				for _, refused := range w.refused {
					if strings.Contains(spoken, " "+refused+" ") {
						report.add(Finding{Path: f.Path, Line: number, Symbol: refused, Text: "\"" + refused + "\": " + w.instead})
					}
				}
			}
		}
	}
	return report
}
