package worker

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/contract"
	"tenure/internal/bus"
	"tenure/internal/store"
)

func TestForward_ParksAStrayThatIsTooLarge(t *testing.T) {
	t.Parallel()
	large := bus.Message{Topic: contract.EmployeeCommands, Key: []byte("a"), Value: bytes.Repeat([]byte("x"), 1<<20)}
	items := []*item{{msg: large, forward: &address{topic: contract.EmployeeCommands, key: "a"}}, {msg: large}}
	require.NoError(t, (&owner{Worker: &Worker{}}).forward(t.Context(), items))
	require.Equal(t, reasonLost, items[0].parkAs)
	require.Contains(t, items[0].detail, "the limit is 1048576")
	require.Nil(t, items[0].forward, "it stays here")
	require.Empty(t, items[1].parkAs)
}

func TestSender_ReadsPropertiesInTheirOwnSpelling(t *testing.T) {
	t.Parallel()
	for value, wrong := range map[string]string{
		`{"actor":{"accessLevel":"ADMIN"},"data":{}}`: "",
		`{"data":{}}`: "",
		`{"Actor":{"accessLevel":"ADMIN"},"data":{}}`:       "Actor: is not a property",
		`{"actor":{"ACCESSLEVEL":"ADMIN"},"data":{}}`:       "ACCESSLEVEL: is not a property",
		`{"actor":{},"DATA":{}}`:                            "DATA: is not a property",
		`{"actor":{"accessLevel":1},"data":{}}`:             "cannot unmarshal number",
		`{"actor":{"accessLevel":"ADMIN"},"data":{},"x":1}`: "unknown field",
	} {
		_, _, _, err := (&sender{}).open([]byte(value))
		if wrong == "" {
			require.NoError(t, err, value)
			continue
		}
		require.ErrorContains(t, err, wrong, value)
	}
}

func TestItem_IsUntimelyByTheTimeOfItsSender(t *testing.T) {
	t.Parallel()
	now := time.Now()
	old, young := now.Add(-31*24*time.Hour), now.Add(-29*24*time.Hour)
	for name, c := range map[string]struct {
		it   item
		want bool
	}{
		"sent a month ago":                  {item{env: bus.Envelope{Time: old}}, true},
		"sent within a month":               {item{env: bus.Envelope{Time: young}}, false},
		"without a time, taken a month ago": {item{msg: bus.Message{Time: old}}, true},
		"without any time":                  {item{}, false},
		"by a clock that is hours ahead":    {item{env: bus.Envelope{Time: now.Add(23 * time.Hour)}}, false},
		"by a clock that is days ahead":     {item{env: bus.Envelope{Time: now.Add(25 * time.Hour)}}, true},
		"sent a month ago, and parked in time": {item{env: bus.Envelope{Time: old}, row: &store.Parked{ParkedAt: young}},
			false},
		"sent a month before it was parked": {item{env: bus.Envelope{Time: old}, row: &store.Parked{ParkedAt: now}}, true},
	} {
		require.Equal(t, c.want, c.it.untimely(now, time.Time{}) != nil, name)
	}
}
