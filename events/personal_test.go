package events_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/events"
)

// ofPeople are the properties that say something about a person: they stand in personal only, so that they can be
// sealed.
var ofPeople = map[string]bool{
	"name": true, "title": true, "department": true, "emailAddress": true, "smsNumber": true, "notes": true,
	"birthdate": true,
	"picture":   true, "custom": true, "message": true, "location": true, "originalMessage": true, "number": true,
	"description":   true,
	"ipRestriction": true, "shortcuts": true, "ms365": true,
}

// ofThings are the same words where they say something about a product or a firm.
var ofThings = map[string]bool{
	"employee.created.v1/number":         true, // the stable integer of the employee
	"employee.addon_added.v1/addon/name": true, "employee.addon_added.v1/addon/description": true,
	"employee.addon_updated.v1/name": true, "employee.addon_updated.v1/description": true,
	"billing.acknowledged.v1/refused/message": true, // what a program of accounting says of a line
	"catalog.product_put.v1/name":             true, "catalog.customer_put.v1/name": true,
	"catalog.reseller_put.v1/name": true,
}

func TestPersonal_HoldsAllThatBelongsToAPerson(t *testing.T) {
	t.Parallel()
	for _, s := range samples() {
		raw, err := events.Encode(s)
		require.NoError(t, err)
		var payload any
		require.NoError(t, json.Unmarshal(raw, &payload))
		search(t, s.EventType(), payload)
	}
}

func search(t *testing.T, path string, v any) {
	t.Helper()
	switch v := v.(type) {
	case map[string]any:
		for name, below := range v {
			if name == "personal" {
				continue
			}
			at := path + "/" + name
			assert.False(t, ofPeople[name] && !ofThings[at], "%s belongs into personal", strings.ReplaceAll(at, "/", "."))
			search(t, at, below)
		}
	case []any:
		for _, item := range v {
			search(t, path, item)
		}
	}
}
