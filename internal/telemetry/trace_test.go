package telemetry

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/trace"
	"pgregory.net/rapid"
)

// sample is the example of the W3C recommendation.
const sample = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

func TestTrace_TraceparentIsRead(t *testing.T) {
	t.Parallel()
	rows := []struct{ sentence, header, fails string }{
		{"the recommendation's example", sample, ""},
		{"an unsampled one", strings.TrimSuffix(sample, "01") + "00", ""},
		{"a later version with more fields", "cc" + sample[2:] + "-what-comes", ""},
		{"a later version without more fields", "cc" + sample[2:], ""},
		{"nothing", "", "too short"},
		{"a cut one", sample[:54], "too short"},
		{"version 00 with more fields", sample + "-more", "too long"},
		{"a later version that runs on", "cc" + sample[2:] + "more", "too long"},
		{"the forbidden version", "ff" + sample[2:], "version ff"},
		{"capitals", strings.ToUpper(sample), "not lower-case hexadecimal"},
		{"letters beyond f", strings.Replace(sample, "4b", "zz", 1), "not lower-case hexadecimal"},
		{"dashes at other places", "00-4bf92f3577b34da6a3ce929d0e0e473600-f067aa0ba902b7-01",
			"not of the form version-traceid-parentid-flags"},
		{"a trace of zeros", "00-" + strings.Repeat("0", 32) + "-00f067aa0ba902b7-01", "an id of zeros"},
		{"a parent of zeros", "00-4bf92f3577b34da6a3ce929d0e0e4736-" + strings.Repeat("0", 16) + "-01", "an id of zeros"},
	}
	for _, r := range rows {
		t.Run(r.sentence, func(t *testing.T) {
			t.Parallel()
			span, err := parseTraceparent(r.header)
			if r.fails != "" {
				require.EqualError(t, err, "telemetry: traceparent: "+r.fails)
				require.False(t, span.IsValid())
				return
			}
			require.NoError(t, err)
			require.True(t, span.IsRemote())
			require.Equal(t, sample[3:35], span.TraceID().String())
			require.Equal(t, sample[36:52], span.SpanID().String())
			require.Equal(t, !strings.HasSuffix(r.header, "00"), span.IsSampled())
		})
	}
}

func TestTrace_TraceparentGoesThroughAContext(t *testing.T) {
	t.Parallel()
	require.Equal(t, sample, TraceparentFrom(ContextWithTraceparent(t.Context(), sample)))
	require.Empty(t, TraceparentFrom(ContextWithTraceparent(t.Context(), "broken")), "a broken header starts no trace")
	require.Empty(t, TraceparentFrom(t.Context()))
}

func TestTrace_TraceparentWrittenIsReadBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var config trace.SpanContextConfig
		copy(config.TraceID[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "trace"))
		copy(config.SpanID[:], rapid.SliceOfN(rapid.Byte(), 8, 8).Draw(t, "span"))
		config.TraceFlags = trace.TraceFlags(rapid.Byte().Draw(t, "flags")) & trace.FlagsSampled
		config.Remote = true
		written := trace.NewSpanContext(config)
		read, err := parseTraceparent(formatTraceparent(written))
		if !written.IsValid() {
			require.Error(t, err)
			return
		}
		require.NoError(t, err)
		require.True(t, written.Equal(read))
	})
}
