package telemetry

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/embedded"
	"go.opentelemetry.io/otel/trace/noop"
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

// recording is a provider as an SDK brings it: it gives ids, and notes what was ended.
type recording struct {
	embedded.TracerProvider
	ended []string
}

// Tracer is the recording's own.
func (r *recording) Tracer(string, ...trace.TracerOption) trace.Tracer { return recorder{recording: r} }

type recorder struct {
	embedded.Tracer
	*recording
}

// Start begins a span with a fixed id.
func (r recorder) Start(ctx context.Context, name string, _ ...trace.SpanStartOption) (context.Context, trace.Span) {
	own := trace.SpanContextFromContext(ctx).WithSpanID(trace.SpanID{1, 2, 3, 4, 5, 6, 7, 8})
	return ctx, recorded{Span: noop.Span{}, name: name, own: own, of: r.recording}
}

type recorded struct {
	noop.Span
	name string
	own  trace.SpanContext
	of   *recording
}

// SpanContext is the span's.
func (r recorded) SpanContext() trace.SpanContext { return r.own }

// End notes it.
func (r recorded) End(...trace.SpanEndOption) { r.of.ended = append(r.of.ended, r.name) }

func TestSpans_GoToTheProviderThatIsThere(t *testing.T) {
	t.Parallel()
	sdk := &recording{}
	span := Spans{Provider: sdk}.Continue(sample, "decide")
	require.Equal(t, sample[:36]+"0102030405060708"+sample[52:], span.Traceparent)
	require.Empty(t, sdk.ended)
	span.End()
	require.Equal(t, []string{"decide"}, sdk.ended)
}
