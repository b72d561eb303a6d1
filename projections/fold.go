package projections

import (
	"strings"
	"unicode"
)

// foldedBelow bounds the letters that are folded in the database: Latin with its extensions, Greek and Cyrillic.
const foldedBelow = 0x0530

// upperLetters and lowerLetters pair letters beyond ASCII: what the database takes for the same letter in another case
// depends on its locale, and in the locale C it knows ASCII alone.
var upperLetters, lowerLetters = letterPairs()

func letterPairs() (upper, lower string) {
	var from, to strings.Builder
	for r := rune(unicode.MaxASCII + 1); r < foldedBelow; r++ {
		if small := unicode.ToLower(r); small != r {
			from.WriteRune(r)
			to.WriteRune(small)
		}
	}
	return from.String(), to.String()
}

// Fold writes a text in the case in which texts are compared.
func Fold(text string) string { return strings.ToLower(text) }

// folded is the SQL of a column in that case; $upper and $lower are the numbers of the parameters of the pairs.
func folded(column, upper, lower string) string {
	return "translate(lower(" + column + "), " + upper + "::text, " + lower + "::text)"
}
