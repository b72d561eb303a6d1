package schemas_test

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/domain"
	"tenure/events"
	"tenure/internal/bus"
	"tenure/internal/command"
	"tenure/internal/feed"
	"tenure/internal/relay"
	"tenure/internal/store"
	"tenure/schemas"
)

// asyncAPI is what the tests read of the document.
type asyncAPI struct {
	AsyncAPI string
	Channels map[string]struct {
		Address  string
		Messages map[string]struct {
			Ref string `json:"$ref"`
		}
	}
	Operations map[string]struct {
		Action  string
		Channel struct {
			Ref string `json:"$ref"`
		}
	}
	Components struct {
		Messages map[string]struct {
			Headers, Payload struct {
				Ref string `json:"$ref"`
			}
			Bindings struct {
				Kafka struct{ Key struct{ Description string } }
			}
		}
		Schemas map[string]json.RawMessage
	}
}

func TestAsyncAPI_HasEveryTopicAndNoOpenReference(t *testing.T) {
	t.Parallel()
	raw, err := schemas.AsyncAPI()
	require.NoError(t, err)
	var d asyncAPI
	require.NoError(t, json.Unmarshal(raw, &d))
	assert.Equal(t, "3.0.0", d.AsyncAPI)
	for _, topic := range bus.Topics(2) {
		channel, there := d.Channels[topic.Name]
		require.True(t, there, topic.Name)
		assert.Equal(t, topic.Name, channel.Address)
		assert.NotEmpty(t, channel.Messages, topic.Name)
	}
	assert.Len(t, d.Channels, len(bus.Topics(2)), "no topic that does not exist")
	assert.Len(t, d.Operations, len(d.Channels))
	var whole any
	require.NoError(t, json.Unmarshal(raw, &whole))
	references(whole, func(ref string) {
		assert.NotNil(t, pointed(whole, ref), ref)
	})
	for _, m := range schemas.All() {
		assert.Equal(t, m.Key, d.Components.Messages[m.Type].Bindings.Kafka.Key.Description)
	}
}

// references goes through every $ref.
func references(v any, found func(string)) {
	switch v := v.(type) {
	case map[string]any:
		for name, inside := range v {
			if ref, ok := inside.(string); ok && name == "$ref" {
				found(ref)
			}
			references(inside, found)
		}
	case []any:
		for _, inside := range v {
			references(inside, found)
		}
	}
}

func pointed(whole any, ref string) any {
	at := whole
	for part := range strings.SplitSeq(strings.TrimPrefix(ref, "#/"), "/") {
		object, ok := at.(map[string]any)
		if !ok {
			return nil
		}
		at = object[part]
	}
	return at
}

func TestAsyncAPI_DescribesEveryHeader(t *testing.T) {
	t.Parallel()
	raw, err := schemas.AsyncAPI()
	require.NoError(t, err)
	var d asyncAPI
	require.NoError(t, json.Unmarshal(raw, &d))
	full := bus.Envelope{ID: "1", Type: "t", Source: "s", Subject: "s", Time: time.Now(), DataSchema: "d",
		TraceParent: "p",
		CommandID:   "c", CausationID: "c", RunID: "r", Position: "0:1", Replay: "again"}
	var headers struct{ Properties map[string]any }
	require.NoError(t, json.Unmarshal(d.Components.Schemas["headers.out"], &headers))
	for _, h := range full.Headers() {
		assert.Contains(t, headers.Properties, h.Key)
	}
	assert.Len(t, headers.Properties, len(full.Headers()))
}

func TestAsyncAPI_ACommandIsOnTheTopicThatItIsSentTo(t *testing.T) {
	t.Parallel()
	for _, name := range domain.CommandTypes() {
		m, err := command.Compose(command.Command{Type: name, Subject: "s", ID: "1", Key: "k"})
		require.NoError(t, err)
		assert.Equal(t, []string{m.Topic}, find(t, name).Topics, name)
	}
}

// TestAsyncAPI_AnEventIsOnTheTopicsThatTheRelaySendsItTo gives each sample to the relay, on a stream of its family.
func TestAsyncAPI_AnEventIsOnTheTopicsThatTheRelaySendsItTo(t *testing.T) {
	t.Parallel()
	streams := map[string]string{
		"employee": "employee/e1", "catalog": "product/p1", "run": "run/nightly/2026-06-01",
		"billing": "document/2026-06/CUSTOMER/5f1e0a9b8c7d6e5f4a3b2c05/DKK",
	}
	for _, name := range events.Types() {
		family, _, _ := strings.Cut(name, ".")
		m, inContract := schemas.Find(name)
		if streams[family] == "" {
			assert.False(t, inContract, name)
			continue
		}
		raw := sampleEvent(t, name)
		sent, err := relay.NewRouter(nil).Messages(&feed.Entry{Event: store.Event{Stream: streams[family], Version: 1,
			Type: name, Payload: raw, At: time.Now()}})
		if err != nil {
			assert.False(t, inContract, "%s: %v", name, err)
			continue
		}
		for _, one := range sent {
			if string(one.Header("ce_type")) == name {
				assert.Contains(t, m.Topics, one.Topic, name)
			}
		}
		assert.Equal(t, inContract, len(sent) > 0, name)
	}
}

func TestAsyncAPI_FormsOfTopicsAreThoseThatAreWritten(t *testing.T) {
	t.Parallel()
	same := func(a, b any) {
		one, err := json.Marshal(a)
		require.NoError(t, err)
		other, err := json.Marshal(b)
		require.NoError(t, err)
		assert.Equal(t, string(one), string(other))
	}
	rejection := &domain.Rejection{Status: 422, Code: "name", Message: "Name is required"}
	same(domain.Outcome{Command: "c", Subject: "s", Type: "t", Status: "rejected", Position: "0:1", Events: []string{"e"},
		Error:    rejection,
		Warnings: []string{"w"}, Reason: "r", Duplicate: true},
		domain.Outcome{Command: "c", Subject: "s", Type: "t", Status: "rejected", Position: "0:1", Events: []string{"e"},
			Error:    rejection,
			Warnings: []string{"w"}, Reason: "r", Duplicate: true})
	same(domain.Outcome{}, domain.Outcome{})
}

func TestSet_WithoutSchemasIsNone(t *testing.T) {
	t.Parallel()
	_, err := schemas.Read(fstest.MapFS{"readme.txt": {Data: []byte("x")}})
	require.ErrorContains(t, err, "there is no *.schema.json")
	_, err = schemas.Read(fstest.MapFS{"a.schema.json": {Data: []byte("{")}})
	require.ErrorContains(t, err, "read a.schema.json")
	read, err := schemas.Read(fstest.MapFS{"a.v1.schema.json": {Data: []byte(`{"type":["string","null"]}`)}})
	require.NoError(t, err)
	assert.Equal(t, schemas.Types{"string", "null"}, read["a.v1"].Type)
	assert.Equal(t, "urn:tenure:schema:a.v1", schemas.Address("a.v1"))
	assert.Equal(t, "a.v1.schema.json", schemas.FileOf("a.v1"))
}
