package telemetry

import (
	"crypto/rand"
	"time"

	"go.opentelemetry.io/otel/trace"
)

// Spans makes spans in traces that others began. It begins none for a command: a message without a trace costs nothing.
// The zero value exports nothing and still gives each span its own id, so that what a command leads to hangs below it.
type Spans struct {
	// Exporter is where the spans of sampled traces go; nil means nowhere.
	Exporter *Exporter
}

// Span is work within a caller's trace. The zero value is none.
type Span struct {
	// Traceparent is the header of what this work causes; empty outside a trace.
	Traceparent string
	name        string
	own         trace.SpanContext
	parent      trace.SpanID
	began       time.Time
	exporter    *Exporter
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
	own := parent.WithSpanID(newSpanID())
	return Span{
		Traceparent: formatTraceparent(own), name: name, own: own, parent: parent.SpanID(), began: time.Now(),
		exporter: s.Exporter,
	}
}

// Batch exports a batch of work that took up spans of several traces: a span in a separate trace, with a link to each
// that is sampled; where none is, nothing. numbers say what it was, by name.
func (s Spans) Batch(name string, began time.Time, of []Span, numbers map[string]int64) {
	if s.Exporter == nil {
		return
	}
	batch := finished{name: name, began: began, ended: time.Now(), kind: kindInternal, numbers: numbers}
	for i := range of {
		if of[i].own.IsSampled() {
			batch.links = append(batch.links, of[i].own)
		}
	}
	if len(batch.links) > 0 {
		batch.own = newTrace()
		s.Exporter.add(batch)
	}
}

// Work exports work that no command caused, such as a run or a reader's page, as a span in a separate trace. numbers
// say what it was, by name. Without a collector it does nothing.
func (s Spans) Work(name string, began, ended time.Time, numbers map[string]int64) {
	if s.Exporter != nil {
		s.Exporter.add(finished{
			name: name, own: newTrace(), began: began, ended: ended, kind: kindInternal, numbers: numbers,
		})
	}
}

// newSpanID is random; all zeros would be none, and does not come.
func newSpanID() (id trace.SpanID) {
	_, _ = rand.Read(id[:]) // it does not fail: the standard library ends the process where it would
	return id
}

// newTrace is a span that nobody asked for, of a new trace.
func newTrace() trace.SpanContext {
	config := trace.SpanContextConfig{SpanID: newSpanID(), TraceFlags: trace.FlagsSampled}
	_, _ = rand.Read(config.TraceID[:])
	return trace.NewSpanContext(config)
}

// End ends the span and exports it where its trace is sampled; ending none does nothing.
func (s Span) End() {
	if s.exporter != nil && s.own.IsSampled() {
		s.exporter.add(finished{
			name: s.name, own: s.own, parent: s.parent, began: s.began, ended: time.Now(), kind: kindConsumer,
		})
	}
}

// TraceID is the trace's id as a log has it, empty outside a trace.
func (s Span) TraceID() string {
	if s.Traceparent == "" {
		return ""
	}
	return s.Traceparent[traceIDFrom:traceIDTo]
}

// Sampled reports whether whoever began the trace keeps it.
func (s Span) Sampled() bool { return s.own.IsSampled() }

// The place of the trace's id in a traceparent of version 00.
const traceIDFrom, traceIDTo = traceparentVersionBytes + 1, traceparentVersionBytes + 1 + 32
