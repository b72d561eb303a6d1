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

// TestBytesFromBeforeAFieldWasAddedAreStillRead keeps what older logs hold: the new fields are empty, and what is written
// again is what was read.
func TestBytesFromBeforeAFieldWasAddedAreStillRead(t *testing.T) {
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

func TestAListOfIDsIsAListOnTheWireAndCompares(t *testing.T) {
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
