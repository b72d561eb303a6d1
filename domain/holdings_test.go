package domain_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/domain"
	"tenure/events"
)

// TestHoldings_AStateFromBeforePersonalNumbersIsTheSame reads what stores keep from older versions, and folds their
// events.
func TestHoldings_AStateFromBeforePersonalNumbersIsTheSame(t *testing.T) {
	t.Parallel()
	now := employee(t, withBasic.and(
		events.ExtensionAssigned{Extension: events.Extension{ID: "x1", Number: "101", Name: "Desk"}},
		events.MvnoAccountAttached{Account: events.MvnoAccount{ID: "m1", Number: "+4500000001", Name: "Mobile",
			State: "ACTIVE"}})...)
	var parts map[string]json.RawMessage
	require.NoError(t, json.Unmarshal([]byte(stored(t, now)), &parts))
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

// TestDecide_AnExtensionHasOneHolder: who has it is reserved like a login name, and given back with the decision that
// takes it.
func TestDecide_AnExtensionHasOneHolder(t *testing.T) {
	t.Parallel()
	const other = "409 _id: It belongs to another employee: unassign it there first"
	checkRows(t, "employee/e1", "employee.", []row{
		{name: "another's extension", taken: true, given: withBasic, when: "assign_extension", data: `{"_id":"x1"}`,
			code: other},
		{name: "another's account", taken: true, given: withBasic, when: "attach_mvno_account", data: `{"_id":"m1"}`,
			code: other},
	})
	held := employee(t, withBasic.and(extension("x1"), account("m1"))...)
	assert.Equal(t, []string{" extension x1", " mvno m1"}, domain.NamesOf(held))
	fold(held, events.ExtensionUnassigned{ID: "x1"}, events.MvnoAccountDetached{ID: "m1"})
	assert.Empty(t, domain.NamesOf(held))
	assert.Equal(t, " extension 5e000000000000000000000a",
		domain.NameWanted(domain.AssignExtension{ID: "5E000000000000000000000A"}, "employee/e1", nil))
	assert.Equal(t, " mvno m1", domain.NameWanted(domain.AttachMvnoAccount{ID: "m1"}, "employee/e1", nil))
}
