package telemetry

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSpan_HangsBelowTheOneThatAHeaderNames(t *testing.T) {
	t.Parallel()
	first, second := Spans{}.Continue(sample, "decide"), Spans{}.Continue(sample, "decide")
	for _, span := range []Span{first, second} {
		require.Equal(t, sample[:36], span.Traceparent[:36], "the same trace")
		require.Equal(t, sample[52:], span.Traceparent[52:], "and its flags")
		require.NotEqual(t, sample[36:52], span.Traceparent[36:52], "with a separate id")
		require.Equal(t, sample[3:35], span.TraceID())
		span.End()
	}
	require.NotEqual(t, first.Traceparent, second.Traceparent)
}

func TestSpan_NoHeaderIsNoSpan(t *testing.T) {
	t.Parallel()
	for _, header := range []string{"", "broken", sample[:54]} {
		span := Spans{}.Continue(header, "decide")
		require.Equal(t, Span{}, span)
		require.Empty(t, span.TraceID())
		span.End()
	}
}
