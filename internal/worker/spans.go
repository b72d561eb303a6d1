package worker

import "tenure/internal/telemetry"

// spanDecide is the name of the span of a command from its decoding to the commit of its batch.
const spanDecide = "tenure decide"

// endSpans ends the spans of a batch, and logs for debugging which commands of which traces were in it.
func (o *owner) endSpans(items []*item) {
	for _, it := range items {
		if it.span.Traceparent == "" {
			continue
		}
		it.span.End()
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
