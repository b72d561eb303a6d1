package schemas_test

import (
	"encoding/json"
	"sort"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/domain"
)

// isLimit reports whether a number may be the limit of a free text, in characters or bytes: a round one, or that of a
// name. What is one off is none.
func isLimit(n int) bool { return n%10 == 0 && n < len(longText) || n == 64 }

// customMax is the limit of all custom properties together, in bytes of their JSON.
const customMax = 4 << 10

// TestLimits_EndAtTheirLastCharacter looks for the longest text that each free text of each command takes, of letters
// of one byte and of two: it ends at a limit exactly, whether that counts characters or bytes.
func TestLimits_EndAtTheirLastCharacter(t *testing.T) {
	t.Parallel()
	for _, name := range domain.CommandTypes() {
		kind, _ := domain.CommandKind(name)
		if subjects[kind] == "" {
			continue // of runs and halts
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var value map[string]any
			require.NoError(t, json.Unmarshal(sample(t, name), &value))
			eachText(value["data"], "", func(path string, set func(string)) {
				longest := func(letter string) int {
					return sort.Search(len(longText), func(n int) bool {
						set(strings.Repeat(letter, n+1))
						raw, err := json.Marshal(value)
						require.NoError(t, err)
						decided, refused := outcomeOf(t, name, raw)
						return refused != nil || len(decided) == 0
					})
				}
				one, two := longest("x"), longest("é")
				if one == 0 {
					return // has another form
				}
				if property, custom := strings.CutPrefix(path, ".custom."); custom {
					assert.Equal(t, customMax, one+len(`{"`+property+`":""}`), path)
				} else {
					assert.True(t, isLimit(one), "%s takes %d characters", path, one)
				}
				assert.Contains(t, []int{one, one / 2, 0}, two, "%s takes %d letters of one byte and %d of two", path, one, two)
			})
		})
	}
}
