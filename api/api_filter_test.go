package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/domain"
)

// worstFilters are filters that are accepted and cost much: one large expression, and as many as there may be.
func worstFilters(t testing.TB) map[string][]byte {
	all := map[string][]byte{}
	for name, expressions := range map[string][]string{
		"one automaton":   {"(" + strings.Repeat("a?", 150) + "){2}x"},
		"many wildcards":  {strings.Repeat(".*a", 160) + "b"},
		"classes":         {"([a-z]|[0-9a-f]){40}/?"},
		"ten expressions": {},
	} {
		if name == "ten expressions" {
			for n := range 10 {
				expressions = append(expressions, fmt.Sprintf("(%s)*x%d", strings.Repeat("a?", 20), n))
			}
		}
		filter := make([]endpoint, len(expressions))
		size := 0
		for i, expression := range expressions {
			n, err := domain.PatternSize(expression)
			require.NoError(t, err, name)
			size += n
			filter[i] = endpoint{Endpoint: expression, Type: typeRegexp}
		}
		require.LessOrEqual(t, size, domain.PatternSizeMax, name)
		raw, err := json.Marshal(filter)
		require.NoError(t, err)
		all[name] = raw
	}
	return all
}

// worstPath is as long as a path may be that expressions are tried on, and matches none of them.
func worstPath() string { return "/" + strings.Repeat("a", filteredPathMax-1) }

// TestAPIFilter_TheWorstCostsLittle has a bound far above what a quiet machine takes (see the benchmark): without those
// on size and length a request costs seconds.
func TestAPIFilter_TheWorstCostsLittle(t *testing.T) {
	t.Parallel()
	for name, raw := range worstFilters(t) {
		h := holder{filter: compileFilter(raw)}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://sample.example"+worstPath(), nil)
		require.NoError(t, err)
		fastest := time.Minute
		for range 20 {
			begun := time.Now()
			require.False(t, h.mayCall(r), name)
			fastest = min(fastest, time.Since(begun))
		}
		require.Less(t, fastest, 100*time.Millisecond, name)
	}
}

func TestAPIFilter_NoExpressionIsTriedOnALongPath(t *testing.T) {
	t.Parallel()
	raw, err := json.Marshal([]endpoint{{Endpoint: "/a*", Type: typeRegexp}})
	require.NoError(t, err)
	h := holder{filter: compileFilter(raw)}
	for length, want := range map[int]bool{filteredPathMax: true, filteredPathMax + 1: false} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet,
			"http://sample.example/"+strings.Repeat("a", length-1), nil)
		require.NoError(t, err)
		require.Equal(t, want, h.mayCall(r), length)
	}
}

// BenchmarkAPIFilter is what the worst filters that are accepted add to a request: compiled once, and matched.
func BenchmarkAPIFilter(b *testing.B) {
	r, err := http.NewRequestWithContext(b.Context(), http.MethodGet, "http://sample.example"+worstPath(), nil)
	require.NoError(b, err)
	for name, raw := range worstFilters(b) {
		b.Run("match "+name, func(b *testing.B) {
			h := holder{filter: compileFilter(raw)}
			for b.Loop() {
				h.mayCall(r)
			}
		})
		b.Run("compile "+name, func(b *testing.B) {
			for b.Loop() {
				compileFilter(raw)
			}
		})
	}
}
