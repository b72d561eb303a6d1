package architecture

import (
	"path"
	"regexp"
	"slices"
	"strings"
)

// internalPath is a package or file below internal, as comments and pages name it.
var internalPath = regexp.MustCompile(`\binternal/[a-z_]+(?:/[a-z_]+)*(?:\.[a-z]+)?`)

// quotedPath is a path in a page: in code quotes, its first folder one of the tree's.
var quotedPath = regexp.MustCompile("`([a-z]+(?:/[A-Za-z0-9_-]+)+(?:\\.[a-z]+)?)`")

// referringExtensions are the files whose references are followed.
var referringExtensions = []string{".go", ".md", ".sql", ".yaml", ".sh"}

// checkReferences follows what comments and pages say of places in the tree: a package that has moved leaves them
// behind.
func checkReferences(t *Tree) Report {
	var report Report
	places := placesOf(t)
	for _, f := range t.Files {
		if !slices.Contains(referringExtensions, path.Ext(f.Path)) && path.Base(f.Path) != "Makefile" || f.Test() {
			continue
		}
		number := 0
		for line := range strings.Lines(f.Text) {
			number++
			for _, named := range referencesIn(f, line, places) {
				if !places[named] {
					report.add(Finding{Path: f.Path, Line: number, Symbol: named, Text: named + " does not exist"})
				}
			}
		}
	}
	return report
}

// referencesIn lists the places that a line names. A page may name a folder that a user has, so only those of the tree
// count.
func referencesIn(f File, line string, places map[string]bool) []string {
	named := internalPath.FindAllString(line, -1)
	if path.Ext(f.Path) == ".md" {
		for _, match := range quotedPath.FindAllStringSubmatch(line, -1) {
			if first, _, _ := strings.Cut(match[1], "/"); places[first] {
				named = append(named, match[1])
			}
		}
	}
	return named
}

// placesOf has every file and every folder of the tree.
func placesOf(t *Tree) map[string]bool {
	places := map[string]bool{}
	for _, f := range t.Files {
		places[f.Path] = true
		for dir := f.Dir(); dir != "."; dir = path.Dir(dir) {
			places[dir] = true
		}
	}
	return places
}
