package domain

import (
	"encoding/json"
	"fmt"

	"tenure/billing"
	"tenure/events"
)

// RunNightly is the kind of the nightly run: lifecycle and invoicing of one business date.
const RunNightly = "nightly"

// RunID names a run by its kind and business date: there is one of each.
func RunID(kind string, date billing.Date) string { return fmt.Sprintf("%s/%s", kind, date) }

// RunShardID names a run's part in one shard.
func RunShardID(run string, shard int32) string { return fmt.Sprintf("%s/%d", run, shard) }

// Run is the state of a run's stream.
type Run struct {
	timeless
	ID        string             `json:"-"`
	Started   *events.RunStarted `json:"started,omitempty"`
	Completed bool               `json:"completed,omitempty"`
}

// Evolve folds RunStarted and RunCompleted.
func (r *Run) Evolve(e events.Event) {
	switch e := e.(type) {
	case events.RunStarted:
		r.Started = &e
	case events.RunCompleted:
		r.Completed = true
	}
}

// Decide answers StartRun and CompleteRun.
func (r *Run) Decide(c Command, w World) ([]events.Event, error) {
	if !w.can(levelAdmin) {
		return nil, errAccessDenied
	}
	switch c := c.(type) {
	case StartRun:
		return c.decide(r, w)
	case CompleteRun:
		return c.decide(r)
	}
	return nil, errNotOnStream
}

// StartRun is run.start: it fixes the policy and the catalogue's version for every shard.
type StartRun struct {
	RunKind      string       `json:"kind"`
	BusinessDate billing.Date `json:"businessDate"`
	Shards       []int32      `json:"shards"`
}

// Kind is run.
func (StartRun) Kind() string { return KindRun }

func (c StartRun) decide(r *Run, w World) ([]events.Event, error) {
	if r.Started != nil {
		return nil, nil
	}
	if c.BusinessDate == 0 || r.ID != RunID(c.RunKind, c.BusinessDate) {
		return nil, invalid("businessDate", "does not belong to the run "+r.ID)
	}
	// Whether the date has come is asked generously: the command's id follows from the run, so that a refusal because of two
	// clocks that differ by a second would stand for ever. A date far ahead would be the last night that ever runs.
	if c.BusinessDate > w.Today().AddDays(1) {
		return nil, invalid("businessDate", "is in the future")
	}
	policy, err := json.Marshal(w.Policy)
	if err != nil {
		return nil, fmt.Errorf("domain: policy of %s: %w", r.ID, err)
	}
	return []events.Event{events.RunStarted{
		Run: r.ID, Kind: c.RunKind, BusinessDate: c.BusinessDate, CatalogVersion: w.Catalog.Version,
		Policy: policy, Shards: c.Shards,
	}}, nil
}

// CompleteRun is run.complete: every shard is through and every document issued. Its data is what the run's tables say.
type CompleteRun struct {
	Examined  int64                 `json:"examined"`
	Billed    int64                 `json:"billed"`
	NotBilled int64                 `json:"notBilled"`
	Documents int64                 `json:"documents"`
	Totals    []events.ControlTotal `json:"totals"`
	Shards    []events.ShardTotals  `json:"shards"`
}

// Kind is run.
func (CompleteRun) Kind() string { return KindRun }

func (c CompleteRun) decide(r *Run) ([]events.Event, error) {
	if r.Started == nil {
		return nil, reject(404, "run", "Run not found")
	}
	if r.Completed {
		return nil, nil
	}
	return []events.Event{events.RunCompleted{
		Run: r.ID, Kind: r.Started.Kind, BusinessDate: r.Started.BusinessDate,
		Examined: c.Examined, Billed: c.Billed, NotBilled: c.NotBilled, Documents: c.Documents,
		Totals: c.Totals, Shards: c.Shards,
	}}, nil
}

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
