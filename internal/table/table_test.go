package table

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTable_AlignsMoneyRightAndTextLeft(t *testing.T) {
	t.Parallel()
	tb := New("WHO", ">AMOUNT", "WHY")
	tb.Add("a", "1.00", "short")
	tb.Add("longer", "1234.50", "")
	tb.Add("ø", "-3.25", "two × one")
	require.Equal(t, 3, tb.Len())
	var out strings.Builder
	tb.Write(&out, "| ")
	require.Equal(t, strings.Join([]string{
		"| WHO      AMOUNT  WHY",
		"| a          1.00  short",
		"| longer  1234.50",
		"| ø         -3.25  two × one",
		"",
	}, "\n"), out.String())
}

func TestTable_WithoutRowsSaysSo(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	New("A", ">B").Write(&out, "")
	require.Equal(t, "(none)\n", out.String())
}

func TestTable_KeepsToItsColumns(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name  string
		cells [][]string
		want  string
	}{
		{"a title may be wider than what stands below it", [][]string{{"a", "1"}}, "NAME  COUNT\na         1\n"},
		{"a cell may be empty", [][]string{{"", "1"}, {"b", ""}}, "NAME  COUNT\n          1\nb\n"},
		{"rows stay in their order", [][]string{{"b", "2"}, {"a", "1"}}, "NAME  COUNT\nb         2\na         1\n"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			tb := New("NAME", ">COUNT")
			for _, cells := range row.cells {
				tb.Add(cells...)
			}
			var out strings.Builder
			tb.Write(&out, "")
			require.Equal(t, row.want, out.String())
		})
	}
}
