package schemas

import (
	"maps"
	"slices"
	"strings"

	"tenure/contract"
)

// asyncVersion is the version of AsyncAPI that we write.
const asyncVersion = "3.0.0"

// contractVersion is that of the document; a type has its own in its name.
const contractVersion = "1"

// object is a JSON object; encoding/json writes its keys in order.
type object = map[string]any

// AsyncAPI writes the AsyncAPI 3.0 document over every topic: channels, messages, keys and headers.
func AsyncAPI() ([]byte, error) {
	all := All()
	schemas := object{}
	messages := object{}
	for _, m := range all {
		part(schemas, m)
		messages[m.Type] = object{
			"name": m.Type, "contentType": "application/json",
			"headers":  object{"$ref": "#/components/schemas/headers." + string(m.Direction)},
			"payload":  object{"$ref": "#/components/schemas/" + m.Type},
			"bindings": object{"kafka": object{"key": object{"type": "string", "description": m.Key}}},
		}
	}
	schemas["headers.in"], schemas["headers.out"] = headers(contract.In), headers(contract.Out)
	return indented(object{
		"asyncapi": asyncVersion, "id": "urn:tenure",
		"info": object{"title": "Tenure", "version": contractVersion, "description": "Commands in; facts, invoice lines, " +
			"documents and runs out. " +
			"Every message is a CloudEvent 1.0 in Kafka's binary mode: attributes are headers, the value is JSON."},
		"defaultContentType": "application/json",
		"channels":           channels(all), "operations": operations(all),
		"components": object{"messages": messages, "schemas": schemas},
	})
}

// part puts a type's schema and its definitions beside each other, which is where references of the document find them.
func part(schemas object, m Message) {
	s := m.Schema()
	own := "#/components/schemas/" + m.Type + "."
	s.Each(func(one *Schema) { one.Ref = strings.Replace(one.Ref, "#/$defs/", own, 1) })
	for name, d := range s.Defs {
		schemas[m.Type+"."+name] = d
	}
	s.Defs, s.Dialect, s.ID, s.Route = nil, "", "", nil
	schemas[m.Type] = s
}

// perTopic groups the types by the topics that they are on.
func perTopic(all []Message) map[string][]Message {
	topics := map[string][]Message{}
	for _, m := range all {
		for _, topic := range m.Topics {
			topics[topic] = append(topics[topic], m)
		}
	}
	return topics
}

func channels(all []Message) object {
	out := object{}
	for topic, messages := range perTopic(all) {
		refs := object{}
		for _, m := range messages {
			refs[m.Type] = object{"$ref": "#/components/messages/" + m.Type}
		}
		out[topic] = object{"address": topic, "messages": refs, "bindings": object{"kafka": object{"topic": topic}}}
	}
	return out
}

// operations are what Tenure does with each topic.
func operations(all []Message) object {
	out := object{}
	topics := perTopic(all)
	for _, topic := range slices.Sorted(maps.Keys(topics)) {
		action := "send"
		if topics[topic][0].Direction == contract.In {
			action = "receive"
		}
		out[action+"."+topic] = object{"action": action, "channel": object{"$ref": "#/channels/" + topic}}
	}
	return out
}

// attribute is a header of every message.
type attribute struct {
	name, says string
	always     bool               // on every message
	only       contract.Direction // empty: both
}

var attributes = []attribute{
	{"ce_specversion", "1.0", true, ""},
	{"ce_id", "the same for the same message, however often it is published", true, ""},
	{"ce_type", "the type, with its version", true, ""},
	{"ce_source", "who says it", true, ""},
	{"ce_subject", "whom it is about", true, ""},
	{"ce_time", "when it happened or was ordered, RFC 3339", true, ""},
	{"ce_dataschema", "the address of the value's schema, " + Address("TYPE"), false, ""},
	{"content-type", "application/json", false, ""},
	{"traceparent", "W3C trace context", false, ""},
	{"ce_commandid", "what the sender wants once; of what followed: the command that led to it", false, ""},
	{"ce_causationid", "the id of the message or command that led to this one", false, ""},
	{"ce_runid", "the run that it belongs to", false, contract.Out},
	{"ce_position", "shard:position in the log; the same each time, and growing for each key", false, contract.Out},
	{"ce_replay", "the replay that sent it again; missing the first time", false, contract.Out},
}

func headers(d contract.Direction) object {
	properties, required := object{}, []string{}
	for _, a := range attributes {
		if a.only != "" && a.only != d {
			continue
		}
		properties[a.name] = object{"type": "string", "description": a.says}
		if a.always {
			required = append(required, a.name)
		}
	}
	return object{"type": "object", "properties": properties, "required": required}
}
