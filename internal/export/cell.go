package export

import "strings"

// formulaSigns begin what a spreadsheet takes for a formula, or what hides one from the eye.
const formulaSigns = "=+-@\t\r\n"

// cell makes a text safe for spreadsheets: one that would be taken for a formula gets an apostrophe, which they do not
// show. Plain decimal numbers stay numbers, also negative ones.
func cell(text string) string {
	if text == "" || !strings.ContainsRune(formulaSigns, rune(text[0])) || isDecimal(text) {
		return text
	}
	return "'" + text
}

// isDecimal reports whether a text is a number as we write them: digits, at most one point between them, at most one
// minus before them.
func isDecimal(text string) bool {
	whole, fraction, pointed := strings.Cut(strings.TrimPrefix(text, "-"), ".")
	return digits(whole) && (!pointed || digits(fraction))
}

func digits(text string) bool { return text != "" && strings.Trim(text, "0123456789") == "" }
