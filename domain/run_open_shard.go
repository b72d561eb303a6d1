package domain

import (
	"encoding/json"

	"tenure/access"
	"tenure/billing"
)

// OpenRunShard is run.open_shard: the shard's owner works through its due employees from now on.
type OpenRunShard struct {
	Run            string          `json:"run"`
	Shard          int32           `json:"shard"`
	BusinessDate   billing.Date    `json:"businessDate"`
	CatalogVersion int64           `json:"catalogVersion"`
	CatalogChain   string          `json:"catalogChain,omitempty"` // hash of the catalogue's log at the version, in hex
	Policy         json.RawMessage `json:"policy"`
}

// Kind is runshard.
func (OpenRunShard) Kind() string { return KindRunShard }

// Operation is internal.
func (OpenRunShard) Operation() access.Operation { return access.Internal }
