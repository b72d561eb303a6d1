package architecture

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
	"manager",
	"managers",
	"helper",
	"helpers",
	"util",
	"utils",
	"utility",
	"utilities",
	"common",
	"data",
	"info",
	"infos",
	"misc",
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
		if word := genericInPath(f.Path); word != "" {
			report.add(Finding{Path: f.Path, Line: 1, Text: fmt.Sprintf("%q in a path says nothing: name what it holds", word)})
		}
	}
	for _, f := range t.Go() {
		if genericIn(f.AST.Name.Name) != "" {
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

// genericInPath gives the first generic word of a path's folders and of its file's name.
func genericInPath(name string) string {
	for element := range strings.SplitSeq(strings.TrimSuffix(name, path.Ext(name)), "/") {
		if word := genericIn(element); word != "" {
			return word
		}
	}
	return ""
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
		letter := unicode.IsLetter(r)
		if !letter || beginsWord(runes, i) {
			flush()
		}
		if letter {
			word.WriteRune(r)
		}
	}
	flush()
	return list
}

// beginsWord sees a capital after a small letter, and the last capital of several before a small letter.
func beginsWord(runes []rune, i int) bool {
	if i == 0 || !unicode.IsUpper(runes[i]) {
		return false
	}
	return unicode.IsLower(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1])
}
