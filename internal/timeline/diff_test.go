package timeline_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/events"
	"tenure/internal/timeline"
)

func TestDiff_PropertyByProperty(t *testing.T) {
	t.Parallel()
	from := `{"_id":"e","state":"ENABLED","properties":{"title":"Tester","note":{"a":1,"b":2}},"addonProducts":[{"_id":"a1","units":[1]},{"_id":"a2","units":[5]}],
		"extensions":[{"_id":"x","personal":{"number":"101"}}],"weekDays":[1,2]}`
	to := `{"_id":"e","state":"DISABLED","properties":{"title":"Chief","note":{"b":2,"a":1}},"addonProducts":[{"_id":"a2","units":[5]},{"_id":"a3","units":[ 2 ]}],
		"extensions":[{"_id":"x","personal":{"number":"102"}}],"weekDays":[1,2,3]}`
	all, err := timeline.Differences([]byte(from), []byte(to), map[string]bool{"title": true})
	require.NoError(t, err)
	words := map[string][]string{}
	for _, d := range all {
		words[d.Property] = []string{string(d.From), string(d.To)}
	}
	require.Equal(t, map[string][]string{
		"state":                         {`"ENABLED"`, `"DISABLED"`},
		"title":                         {`"Tester"`, `"Chief"`},
		"addonProducts[a1]._id":         {`"a1"`, ""},
		"addonProducts[a1].units":       {`[1]`, ""},
		"addonProducts[a3]._id":         {"", `"a3"`},
		"addonProducts[a3].units":       {"", `[2]`},
		"extensions[x].personal.number": {`"101"`, `"102"`},
		"weekDays":                      {`[1,2]`, `[1,2,3]`},
	}, words)

	timeline.Mask(all)
	for _, d := range all {
		switch d.Property {
		case "title", "extensions[x].personal.number":
			require.Equal(t, `"***""***"`, string(d.From)+string(d.To), "that it differs is seen, and not what it is")
		case "state":
			require.Equal(t, `"ENABLED"`, string(d.From))
		}
	}
	for name, sides := range map[string][2]string{"the same": {from, from}, "nobody at both": {"", ""}} {
		none, err := timeline.Differences([]byte(sides[0]), []byte(sides[1]), nil)
		require.NoError(t, err, name)
		require.Empty(t, none, name)
	}
	born, err := timeline.Differences(nil, []byte(`{"state":"ENABLED"}`), nil)
	require.NoError(t, err)
	require.Len(t, born, 1)
	_, err = timeline.Differences([]byte("{"), nil, nil)
	require.ErrorContains(t, err, "timeline: ")
	_, err = timeline.Differences([]byte("x"), nil, nil)
	require.ErrorContains(t, err, "timeline: ")
}

func TestDiff_PersonalPropertiesAreThoseThatEventsKeepApart(t *testing.T) {
	t.Parallel()
	history := []events.Recorded{
		{Event: events.EmployeeCreated{Attributes: events.Attributes{"language": []byte(`"da"`)},
			Personal: events.Attributes{"name": []byte(`"x"`)}}},
		{Event: events.EmployeeUpdated{Personal: events.Attributes{"title": []byte(`"y"`)}}},
		{Event: events.EmployeeDeleted{}},
	}
	require.Equal(t, map[string]bool{"name": true, "title": true}, timeline.PersonalOf(history))
}
