package worker

import (
	"time"

	"tenure/internal/telemetry"
)

// spanDecide is the name of the span of a command from its decoding to the commit of its batch.
const spanDecide = "tenure decide"

// spanBatch is the name of the span of a batch, which is linked to those of its commands.
const spanBatch = "tenure batch"

// sampledTrace is a trace of a batch that is kept, empty where there is none.
func sampledTrace(items []*item) string {
	for _, it := range items {
		if it.span.Sampled() {
			return it.span.TraceID()
		}
	}
	return ""
}

// endSpans ends the spans of a batch, and logs for debugging which commands of which traces were in it.
func (o *owner) endSpans(items []*item, began time.Time) {
	var spans []telemetry.Span
	defer func() {
		o.Spans.Batch(spanBatch, began, spans, map[string]int64{
			"tenure.shard": int64(o.claim.Shard), "tenure.commands": int64(len(items))})
	}()
	for _, it := range items {
		if it.span.Traceparent == "" {
			continue
		}
		it.span.End()
		spans = append(spans, it.span)
		o.Log.Debug(
			"worker: took a command of a trace",
			telemetry.KeyTraceID,
			it.span.TraceID(),
			telemetry.KeyCommandID,
			it.id,
			telemetry.KeyKind,
			it.kind,
			telemetry.KeyShard,
			o.claim.Shard,
		)
	}
}
