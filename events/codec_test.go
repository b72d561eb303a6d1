package events_test

import (
	"encoding/json"
	"math"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/events"
)

func TestTypes_ArePastTenseWithAVersion(t *testing.T) {
	t.Parallel()
	form := regexp.MustCompile(`^(employee|catalog|run|billing|repair)\.[a-z_]+\.v[0-9]+$`)
	for _, name := range events.Types() {
		assert.Regexp(t, form, name)
		e, ok := events.New(name)
		require.True(t, ok)
		assert.Equal(t, name, e.EventType())
	}
}

func TestDecode_AnUnknownTypeStopsAReader(t *testing.T) {
	t.Parallel()
	_, known := events.New("employee.promoted.v1")
	assert.False(t, known)
	_, err := events.Decode("employee.promoted.v1", []byte(`{}`))
	var unknown *events.UnknownTypeError
	require.ErrorAs(t, err, &unknown)
	assert.Equal(t, "employee.promoted.v1", unknown.Type)
	assert.Contains(t, err.Error(), "run a newer tenure")
}

func TestDecode_NamesTheTypeOfWhatItCannotRead(t *testing.T) {
	t.Parallel()
	_, err := events.Decode("employee.deleted.v1", []byte(`{"date":"2026-02-30"}`))
	require.ErrorIs(t, err, billing.ErrDate)
	assert.ErrorContains(t, err, "events: decode employee.deleted.v1: ")
}

func TestDecode_IgnoresUnknownFields(t *testing.T) {
	t.Parallel()
	e, err := events.Decode("employee.deleted.v1", []byte(`{"date":"2026-02-28","by":"a newer version"}`))
	require.NoError(t, err)
	assert.Equal(t, events.EmployeeDeleted{Date: billing.MustDate("2026-02-28")}, e)
}

// unwritable is a payload that JSON cannot hold.
type unwritable struct{ F func() }

func (unwritable) EventType() string { return "test.unwritable.v1" }

func TestEncode_NamesTheTypeOfWhatItCannotWrite(t *testing.T) {
	t.Parallel()
	_, err := events.Encode(unwritable{})
	var cause *json.UnsupportedTypeError
	require.ErrorAs(t, err, &cause)
	assert.ErrorContains(t, err, "events: encode test.unwritable.v1: ")
}

func TestID_FollowsFromStreamAndVersion(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name, stream string
		version      int32
		want         string
	}{
		{"the first of an employee", "employee/5f1e0a9b8c7d6e5f4a3b2c1d", 1, "f2cc569a-9216-5968-88fb-3656e05ec110"},
		{"the second", "employee/5f1e0a9b8c7d6e5f4a3b2c1d", 2, "3b47e0d3-feff-5210-897b-248ec4075c91"},
		{"of a run", "run/nightly/2026-06-01", 1, "7d237199-0089-584c-8df3-b545def40ac3"},
		{"the last that there can be", "employee/5f1e0a9b8c7d6e5f4a3b2c1d", math.MaxInt32,
			"22e541d8-c86d-5bc6-9c44-c018c6209d7b"},
	}
	seen := map[string]string{}
	for _, r := range rows {
		id := events.FormerID(r.stream, r.version)
		assert.Equal(t, r.want, id.String(), r.name)
		assert.Equal(t, id, events.FormerID(r.stream, r.version), "the same place has the same id")
		assert.Empty(t, seen[id.String()], "two places have two ids")
		seen[id.String()] = r.name
	}
}

// Consumers know these ids: what makes them may never change.
func TestID_DerivesFromPlaceAndContent(t *testing.T) {
	t.Parallel()
	const stream = "employee/5f1e0a9b8c7d6e5f4a3b2c1d"
	noon := time.Date(2026, 6, 1, 12, 0, 0, 1_000, time.UTC)
	content := events.Content{Type: "employee.updated.v1", At: noon, CommandID: "c1", RunID: "r1",
		Payload: []byte(`{"department":"Sales"}`)}
	id := events.ID(stream, 2, content)
	assert.Equal(t, "dce16f3c-e888-578c-a04b-44d2f9806d4f", id.String())
	again := content
	again.At = noon.In(time.FixedZone("elsewhere", 3600)).Add(999 * time.Nanosecond)
	assert.Equal(t, id, events.ID(stream, 2, again), "the database keeps microseconds, and no zone")
	assert.NotEqual(t, id, events.FormerID(stream, 2))
	for name, change := range map[string]func(*events.Content){
		"type":                       func(c *events.Content) { c.Type = "employee.created.v1" },
		"time":                       func(c *events.Content) { c.At = noon.Add(time.Microsecond) },
		"command":                    func(c *events.Content) { c.CommandID = "c2" },
		"run":                        func(c *events.Content) { c.RunID = "" },
		"payload":                    func(c *events.Content) { c.Payload = []byte(`{}`) },
		"a letter in the next field": func(c *events.Content) { c.CommandID, c.RunID = "c1r", "1" },
	} {
		other := content
		change(&other)
		assert.NotEqual(t, id, events.ID(stream, 2, other), name)
	}
	assert.NotEqual(t, id, events.ID(stream, 1, content))
}

func TestMoney_KeepsItsDecimals(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name, written string
		amount        string
		decimals      int
	}{
		{"hundreds with cents", `"300.00"`, "300", 2},
		{"nothing", `"0.00"`, "0", 2},
		{"a currency without cents", `"300"`, "300", 0},
		{"a currency with three decimals", `"1.500"`, "1.5", 3},
		{"a credit", `"-12.30"`, "-12.3", 2},
		{"a number is read too", `12.50`, "12.5", 2},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			var m events.Money
			require.NoError(t, json.Unmarshal([]byte(r.written), &m))
			assert.Equal(t, events.NewMoney(decimal.RequireFromString(r.amount), r.decimals), m)
			again, err := json.Marshal(m)
			require.NoError(t, err)
			assert.Equal(t, `"`+string(slices.DeleteFunc([]byte(r.written), func(c byte) bool { return c == '"' }))+`"`,
				string(again))
		})
	}
	var m events.Money
	require.ErrorContains(t, json.Unmarshal([]byte(`"1e3"`), &m), "an exponent")
	require.Error(t, json.Unmarshal([]byte(`true`), &m))
}
