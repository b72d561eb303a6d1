package domain

import (
	"errors"
	"regexp/syntax"
)

// PatternSizeMax bounds the compiled size of all regular expressions of an employee's apiAccessFilter, in instructions:
// one instruction is some 40 bytes, and repetitions multiply, so that the length of the text bounds nothing.
const PatternSizeMax = 1_000

// ErrPatternSize means that an expression is too large when it is compiled.
var ErrPatternSize = errors.New("the expression is too large when it is compiled")

// PatternSize returns how many instructions a regular expression of Go compiles to, at most. It compiles nothing: the
// size is computed from the parsed text, with an error where it exceeds PatternSizeMax.
func PatternSize(expression string) (int, error) { return sizeOf(expression, syntax.Perl) }

// POSIXPatternSize is PatternSize of a POSIX extended expression.
func POSIXPatternSize(expression string) (int, error) { return sizeOf(expression, syntax.POSIX) }

func sizeOf(expression string, as syntax.Flags) (int, error) {
	parsed, err := syntax.Parse(expression, as)
	if err != nil {
		return 0, err
	}
	n := patternSize(parsed)
	if n > PatternSizeMax {
		return n, ErrPatternSize
	}
	return n, nil
}

// patternSize counts the instructions of a part; at the bound it stops multiplying.
func patternSize(part *syntax.Regexp) int {
	n := 1
	if part.Op == syntax.OpLiteral {
		n = len(part.Rune)
	}
	if part.Op == syntax.OpCharClass {
		n = 1 + len(part.Rune)/4 // ranges of a class are compared one by one
	}
	for _, sub := range part.Sub {
		n += patternSize(sub)
	}
	if part.Op == syntax.OpRepeat {
		n *= max(part.Max, part.Min+1, 1)
	}
	return min(n, PatternSizeMax+1)
}
