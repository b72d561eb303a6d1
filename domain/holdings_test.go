package domain_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/events"
)

// TestAStateFromBeforeNumbersBecamePersonalIsTheSame reads what stores keep from older versions, and folds their
// events.
func TestAStateFromBeforeNumbersBecamePersonalIsTheSame(t *testing.T) {
	t.Parallel()
	now := employee(t, withBasic.and(
		events.ExtensionAssigned{Extension: events.Extension{ID: "x1", Number: "101", Name: "Desk"}},
		events.MvnoAccountAttached{Account: events.MvnoAccount{ID: "m1", Number: "+4500000001", Name: "Mobile", State: "ACTIVE"}})...)
	var parts map[string]json.RawMessage
	require.NoError(t, json.Unmarshal([]byte(state(t, now)), &parts))
	parts["ext"] = raw(`[{"_id":"x1","number":"101","name":"Desk"}]`)
	parts["mvno"] = raw(`[{"_id":"m1","number":"+4500000001","name":"Mobile","state":"ACTIVE"}]`)
	former, err := json.Marshal(parts)
	require.NoError(t, err)
	kept := employee(t)
	require.NoError(t, json.Unmarshal(former, kept))
	assert.Equal(t, now, kept)

	folded := employee(t, withBasic...)
	for name, payload := range map[string]string{
		"employee.extension_assigned.v1":    `{"extension":{"_id":"x1","number":"101","name":"Desk"}}`,
		"employee.mvno_account_attached.v1": `{"account":{"_id":"m1","number":"+4500000001","name":"Mobile","state":"ACTIVE"}}`,
	} {
		event, err := events.Decode(name, []byte(payload))
		require.NoError(t, err)
		folded.Evolve(event)
	}
	assert.Equal(t, now, folded)
}
