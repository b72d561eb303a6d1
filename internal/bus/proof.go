package bus

import (
	"slices"

	"tenure/internal/signing"
)

// SignedContent returns what a signature of a command covers, from its headers as
// they are.
func (m Message) SignedContent() signing.Content {
	id := m.Header("ce_commandid")
	if len(id) == 0 {
		id = m.Header("ce_id")
	}
	return signing.Content{
		Type: string(m.Header("ce_type")), Subject: string(m.Header("ce_subject")), ID: string(id),
		Time: string(m.Header("ce_time")), Value: m.Value,
	}
}

// Signed returns the command with the key's proof in place of any other.
func (m Message) Signed(key signing.Key) Message {
	m.Headers = slices.DeleteFunc(slices.Clone(m.Headers), func(h Header) bool { return h.Key == signing.Header })
	m.Headers = append(m.Headers, Header{Key: signing.Header, Value: []byte(key.Sign(m.SignedContent()))})
	return m
}
