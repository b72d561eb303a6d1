package events_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/events"
)

// TestDecode_BytesFromBeforeAField keeps what older logs hold: the new fields are empty, and what is
// written again is what was read.
func TestDecode_BytesFromBeforeAField(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join("testdata", "before", "*.json"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			kept, err := os.ReadFile(file)
			require.NoError(t, err)
			kept = bytes.TrimSuffix(kept, []byte("\n"))
			read, err := events.Decode(name, kept)
			require.NoError(t, err)
			again, err := events.Encode(read)
			require.NoError(t, err)
			assert.Equal(t, string(kept), string(again))
		})
	}
}

// TestDecode_BytesOfFormerVersions keeps what older logs hold of types that have a newer version.
func TestDecode_BytesOfFormerVersions(t *testing.T) {
	t.Parallel()
	for former, now := range map[string]string{
		"employee.extension_assigned.v1":    "employee.extension_assigned.v2",
		"employee.mvno_account_attached.v1": "employee.mvno_account_attached.v2",
		"employee.mvno_account_restored.v1": "employee.mvno_account_restored.v2",
	} {
		old, err := os.ReadFile(filepath.Join("testdata", "former", former+".json"))
		require.NoError(t, err)
		kept, err := os.ReadFile(filepath.Join("testdata", "before", now+".json"))
		require.NoError(t, err)
		read, err := events.Decode(former, old)
		require.NoError(t, err)
		want, err := events.Decode(now, kept)
		require.NoError(t, err)
		assert.Equal(t, want, read, former)
		assert.Equal(t, now, read.EventType())
		assert.NotContains(t, events.Types(), former, "nothing writes it any more")
		_, known := events.New(former)
		assert.True(t, known)
		_, err = events.Decode(former, []byte(`{"extension":7,"account":7}`))
		assert.ErrorContains(t, err, "events: decode "+former)
	}
}

func TestEncode_NumbersAndNamesArePersonalOnly(t *testing.T) {
	t.Parallel()
	for want, v := range map[string]any{
		`{"_id":"x1","personal":{"number":"101","name":"Desk"}}`: events.Extension{ID: "x1", Number: "101", Name: "Desk"},
		`{"_id":"x1"}`: events.Extension{ID: "x1"},
		`{"_id":"m1","state":"ACTIVE","personal":{"number":"+4500000001"}}`: events.MvnoAccount{ID: "m1",
			Number: "+4500000001", State: "ACTIVE"},
	} {
		raw, err := json.Marshal(v)
		require.NoError(t, err)
		assert.Equal(t, want, string(raw))
	}
}

func TestIDs_AreAListOnTheWireAndCompare(t *testing.T) {
	t.Parallel()
	by := events.Actor{AccessLevel: "MANAGER", OrganizationResellers: events.NewIDs("r1", "r2")}
	raw, err := json.Marshal(by)
	require.NoError(t, err)
	assert.JSONEq(t, `{"accessLevel":"MANAGER","organizationResellers":["r1","r2"]}`, string(raw))
	var read events.Actor
	require.NoError(t, json.Unmarshal(raw, &read))
	assert.Equal(t, by, read)
	assert.True(t, read.OrganizationResellers.Has("r2"))
	assert.False(t, read.OrganizationResellers.Has("r"))
	assert.False(t, events.IDs("").Has(""), "no id is in no list")

	require.NoError(t, json.Unmarshal([]byte(`{"organizationResellers":null}`), &read))
	none, err := json.Marshal(events.Actor{})
	require.NoError(t, err)
	assert.JSONEq(t, `{}`, string(none))
	require.Error(t, json.Unmarshal([]byte(`{"organizationResellers":"r1"}`), &read))
}
