package contract

import (
	"slices"
	"strings"

	"tenure/billing"
)

// The families of shards, one per command topic. Employees come first: their integer numbers are counter * 1024 +
// shard, and that is below 1024 for them only.
const (
	familyEmployee = 0
	familyCatalog  = 1
	familyBilling  = 2
	familyCount    = 3
)

// partitionsMax is the number of partitions that a command topic may have: a shard's number keeps ten bits for them.
const partitionsMax = 1024

// ShardOf numbers the shard of a partition of a command topic; false for a topic that takes no commands.
func ShardOf(topic string, partition int32) (shard int32, ok bool) {
	t, known := findTopic(topic)
	if !known || !t.Commands {
		return 0, false
	}
	return int32(t.Family)*partitionsMax + partition, true
}

// The kinds of streams. A stream's name is kind/id.
const (
	KindEmployee = "employee"
	KindProduct  = "product"
	KindCustomer = "customer"
	KindReseller = "reseller"
	KindRun      = "run"
	KindRunShard = "runshard"
	KindHalt     = "halt"
	KindDocument = "document"
	KindPolicy   = "policy"
)

// commandTopics maps the kind of a stream to the topic of its commands.
var commandTopics = map[string]string{
	KindEmployee: EmployeeCommands,
	KindRunShard: EmployeeCommands,
	KindProduct:  CatalogCommands,
	KindCustomer: CatalogCommands,
	KindReseller: CatalogCommands,
	KindPolicy:   CatalogCommands,
	KindRun:      BillingCommands,
	KindHalt:     BillingCommands,
	KindDocument: BillingCommands,
}

// CommandTopic is the topic of the commands to streams of a kind; false: no command goes to them.
func CommandTopic(kind string) (topic string, ok bool) {
	topic, ok = commandTopics[kind]
	return topic, ok
}

// KeyOf gives the Kafka key of commands to a stream: the subject's id, and of a document its payer, which stands
// between ledger and currency in its reference. A run's part in a shard goes by whatever key reaches that shard: the
// one given.
func KeyOf(stream, given string) string {
	kind, id, _ := strings.Cut(stream, "/")
	switch kind {
	case KindRunShard:
		return given
	case KindDocument:
		if _, payer, ok := DocumentParts(id); ok {
			return payer
		}
	}
	return id
}

// DocumentParts takes a document's reference apart: the ledger and the payer, which stand between the cycle and the
// currency. ok is false for what is no reference of a document.
func DocumentParts(ref string) (ledger billing.Ledger, payer string, ok bool) {
	parts := strings.Split(ref, "/")
	at := slices.IndexFunc(parts, func(s string) bool { return IsLedger(billing.Ledger(s)) })
	if at < 0 || at+2 >= len(parts) {
		return "", "", false
	}
	return billing.Ledger(parts[at]), strings.Join(parts[at+1:len(parts)-1], "/"), true
}
