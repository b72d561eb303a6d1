package console

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestDifferenceOf_PutsLinesBesideEachOther(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct{ was, is, want string }{
		"the same":           {"a\nb", "a\nb", " a| b"},
		"a line is mended":   {"a\nb\nc", "a\nx\nc", " a|−b|+x| c"},
		"a line is added":    {"a\nc", "a\nb\nc", " a|+b| c"},
		"a line is gone":     {"a\nb\nc", "a\nc", " a|−b| c"},
		"all is another":     {"a", "b", "−a|+b"},
		"nothing came":       {"", "a", "−|+a"},
		"the rest was lost":  {"a\nb", "a\nb\nc\nd", " a| b|+c|+d"},
		"two lines are both": {"a\nb\na\nb", "b\na", "−a| b| a|−b"},
	} {
		lines, ok := differenceOf(row.was, row.is)
		assert.True(t, ok, name)
		var got []string
		for _, l := range lines {
			sign := l.Sign
			if sign == "" {
				sign = " "
			}
			assert.Equal(t, [2]bool{sign == "+", sign == "−"}, [2]bool{l.Added(), l.Removed()}, name)
			got = append(got, sign+l.Text)
		}
		assert.Equal(t, row.want, strings.Join(got, "|"), name)
	}
	_, ok := differenceOf(strings.Repeat("x\n", differenceMax+1), "x")
	assert.False(t, ok, "a long text is not compared")
}
