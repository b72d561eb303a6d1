package replay

import (
	"cmp"
	"context"
	"slices"
	"time"

	"tenure/internal/bus"
	"tenure/internal/store"
)

// Plan is what a replay would publish.
type Plan struct {
	Spans []store.Span
	// Counts by topic and type.
	Counts []Count
	// Messages and Bytes are their sums.
	Messages, Bytes int64
	// First and Last are the business times of the earliest and the latest of them; zero when there is none.
	First, Last time.Time
	// Has is how many messages the topic has, and Foreign how many of them are not of the log; only about what is missing.
	Has, Foreign int64
}

// Count is what a plan has of a topic and a type.
type Count struct {
	Topic    string `json:"topic"`
	Type     string `json:"type"`
	Messages int64  `json:"messages"`
	Bytes    int64  `json:"bytes"` // keys, values and headers
}

// Plan counts what a replay would publish by reading it all, and publishes nothing.
func (r *Runner) Plan(ctx context.Context, o Request) (Plan, error) {
	if err := o.Check(); err != nil {
		return Plan{}, err
	}
	from := sourceFor(r.Store, o)
	spans, err := r.spans(ctx, o, from)
	if err != nil {
		return Plan{}, err
	}
	choose, seen, err := r.chooser(ctx, o, from, spans)
	if err != nil {
		return Plan{}, err
	}
	plan := Plan{Spans: spans}
	if seen != nil {
		plan.Has, plan.Foreign = seen.messages, seen.foreign
	}
	counts := map[Count]*Count{}
	for _, span := range spans {
		err := walk(ctx, from, span, func(rec *record) {
			for _, m := range choose(span.Shard, rec) {
				plan.add(counts, rec, m)
			}
		})
		if err != nil {
			return Plan{}, err
		}
	}
	for _, c := range counts {
		plan.Counts = append(plan.Counts, *c)
	}
	slices.SortFunc(plan.Counts, func(a, b Count) int {
		return cmp.Or(cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.Type, b.Type))
	})
	return plan, nil
}

// add counts one message.
func (p *Plan) add(counts map[Count]*Count, r *record, m bus.Message) {
	key := Count{Topic: m.Topic, Type: string(m.Header("ce_type"))}
	c := counts[key]
	if c == nil {
		c = &Count{Topic: key.Topic, Type: key.Type}
		counts[key] = c
	}
	size := int64(m.Size())
	c.Messages, c.Bytes = c.Messages+1, c.Bytes+size
	p.Messages, p.Bytes = p.Messages+1, p.Bytes+size
	if p.First.IsZero() || r.at.Before(p.First) {
		p.First = r.at
	}
	if r.at.After(p.Last) {
		p.Last = r.at
	}
}

// walk calls fn with each record of a span.
func walk(ctx context.Context, from source, span store.Span, fn func(*record)) error {
	for at := span.First - 1; at < span.Last; {
		page, err := from.page(ctx, span.Shard, store.Place{Position: at}, int(min(pageMax, span.Last-at)))
		if err != nil || len(page) == 0 {
			return err
		}
		for i := range page {
			fn(&page[i])
		}
		at = page[len(page)-1].position
	}
	return nil
}
