package bus

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// structuredType is the content type of a message that has its attributes beside its data in one JSON object:
// CloudEvents' structured mode, which some libraries write by default. Tenure writes the binary mode only.
const structuredType = "application/cloudevents+json"

// Decode reads the envelope and the value of a message in either mode of CloudEvents. Its error is a *[Malformed]; the
// envelope then has what can be read.
func Decode(m Message) (e Envelope, value []byte, err error) {
	if !strings.EqualFold(mediaType(string(m.Header("content-type"))), structuredType) {
		e, err = DecodeEnvelope(m.Headers)
		return e, m.Value, err
	}
	if err := Guard(m.Value); err != nil {
		e, _ = DecodeEnvelope(readableHeaders(m.Value)) // its sender is told what is wrong with the rest
		return e, m.Value, err
	}
	var attributes map[string]json.RawMessage
	if err := json.Unmarshal(m.Value, &attributes); err != nil {
		return Envelope{}, m.Value, &Malformed{Reason: ReasonNotObject, Rule: "must be a CloudEvent"}
	}
	headers, wrong := headersOf(attributes)
	e, err = DecodeEnvelope(headers)
	if err == nil {
		err = wrong
	}
	return e, attributes["data"], err
}

// headersOf are the attributes of a structured message as the headers of a binary one.
func headersOf(attributes map[string]json.RawMessage) (headers []Header, wrong error) {
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		var text *string
		key := "ce_" + name
		switch name {
		case "data":
			continue
		case "datacontenttype":
			key = "content-type"
		case "traceparent":
			key = name
		}
		if _, known := attributeOf[key]; !known && name != "data_base64" {
			continue
		}
		if name == "data_base64" || json.Unmarshal(attributes[name], &text) != nil {
			wrong = &Malformed{Reason: ReasonHeaderValue, Property: key, Rule: "must be a text, and data an object"}
			continue
		}
		if text != nil {
			headers = append(headers, Header{Key: key, Value: []byte(*text)})
		}
	}
	return headers, wrong
}

// readableHeaders are the attributes of a structured message that is not what it should be, as far as they can be read:
// one that is there twice is twice among them.
func readableHeaders(value []byte) (headers []Header) {
	if !utf8.Valid(value) { // an attribute would be read as another one
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(value, []byte("\ufeff"))))
	if start, err := d.Token(); err != nil || start != json.Delim('{') {
		return nil
	}
	for {
		name, err := d.Token()
		if err != nil {
			return headers
		}
		key, isName := name.(string)
		var attribute json.RawMessage
		if !isName || d.Decode(&attribute) != nil {
			return headers
		}
		one, _ := headersOf(map[string]json.RawMessage{key: attribute})
		headers = append(headers, one...)
	}
}

// mediaType is a content type without its parameters.
func mediaType(value string) string {
	kind, _, _ := strings.Cut(value, ";")
	return strings.TrimSpace(kind)
}
