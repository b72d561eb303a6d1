package domain

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
)

// Names and logins that look alike are alike: composed and decomposed letters are one, and what cannot be seen is
// refused.

// isPlain reports whether a text has neither control nor invisible characters.
func isPlain(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r) })
}

// checkText refuses a text that is too long or has characters that cannot be seen; lines are allowed where it has
// several.
func checkText(path, text string, longest int, lines bool) *Rejection {
	shown := text
	if lines {
		shown = strings.NewReplacer("\n", "", "\r", "", "\t", "").Replace(text)
	}
	if refused := checkLength(path, text, longest); refused != nil {
		return refused
	}
	if !isPlain(shown) {
		return invalid(path, "has control or invisible characters")
	}
	return nil
}

// checkLength refuses a text that is too long.
func checkLength(path, text string, longest int) *Rejection {
	if utf8.RuneCountInString(text) > longest {
		return invalid(path, fmt.Sprintf("has more than %d characters", longest))
	}
	return nil
}

// composed is a text in the form in which texts are kept and compared.
func composed(text string) string { return norm.NFC.String(text) }

// loginKey is the form in which names are compared: nobody tells addresses apart by case, by spaces around them, by how
// a letter is composed, or by the spelling of a domain.
func loginKey(name string) string {
	name = composed(strings.ToLower(strings.TrimSpace(name)))
	at := strings.LastIndexByte(name, '@')
	if at < 0 {
		return name
	}
	if ascii, err := idna.Lookup.ToASCII(name[at+1:]); err == nil {
		return name[:at+1] + ascii
	}
	return name
}
