package domain

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"tenure/access"
	"tenure/events"
)

// CompleteRun is run.complete: every shard is through and every document issued, or the run was abandoned. Its data is
// what the run's tables say.
type CompleteRun struct {
	Examined  int64                 `json:"examined"`
	Billed    int64                 `json:"billed"`
	NotBilled int64                 `json:"notBilled"`
	Documents int64                 `json:"documents"`
	Totals    []events.ControlTotal `json:"totals"`
	Shards    []events.ShardTotals  `json:"shards"`
	Previous  string                `json:"previous,omitempty"` // hash of how the run before it ended
}

// Kind is run.
func (CompleteRun) Kind() string { return KindRun }

// Operation is internal.
func (CompleteRun) Operation() access.Operation { return access.Internal }

func (c CompleteRun) decide(r *Run) ([]events.Event, error) {
	if r.Started == nil {
		return nil, errRunNotFound
	}
	if r.Completed {
		return nil, nil
	}
	completed := events.RunCompleted{
		Run: r.ID, Kind: r.Started.Kind, BusinessDate: r.Started.BusinessDate,
		Examined: c.Examined, Billed: c.Billed, NotBilled: c.NotBilled, Documents: c.Documents,
		Totals: c.Totals, Shards: c.Shards, Abandoned: r.Abandoned != "", Previous: c.Previous,
	}
	hash, err := RunHash(completed)
	if err != nil {
		return nil, err
	}
	completed.Hash = hash
	return []events.Event{completed}, nil
}

// RunHash is the hash of how a run ended: SHA-256, in hex, of the JSON of its run.completed.v1 without the hash itself.
// Previous is in it, so that each hash stands for all runs up to there.
func RunHash(c events.RunCompleted) (string, error) {
	c.Hash = ""
	raw, err := json.Marshal(c)
	if err != nil {
		return "", fmt.Errorf("domain: hash of %s: %w", c.Run, err)
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:]), nil
}
