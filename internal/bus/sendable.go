package bus

// Sendable tells why a message can never be published, whatever the broker's state: it has no topic or key, or with its
// headers more than 1 MiB. Publish gives the same error.
func (m Message) Sendable() error { return m.check() }
