package table

import (
	"io"
	"strings"
	"unicode/utf8"
)

// Table is rows under titles.
type Table struct {
	titles []string
	right  []bool
	rows   [][]string
}

// New returns an empty table. The column of a title that begins with ">" is aligned to the right, for numbers and
// money.
func New(titles ...string) *Table {
	t := &Table{titles: make([]string, len(titles)), right: make([]bool, len(titles))}
	for i, title := range titles {
		t.titles[i], t.right[i] = strings.CutPrefix(title, ">")
	}
	return t
}

// Add appends a row with one cell for each title.
func (t *Table) Add(cells ...string) { t.rows = append(t.rows, cells) }

// Len is the number of rows.
func (t *Table) Len() int { return len(t.rows) }

// gap separates two columns.
const gap = "  "

// Write prints the table, each line after the indent; without rows it prints "(none)".
func (t *Table) Write(w io.Writer, indent string) {
	if len(t.rows) == 0 {
		_, _ = io.WriteString(w, indent+"(none)\n")
		return
	}
	all := append([][]string{t.titles}, t.rows...)
	widths := make([]int, len(t.titles))
	for _, row := range all {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var b strings.Builder
	for _, row := range all {
		b.WriteString(strings.TrimRight(indent+t.line(row, widths), " "))
		b.WriteByte('\n')
	}
	_, _ = io.WriteString(w, b.String()) // a closed terminal has no reader
}

func (t *Table) line(row []string, widths []int) string {
	var b strings.Builder
	for i, cell := range row {
		if i > 0 {
			b.WriteString(gap)
		}
		space := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
		if t.right[i] {
			b.WriteString(space + cell)
		} else {
			b.WriteString(cell + space)
		}
	}
	return b.String()
}
