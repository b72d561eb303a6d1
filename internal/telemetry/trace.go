package telemetry

import (
	"context"
	"encoding/hex"
	"fmt"
	"strings"

	"go.opentelemetry.io/otel/trace"
)

// headerTraceparent is the name of the W3C header, on HTTP and on Kafka messages.
const headerTraceparent = "traceparent"

// Lengths of a traceparent, from the W3C Trace Context recommendation: version-traceid-parentid-flags in lower-case
// hex.
const (
	traceparentBytes        = 2 + 1 + 32 + 1 + 16 + 1 + 2
	traceparentForbidden    = "ff" // the one version that is invalid
	traceparentVersionNow   = "00"
	traceparentVersionBytes = 2
)

// parseTraceparent reads a traceparent as a remote span context. A later version than 00 is read by what it shares
// with 00, as the recommendation requires. The error does not repeat the header: it came from outside.
func parseTraceparent(header string) (trace.SpanContext, error) {
	fail := func(why string) (trace.SpanContext, error) {
		return trace.SpanContext{}, fmt.Errorf("telemetry: traceparent: %s", why)
	}
	if len(header) < traceparentBytes {
		return fail("too short")
	}
	version, rest := header[:traceparentVersionBytes], header[traceparentBytes:]
	switch {
	case version == traceparentForbidden:
		return fail("version ff")
	case version == traceparentVersionNow && rest != "", rest != "" && rest[0] != '-':
		return fail("too long")
	}
	raw, why := traceparentParts(header[:traceparentBytes])
	if why != "" {
		return fail(why)
	}
	var config trace.SpanContextConfig
	copy(config.TraceID[:], raw[1:17])
	copy(config.SpanID[:], raw[17:25])
	config.TraceFlags = trace.TraceFlags(raw[25]) & trace.FlagsSampled
	config.Remote = true
	parsed := trace.NewSpanContext(config)
	if !parsed.IsValid() {
		return fail("an id of zeros")
	}
	return parsed, nil
}

// traceparentParts gives version, trace id, parent id and flags, one behind the other, or why they are none.
func traceparentParts(header string) (raw []byte, why string) {
	parts := strings.Split(header, "-")
	if len(parts) != 4 || len(parts[0]) != 2 || len(parts[1]) != 32 || len(parts[2]) != 16 {
		return nil, "not of the form version-traceid-parentid-flags"
	}
	raw, err := hex.DecodeString(strings.Join(parts, ""))
	if err != nil || strings.ToLower(header) != header {
		return nil, "not lower-case hexadecimal"
	}
	return raw, ""
}

// formatTraceparent writes a span context as version 00, empty when it is not valid.
func formatTraceparent(span trace.SpanContext) string {
	if !span.IsValid() {
		return ""
	}
	return fmt.Sprintf(
		"%s-%s-%s-%s",
		traceparentVersionNow,
		span.TraceID(),
		span.SpanID(),
		span.TraceFlags()&trace.FlagsSampled,
	)
}

// ContextWithTraceparent continues the trace of a header. A header that cannot be read, or none, starts no trace and is
// no error: a trace is never a reason to refuse a message.
func ContextWithTraceparent(ctx context.Context, header string) context.Context {
	span, err := parseTraceparent(header)
	if err != nil {
		return ctx
	}
	return trace.ContextWithRemoteSpanContext(ctx, span)
}

// TraceparentFrom gives the header for what a context causes, empty outside a trace.
func TraceparentFrom(ctx context.Context) string {
	return formatTraceparent(trace.SpanContextFromContext(ctx))
}
