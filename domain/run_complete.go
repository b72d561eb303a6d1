package domain

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"tenure/access"
	"tenure/events"
)

// CompleteRun is run.complete: every shard is through and every document issued, or the run was abandoned. It names the
// run and nothing else: what the run billed is read from its tables (World.Result), so that a message of a lost history
// cannot say otherwise. The sums that schedulers sent before are accepted and ignored.
type CompleteRun struct {
	Examined  int64                 `json:"examined,omitempty"`
	Billed    int64                 `json:"billed,omitempty"`
	NotBilled int64                 `json:"notBilled,omitempty"`
	Documents int64                 `json:"documents,omitempty"`
	Totals    []events.ControlTotal `json:"totals,omitempty"`
	Shards    []events.ShardTotals  `json:"shards,omitempty"`
	Previous  string                `json:"previous,omitempty"`
}

// Kind is run.
func (CompleteRun) Kind() string { return KindRun }

// Operation is internal.
func (CompleteRun) Operation() access.Operation { return access.Internal }

func (c CompleteRun) decide(r *Run, w World) ([]events.Event, error) {
	switch {
	case r.Started == nil:
		return nil, errRunNotFound
	case r.Completed:
		return nil, nil
	case w.InvoicingHalted && r.Abandoned == "":
		return nil, errInvoicingHalted
	case w.Result == nil:
		return nil, fmt.Errorf("domain: the result of %s was not read", r.ID)
	case w.Result.NotReady != "":
		return nil, notReady(w.Result.NotReady)
	}
	result := w.Result
	completed := events.RunCompleted{
		Run: r.ID, Kind: r.Started.Kind, BusinessDate: r.Started.BusinessDate,
		Examined: result.Examined, Billed: result.Billed, NotBilled: result.NotBilled, Documents: result.Documents,
		LedgerDocuments: result.LedgerDocuments, Totals: result.Totals, Shards: result.Shards, Abandoned: r.Abandoned != "",
		Previous: result.Previous,
		Anchors:  result.Anchors,
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
