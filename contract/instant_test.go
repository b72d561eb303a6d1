package contract_test

import (
	"encoding/json"
	"testing"

	"tenure/contract"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestInstant_OfADate(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, given, want string }{
		{"a day is its first instant in UTC", `"2026-05-20"`, `"2026-05-20T00:00:00.000Z"`},
		{"an instant has milliseconds", `"2026-05-20T07:30:00Z"`, `"2026-05-20T07:30:00.000Z"`},
		{"another offset becomes Z", `"2026-05-20T09:30:00.1255+02:00"`, `"2026-05-20T07:30:00.125Z"`},
		{"what is no date stays as it was told", `"next week"`, `"next week"`},
		{"so does null", `null`, `null`},
		{"and an object", `{"at":1}`, `{"at":1}`},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, row.want, string(contract.PublishedDate(json.RawMessage(row.given))))
		})
	}
}

func TestInstant_IsReadAsItWasWritten(t *testing.T) {
	t.Parallel()
	var at contract.Instant
	require.NoError(t, json.Unmarshal([]byte(`"2026-05-20T07:30:00.125Z"`), &at))
	raw, err := json.Marshal(at)
	require.NoError(t, err)
	assert.Equal(t, `"2026-05-20T07:30:00.125Z"`, string(raw))
	require.Error(t, json.Unmarshal([]byte(`"noon"`), &at))
}
