package architecture

import (
	"strings"
)

// dependenciesMax bounds the direct dependencies of the program itself, those of its tests not counted.
const dependenciesMax = 20

// direct lists the modules that go.mod requires without "// indirect", with the line of each.
func direct(gomod string) map[string]int {
	modules := map[string]int{}
	block := false
	number := 0
	for line := range strings.Lines(gomod) {
		number++
		line = strings.TrimSpace(line)
		rest, single := strings.CutPrefix(line, "require ")
		switch {
		case line == "require (":
			block = true
			continue
		case line == ")":
			block = false
			continue
		case single:
			line = rest
		case !block:
			continue
		}
		fields := strings.Fields(line)
		if len(fields) < 2 || strings.HasPrefix(line, "//") || strings.HasSuffix(line, "// indirect") {
			continue
		}
		modules[fields[0]] = number
	}
	return modules
}

// importedModules lists the direct modules that code outside tests imports. The longest module path wins, because one
// module may lie below another's path.
func importedModules(t *Tree, modules map[string]int) map[string]int {
	imported := map[string]int{}
	for _, spec := range importsOf(t.Code()) {
		best := ""
		for module := range modules {
			if below(importPath(spec), module) && len(module) > len(best) {
				best = module
			}
		}
		if best != "" {
			imported[best] = modules[best]
		}
	}
	return imported
}

func checkDependencies(t *Tree) Report {
	var report Report
	gomod, ok := t.Named("go.mod")
	if !ok {
		report.skip("no go.mod")
		return report
	}
	imported := importedModules(t, direct(gomod.Text))
	if len(imported) > dependenciesMax {
		report.add(
			Finding{
				Path: "go.mod",
				Line: 1,
				Text: sayTooMany("the program", len(imported), dependenciesMax, "direct dependencies"),
			},
		)
	}
	architecture, ok := t.Named("ARCHITECTURE.md")
	if !ok {
		report.skip("ARCHITECTURE.md does not exist yet")
		return report
	}
	for module, line := range imported {
		if !mentioned(architecture.Text, module) {
			report.add(
				Finding{
					Path:   "go.mod",
					Line:   line,
					Symbol: module,
					Text:   module + " has no line in ARCHITECTURE.md that says what it is for",
				},
			)
		}
	}
	return report
}

// mentioned looks for the whole path: a line on a module below it does not count.
func mentioned(text, module string) bool {
	for line := range strings.Lines(text) {
		for _, word := range strings.FieldsFunc(line, betweenWords) {
			if strings.TrimSuffix(word, ".") == module || strings.HasPrefix(module, word+"/v") && strings.Contains(word, "/") {
				return true
			}
		}
	}
	return false
}

// betweenWords reports whether a rune separates words of a page: space, or a sign of Markdown.
func betweenWords(r rune) bool { return strings.ContainsRune(" \t\r\n`|()[]<>,;:*\"", r) }
