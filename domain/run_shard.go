package domain

import (
	"encoding/json"

	"tenure/billing"
	"tenure/events"
)

// RunShard is the state of a run's part in one shard.
type RunShard struct {
	timeless
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
	if !w.can(levelAdmin) {
		return nil, errAccessDenied
	}
	open, ok := c.(OpenRunShard)
	if !ok {
		return nil, errNotOnStream
	}
	if r.Open {
		return nil, nil
	}
	return []events.Event{events.RunShardOpened(open)}, nil
}

// OpenRunShard is run.open_shard: the shard's owner works through its due employees from now on.
type OpenRunShard struct {
	Run            string          `json:"run"`
	Shard          int32           `json:"shard"`
	BusinessDate   billing.Date    `json:"businessDate"`
	CatalogVersion int64           `json:"catalogVersion"`
	Policy         json.RawMessage `json:"policy"`
}

// Kind is runshard.
func (OpenRunShard) Kind() string { return KindRunShard }
