package tidy

import (
	"fmt"
	"go/ast"
	"path"
	"slices"
	"strings"
	"unicode"
)

// genericWords name nothing: whatever is called so collects what has no place.
var genericWords = []string{
	"manager", "managers", "helper", "helpers", "util", "utils", "utility", "utilities", "common", "data", "info", "infos", "misc",
}

func sayTooMany(what string, got, limit int, unit string) string {
	return fmt.Sprintf("%s has %d %s, more than %d: split it along its ideas", what, got, unit, limit)
}

func checkGenericName(t *Tree) Report {
	var report Report
	for _, f := range t.Files {
		if ext := path.Ext(f.Path); ext != ".go" && ext != ".sql" || underTestdata(f.Path) {
			continue
		}
		for _, element := range strings.Split(strings.TrimSuffix(f.Path, path.Ext(f.Path)), "/") {
			if word := genericIn(element); word != "" {
				report.add(Finding{Path: f.Path, Line: 1, Text: fmt.Sprintf("%q in a path says nothing: name what it holds", word)})
			}
		}
		if f.AST == nil {
			continue
		}
		if word := genericIn(f.AST.Name.Name); word != "" {
			report.add(t.at(f.AST.Name, f.AST.Name.Name, "package %s says nothing: name what it owns", f.AST.Name.Name))
		}
		ast.Inspect(f.AST, func(n ast.Node) bool {
			if spec, ok := n.(*ast.TypeSpec); ok && genericIn(spec.Name.Name) != "" {
				report.add(t.at(spec, spec.Name.Name, "type %s says nothing: name what it is", spec.Name.Name))
			}
			return true
		})
	}
	return report
}

// genericIn gives the first generic word of a name, empty when there is none. Metadata is one word and passes.
func genericIn(name string) string {
	for _, word := range words(name) {
		if slices.Contains(genericWords, word) {
			return word
		}
	}
	return ""
}

// words splits a Go or file name at capitals and at everything that is no letter, in lower case.
func words(name string) []string {
	var list []string
	var word strings.Builder
	flush := func() {
		if word.Len() > 0 {
			list = append(list, strings.ToLower(word.String()))
			word.Reset()
		}
	}
	runes := []rune(name)
	for i, r := range runes {
		switch {
		case !unicode.IsLetter(r):
			flush()
			continue
		case unicode.IsUpper(r) && i > 0 && (unicode.IsLower(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1])):
			flush()
		}
		word.WriteRune(r)
	}
	flush()
	return list
}
