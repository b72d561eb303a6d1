package bench

import (
	"context"

	"github.com/jackc/pgx/v5"

	"tenure/events"
	"tenure/internal/bus"
	"tenure/projections"
)

// relay folds the events into the read model and publishes them and the outcome, one by one.
func (p *plain) relay(
	ctx context.Context,
	m bus.Message,
	recorded []events.Recorded,
	outcome []byte,
	say bus.Say,
) error {
	b := &pgx.Batch{}
	if err := (projections.Directory{}).Write(ctx, p.db, recorded, b); err != nil {
		return err
	}
	if err := p.db.InTx(ctx, b); err != nil {
		return err
	}
	for _, f := range recorded {
		payload, err := events.Encode(f.Event)
		if err != nil {
			return err
		}
		if err := say(bus.Message{Topic: plainEvents, Key: m.Key, Value: payload, Headers: m.Headers}); err != nil {
			return err
		}
	}
	return say(bus.Message{Topic: plainEvents, Key: m.Key, Value: outcome, Headers: m.Headers})
}
