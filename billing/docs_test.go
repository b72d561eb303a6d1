package billing

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// docExamplesMin guards against a fence that is no longer recognised.
const docExamplesMin = 36

// The examples of the accountant's page are scripts, and are played as they stand.
func TestDocs_TheExamplesAreWhatTheProgramMakes(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/billing.md")
	require.NoError(t, err)
	parts := strings.Split(string(page), "```billing\n")
	require.Greater(t, len(parts), docExamplesMin)
	for i, part := range parts[1:] {
		example, _, closed := strings.Cut(part, "```\n")
		require.True(t, closed, "example %d has no end", i+1)
		before := strings.Split(strings.TrimSpace(parts[i]), "\n")
		t.Run(before[len(before)-1], func(t *testing.T) {
			t.Parallel()
			play(t, example)
		})
	}
}

// Each of the 30 rules has its paragraph and, but for the one that moves no money, an example that is played: 28 beside
// the bounds.
func TestDocs_EveryRuleIsExplained(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/billing.md")
	require.NoError(t, err)
	for rule := 1; rule <= 30; rule++ {
		_, text, found := strings.Cut(string(page), fmt.Sprintf("**Rule %d. ", rule))
		require.True(t, found, "rule %d", rule)
		text, _, _ = strings.Cut(text, "**Rule ")
		if rule != 27 {
			require.Regexp(t, "```(billing|bounds)\n", text, "rule %d has no example", rule)
		}
	}
}
