package domain

import "strings"

// KeyOf gives the key that commands to a stream have on Kafka: the subject's id, and for a document its payer, which its
// reference holds in third place. A run's part in a shard goes by whatever key reaches that shard.
func KeyOf(stream, given string) string {
	kind, id := SplitStream(stream)
	switch kind {
	case KindRunShard:
		return given
	case KindDocument:
		if parts := strings.Split(id, "/"); len(parts) >= documentRefParts {
			return strings.Join(parts[2:len(parts)-1], "/")
		}
	}
	return id
}

// documentRefParts: cycle, ledger, payer, currency.
const documentRefParts = 4
