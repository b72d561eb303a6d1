package telemetry

import (
	"context"
	"crypto/rand"

	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"
)

// tracerName names the source of the spans.
const tracerName = "tenure"

// Spans makes spans in traces that others began. It begins none: a message without a trace costs nothing. The zero
// value exports nothing and still gives each span its own id, so that what a command leads to hangs below it.
type Spans struct {
	// Provider is where spans go; nil means nowhere. There is no exporter in this program: whoever wants one needs the
	// OpenTelemetry SDK.
	Provider trace.TracerProvider
}

// Span is work within a caller's trace. The zero value is none.
type Span struct {
	// Traceparent is the header of what this work causes; empty outside a trace.
	Traceparent string
	span        trace.Span
}

// Continue begins a span below the one that a traceparent header names. A header that is empty or cannot be read gives
// no span: a trace is never a reason to refuse a message.
func (s Spans) Continue(header, name string) Span {
	if header == "" {
		return Span{}
	}
	parent, err := parseTraceparent(header)
	if err != nil {
		return Span{}
	}
	provider := s.Provider
	if provider == nil {
		provider = noop.NewTracerProvider()
	}
	ctx := trace.ContextWithRemoteSpanContext(context.Background(), parent)
	_, span := provider.Tracer(tracerName).Start(ctx, name, trace.WithSpanKind(trace.SpanKindConsumer))
	own := span.SpanContext()
	if !own.IsValid() || own.SpanID() == parent.SpanID() { // it is not recorded
		own = parent.WithSpanID(newSpanID())
	}
	return Span{Traceparent: formatTraceparent(own), span: span}
}

// newSpanID is random; all zeros would be none, and does not come.
func newSpanID() (id trace.SpanID) {
	_, _ = rand.Read(id[:]) // it does not fail: the standard library ends the process where it would
	return id
}

// End ends the span; ending none, or again, does nothing.
func (s Span) End() {
	if s.span != nil {
		s.span.End()
	}
}

// TraceID is the trace's id as a log has it, empty outside a trace.
func (s Span) TraceID() string {
	if s.Traceparent == "" {
		return ""
	}
	return s.Traceparent[traceIDFrom:traceIDTo]
}

// The place of the trace's id in a traceparent of version 00.
const traceIDFrom, traceIDTo = traceparentVersionBytes + 1, traceparentVersionBytes + 1 + 32
