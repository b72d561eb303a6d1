package schemas_test

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/domain"
)

// longText is more than any text of a command may have.
var longText = strings.Repeat("x", 20_000)

// quoteMax is how many bytes a refusal quotes of what was sent.
const quoteMax = 64

// said is all that an outcome says of a refusal.
func said(t *testing.T, refused error) string {
	t.Helper()
	r, is := domain.AsRejection(refused)
	require.True(t, is)
	text, err := json.Marshal(r)
	require.NoError(t, err)
	return string(text)
}

// TestLimits_OfEveryText puts a text that is too long in the place of each text of each command: it is refused, also
// where nothing would change by it.
func TestLimits_OfEveryText(t *testing.T) {
	t.Parallel()
	for _, name := range domain.CommandTypes() {
		kind, _ := domain.CommandKind(name)
		if subjects[kind] == "" {
			continue // of runs and halts: an operator's, whose reasons have a limit
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var value map[string]any
			require.NoError(t, json.Unmarshal(sample(t, name), &value))
			eachText(value["data"], "", func(path string, set func(string)) {
				set(longText)
				raw, err := json.Marshal(value)
				require.NoError(t, err)
				_, refused := outcomeOf(t, name, raw)
				if !assert.Error(t, refused, "%s has %d characters, and nothing is said of it", path, len(longText)) {
					return
				}
				answer := said(t, refused)
				assert.NotContains(t, answer, strings.Repeat("x", quoteMax+1), "the refusal of %s quotes little", path)
				if strings.HasSuffix(path, "._id") {
					assert.Contains(t, answer, `_id"`, "names the property")
					assert.Contains(t, answer, "characters", "names the rule of %s", path)
				}
			})
		})
	}
}

// eachText calls fn for each text in a JSON value, and sets it back afterwards.
func eachText(value any, path string, fn func(path string, set func(string))) {
	switch value := value.(type) {
	case map[string]any:
		for name, inner := range value {
			if text, is := inner.(string); is {
				fn(path+"."+name, func(s string) { value[name] = s })
				value[name] = text
				continue
			}
			eachText(inner, path+"."+name, fn)
		}
	case []any:
		for i, inner := range value {
			at := path + "." + strconv.Itoa(i)
			if text, is := inner.(string); is {
				fn(at, func(s string) { value[i] = s })
				value[i] = text
				continue
			}
			eachText(inner, at, fn)
		}
	}
}
