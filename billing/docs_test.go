package billing

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// docExamplesMin guards against a fence that is no longer recognised.
const docExamplesMin = 28

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

// Each of the 30 rules has its paragraph.
func TestDocs_EveryRuleIsExplained(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/billing.md")
	require.NoError(t, err)
	for rule := 1; rule <= 30; rule++ {
		require.Contains(t, string(page),
			"**Rule "+MustAmount(string(rune('0'+rule/10))+string(rune('0'+rule%10))).String()+". ")
	}
}
