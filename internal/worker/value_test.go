package worker

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"tenure/events"
	"tenure/internal/bus"
)

func TestValue_IsTakenApart(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, value, actor, content string
		ok                          bool
	}{
		{"as senders write it", `{"actor":{"accessLevel":"ADMIN"},"data":{"_id":"a"}}`, `{"accessLevel":"ADMIN"}`,
			`{"_id":"a"}`, true},
		{"in the other order, with room", "\n{ \"data\" : [1, 2] ,\t\"actor\" : {} } ", `{}`, `[1, 2]`, true},
		{"with brackets and quotes inside texts", `{"actor":{},"data":{"a":"}]\\\"{","b":[{}]}}`, `{}`,
			`{"a":"}]\\\"{","b":[{}]}`, true},
		{"with words and numbers", `{"actor":null,"data":-1.5e3}`, `null`, `-1.5e3`, true},
		{"with a text", `{"data":"x","actor":{}}`, `{}`, `"x"`, true},
		{"with something else", `{"actor":{},"data":{},"more":1}`, "", "", false},
		{"with a key in other letters", `{"Actor":{},"data":{}}`, "", "", false},
		{"with a key in escapes", `{"\u0061ctor":{},"data":{}}`, "", "", false},
		{"without data", `{"actor":{}}`, `{}`, "", false},
		{"empty", `{}`, "", "", false},
		{"no object", `[1]`, "", "", false},
		{"nothing", ``, "", "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			actor, content, ok := splitValue([]byte(c.value))
			require.Equal(t, c.ok, ok)
			require.Equal(t, c.actor, string(actor))
			require.Equal(t, c.content, string(content))
		})
	}
}

// Whatever the guard lets pass is understood as encoding/json understands it, or left to it.
func TestValue_SplittingAgreesWithJSON(t *testing.T) {
	t.Parallel()
	piece := rapid.SampledFrom([]string{`{"actor":`, `"data":`, `{`, `}`, `[`, `]`, `"a"`, `:`, `,`, ` `, `1`, `null`,
		`"\""`, `"}"`, `{"accessLevel":"X"}`})
	rapid.Check(t, func(t *rapid.T) {
		value := []byte(strings.Join(rapid.SliceOfN(piece, 0, 12).Draw(t, "pieces"), ""))
		actor, content, ok := splitValue(value) // must not panic on anything
		if bus.Guard(value) != nil || !ok {
			return
		}
		var want struct{ Actor, Data json.RawMessage }
		require.NoError(t, json.Unmarshal(value, &want))
		require.JSONEq(t, string(want.Actor), string(actor))
		require.JSONEq(t, string(want.Data), string(content))
	})
}

func TestValue_TheSameSenderIsDecodedOnce(t *testing.T) {
	t.Parallel()
	var s sender
	open := func(value string) (events.Actor, string) {
		raw := []byte(value)
		actor, kept, content, err := s.open(raw)
		require.NoError(t, err)
		again, err := readValue([]byte(value))
		require.NoError(t, err)
		require.Equal(t, again.Actor, actor)
		require.JSONEq(t, string(again.Data), string(content))
		for i := range raw {
			raw[i] = '#' // the message's memory is used for something else
		}
		return actor, string(kept)
	}
	admin, kept := open(`{"actor":{"accessLevel":"ADMIN"},"data":{"n":1}}`)
	require.JSONEq(t, `{"accessLevel":"ADMIN"}`, kept)
	again, _ := open(`{"actor":{"accessLevel":"ADMIN"},"data":{"n":2}}`)
	require.Equal(t, admin, again)
	other, _ := open(`{"actor":{"accessLevel":"RESELLER"},"data":{}}`)
	require.Equal(t, "RESELLER", other.AccessLevel)
	nobody, kept := open(`{"data":{}}`)
	require.Zero(t, nobody)
	require.Empty(t, kept)
}

func TestValue_InAnotherFormIsRefusedWithItsReason(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		`{"actor":{},"data":{},"more":1}`:   `unknown field "more"`,
		`{"actor":{"level":"X"},"data":{}}`: `unknown field "level"`,
		`{"actor":5,"data":{}}`:             "cannot unmarshal number",
	} {
		var s sender
		_, _, _, err := s.open([]byte(value))
		require.ErrorContains(t, err, want)
		require.ErrorContains(t, err, `the value must be {"actor":{…},"data":{…}}`)
	}
}

func BenchmarkOpenValue(b *testing.B) {
	value := []byte(
		`{"actor":{"accessLevel":"ADMIN"},"data":{"customer":"52f4fd7734697b2a00000001","name":"Sample employee 0000001","product":"52f4fd7734697b2800000002"}}`,
	)
	b.Run("apart", func(b *testing.B) {
		var s sender
		b.ReportAllocs()
		for b.Loop() {
			if _, _, _, err := s.open(value); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("encoding/json", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := readValue(value); err != nil {
				b.Fatal(err)
			}
		}
	})
}
