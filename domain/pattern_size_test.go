package domain_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/domain"
)

func TestPatternSize_BoundsWhatCompiles(t *testing.T) {
	t.Parallel()
	for _, small := range []string{"/employee/[0-9a-f]{24}", "/employee(/.*)?", "(a|b|c)+", "",
		"/rest/v1\\.0/[^/]+/users"} {
		n, err := domain.PatternSize(small)
		require.NoError(t, err, small)
		assert.Less(t, n, 200, small)
	}
	for _, bomb := range []string{strings.Repeat("a{0,1000}", 54), "(([a-z]{1,20}){1,50})x{9}", "(a{500}){2}b{9}"} {
		_, err := domain.PatternSize(bomb)
		require.ErrorIs(t, err, domain.ErrPatternSize, bomb)
	}
	// Go refuses what repeats more than 1 000 times
	for _, invalid := range []string{"(", "x|(([a-z]{1,50}){1,50}){1,20}"} {
		_, err := domain.POSIXPatternSize(invalid)
		require.Error(t, err, invalid)
	}
}
