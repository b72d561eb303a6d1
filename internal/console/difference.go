package console

import "strings"

// differenceMax bounds the lines of each side: the table of what is common grows with their product.
const differenceMax = 800

// diffLine is a line of a difference.
type diffLine struct {
	Sign string // +, − or empty
	Text string
}

// Added reports whether the line is new.
func (l diffLine) Added() bool { return l.Sign == "+" }

// Removed reports whether the line is gone.
func (l diffLine) Removed() bool { return l.Sign == "−" }

// differenceOf puts two texts beside each other, line by line; false where one is too long.
func differenceOf(was, is string) ([]diffLine, bool) {
	a, b := strings.Split(was, "\n"), strings.Split(is, "\n")
	if len(a) > differenceMax || len(b) > differenceMax {
		return nil, false
	}
	common := commonLines(a, b)
	var out []diffLine
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			out = append(out, diffLine{"", a[i]})
			i, j = i+1, j+1
		case j == len(b) || i < len(a) && common[i+1][j] >= common[i][j+1]:
			out = append(out, diffLine{"−", a[i]})
			i++
		default:
			out = append(out, diffLine{"+", b[j]})
			j++
		}
	}
	return out, true
}

// commonLines is how many lines two texts have in common from each pair of places on.
func commonLines(a, b []string) [][]int {
	table := make([][]int, len(a)+1)
	for i := range table {
		table[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				table[i][j] = table[i+1][j+1] + 1
			} else {
				table[i][j] = max(table[i+1][j], table[i][j+1])
			}
		}
	}
	return table
}
