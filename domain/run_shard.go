package domain

import (
	"tenure/events"
)

// RunShard is the state of a run's part in one shard.
type RunShard struct {
	noTimers
	ID   string `json:"-"`
	Open bool   `json:"open,omitempty"`
	Done bool   `json:"done,omitempty"`
}

// Evolve folds RunShardOpened and RunShardCompleted.
func (r *RunShard) Evolve(e events.Event) {
	switch e.(type) {
	case events.RunShardOpened:
		r.Open = true
	case events.RunShardCompleted:
		r.Done = true
	}
}

// Decide answers OpenRunShard.
func (r *RunShard) Decide(c Command, w World) ([]events.Event, error) {
	if err := w.permitAll(c.Operation()); err != nil {
		return nil, err
	}
	open, ok := c.(OpenRunShard)
	if !ok {
		return nil, errNotOnStream
	}
	switch {
	case r.Open:
		return nil, nil
	case w.InvoicingHalted:
		return nil, errInvoicingHalted
	}
	return []events.Event{events.RunShardOpened(open)}, nil
}
