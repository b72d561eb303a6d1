package architecture

import (
	"path"
	"regexp"
	"slices"
	"strings"
)

// mapFilesMin is the number of files above which a package needs a map: beyond it a listing alone does not lead.
const mapFilesMin = 10

// fileNamed is a file as a map names it: its base name, or a pattern for the files with one prefix ("employee*.go").
var fileNamed = regexp.MustCompile(`[a-z0-9_]+\*?\.go\b`)

// checkDocMap wants the files of a large package in its doc.go: each once, by its name or by one pattern, and none that
// does not exist.
func checkDocMap(t *Tree) Report {
	var report Report
	packages := map[string][]File{}
	for _, f := range t.Code() {
		packages[f.Dir()] = append(packages[f.Dir()], f)
	}
	for dir, files := range packages {
		doc := slices.IndexFunc(files, func(f File) bool { return path.Base(f.Path) == "doc.go" })
		if len(files) <= mapFilesMin || doc < 0 {
			continue
		}
		named := fileNamed.FindAllString(files[doc].AST.Doc.Text(), -1)
		named = slices.DeleteFunc(named, func(name string) bool { return name == "doc.go" })
		report.Findings = append(report.Findings, mapFindings(dir, files, named)...)
	}
	return report
}

func mapFindings(dir string, files []File, named []string) (findings []Finding) {
	doc := path.Join(dir, "doc.go")
	found := map[string]int{} // files, by how the map names them
	for _, f := range files {
		name := path.Base(f.Path)
		if name == "doc.go" {
			continue
		}
		entry := entryFor(name, named)
		found[entry]++
		if entry == "" {
			findings = append(
				findings,
				Finding{Path: doc, Line: 1, Symbol: name, Text: "the map of files does not name " + name},
			)
		}
	}
	for i, entry := range named {
		switch pattern := strings.Contains(entry, "*"); {
		case slices.Contains(named[:i], entry):
			findings = append(
				findings,
				Finding{Path: doc, Line: 1, Symbol: entry, Text: "the map of files names " + entry + " twice"},
			)
		case found[entry] == 0:
			findings = append(
				findings,
				Finding{Path: doc, Line: 1, Symbol: entry, Text: "the map of files names " + entry + ", which does not exist"},
			)
		case pattern && found[entry] == 1:
			findings = append(
				findings,
				Finding{
					Path:   doc,
					Line:   1,
					Symbol: entry,
					Text:   "the map of files has the pattern " + entry + " for one file: name it",
				},
			)
		}
	}
	return findings
}

// entryFor finds how a map names a file: its name goes before a pattern, empty when neither is there.
func entryFor(name string, named []string) string {
	if slices.Contains(named, name) {
		return name
	}
	for _, entry := range named {
		if prefix, ok := strings.CutSuffix(entry, "*.go"); ok && strings.HasPrefix(name, prefix) {
			return entry
		}
	}
	return ""
}
