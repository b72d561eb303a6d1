package table

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMoneyIsAlignedToTheRightAndTextToTheLeft(t *testing.T) {
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

func TestATableWithoutRowsSaysSo(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	New("A", ">B").Write(&out, "")
	require.Equal(t, "(none)\n", out.String())
}
