package domain

import (
	"slices"
	"strings"

	"tenure/billing"
)

// DocumentPayer returns the payer in a document's reference, where it is between ledger and currency; empty: it is
// none.
func DocumentPayer(ref string) string {
	parts := strings.Split(ref, "/")
	ledger := slices.IndexFunc(parts, func(s string) bool { return ledgers[billing.Ledger(s)] })
	if ledger < 0 || ledger+2 >= len(parts) {
		return ""
	}
	return strings.Join(parts[ledger+1:len(parts)-1], "/")
}

// KeyOf returns the key that commands to a stream have on Kafka: the subject's id, and for a document its payer. A
// run's part in a shard goes by whatever key reaches that shard.
func KeyOf(stream, given string) string {
	kind, id := SplitStream(stream)
	switch kind {
	case KindRunShard:
		return given
	case KindDocument:
		return or(DocumentPayer(id), id)
	}
	return id
}
