package projections

import (
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func TestFold_PairsLettersOfTheDatabaseAndOfGo(t *testing.T) {
	t.Parallel()
	require.Equal(t, utf8.RuneCountInString(upperLetters), utf8.RuneCountInString(lowerLetters))
	require.Contains(t, upperLetters, "Æ")
	require.NotContains(t, upperLetters, "A", "ASCII is the database's")
}
