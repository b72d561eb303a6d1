package architecture

import "strings"

// checkListed wants each package in ARCHITECTURE.md, whose table is where a newcomer looks for it.
func checkListed(t *Tree) Report {
	var report Report
	architecture, ok := t.Named("ARCHITECTURE.md")
	if !ok {
		report.skip("ARCHITECTURE.md does not exist yet")
		return report
	}
	seen := map[string]bool{}
	for _, f := range t.Code() {
		dir := f.Dir()
		if seen[dir] {
			continue
		}
		seen[dir] = true
		if !strings.Contains(architecture.Text, "`"+dir+"`") {
			report.add(
				Finding{Path: f.Path, Line: 1, Symbol: dir, Text: dir + " has no line in ARCHITECTURE.md that says what it owns"},
			)
		}
	}
	return report
}
