package architecture

import (
	"slices"
	"strings"
	"unicode"
)

// testNameWordsMax is how many words the thing that a test is named after may have.
const testNameWordsMax = 4

// sentenceWords begin a sentence, and no name of a thing.
var sentenceWords = []string{
	"a", "an", "the", "what", "who", "whose", "when", "where", "how", "each", "every", "nobody", "it", "that", "this",
}

// checkTestName wants TestThing_Behaviour: whoever looks for the tests of a thing finds them by its name. TestThing
// alone is a table of all that it does.
func checkTestName(t *Tree) Report {
	var report Report
	for _, fn := range functions(t) {
		if name := fn.decl.Name.Name; fn.test && isTest(fn.decl) && !namesThing(strings.TrimPrefix(name, "Test")) {
			report.add(t.at(fn.decl, name, "%s: name it TestThing_Behaviour, the sentence goes into its rows", name))
		}
	}
	return report
}

// namesThing reports whether the rest of a test's name is a thing, or a thing and its behaviour.
func namesThing(name string) bool {
	thing, behaviour, both := strings.Cut(name, "_")
	parts := words(thing)
	if len(parts) == 0 || slices.Contains(sentenceWords, parts[0]) {
		return false
	}
	if !both {
		return len(parts) < testNameWordsMax
	}
	first := []rune(behaviour + "_")[0]
	return len(parts) <= testNameWordsMax && (unicode.IsUpper(first) || unicode.IsDigit(first)) &&
		!strings.Contains(behaviour, "_")
}
