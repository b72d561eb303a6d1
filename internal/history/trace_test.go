package history

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/events"
)

const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

func TestTrace_IsKeptWithAnObjectAndCutOff(t *testing.T) {
	t.Parallel()
	for sentence, object := range map[string]string{
		"an actor":                           `{"accessLevel":"ADMIN"}`,
		"an object with others in it":        `{"error":{"code":"a"},"events":["b"]}`,
		"a text that looks like a trace":     `{"a":"\"traceparent\":\"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\"}"}`,
		"nothing, which becomes an object":   "",
		"the end of a text is not its own":   `{"a":"` + traceparent + `"}`,
		"a number at the end":                `{"n":1}`,
		"an object that is nested last":      `{"a":{"b":{}}}`,
		"a short one":                        `{"a":1}`,
		"letters of more than one byte each": `{"a":"æøå"}`,
	} {
		with := WithTrace([]byte(object), traceparent)
		require.True(t, json.Valid(with), sentence)
		without, found := CutTrace(with)
		require.Equal(t, traceparent, found, sentence)
		require.Equal(t, object, string(without), sentence)
		again, none := CutTrace([]byte(object))
		require.Empty(t, none, sentence)
		require.Equal(t, object, string(again), sentence)
		require.Equal(t, object, string(WithTrace([]byte(object), "")), "without a trace nothing is added")
	}
	require.Equal(t, `{"a":1}`, string(WithTrace([]byte(`{"a":1}`), "00-cut")), "what is not a traceparent is not kept")
}

func TestTrace_AnActorIsReadBesideIt(t *testing.T) {
	t.Parallel()
	for _, actor := range []events.Actor{{}, {AccessLevel: "ADMIN", Employee: "5e0000000000000000000001"}} {
		raw, err := ActorBytes(actor)
		require.NoError(t, err)
		read, err := Actor(WithTrace(raw, traceparent))
		require.NoError(t, err)
		require.Equal(t, actor, read)
	}
}
