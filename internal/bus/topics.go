package bus

import "strconv"

// The topics of Tenure. docs and AsyncAPI use the same names.
const (
	// EmployeeCommands takes what is to happen to an employee; key employee.
	EmployeeCommands = "employee.commands"
	// CatalogCommands takes products, prices, customers, resellers.
	CatalogCommands = "catalog.commands"
	// BillingCommands takes documents and what accounting writes back; key payer.
	BillingCommands = "billing.commands"
	// EmployeeOutcomes says what became of each command; key subject.
	EmployeeOutcomes = "employee.outcomes"
	// EmployeeActivity is what other systems know of an employee now (calls,
	// calendar); compacted, read by the directory and never by the log.
	EmployeeActivity = "employee.activity"
	// EmployeeEvents is what has happened; key employee.
	EmployeeEvents = "employee.events"
	// BillingLines, and the two after it, are the lines of the three ledgers.
	BillingLines          = "billing.lines"
	BillingLinesWholesale = "billing.lines.wholesale"
	BillingLinesCost      = "billing.lines.cost"
	// BillingDocuments, and the two after it, are the documents of the ledgers.
	BillingDocuments          = "billing.documents"
	BillingDocumentsWholesale = "billing.documents.wholesale"
	BillingDocumentsCost      = "billing.documents.cost"
	// BillingRuns is the progress of runs and the totals of the customers' ledger,
	// the two after it are the totals of the other ledgers; key run.
	BillingRuns          = "billing.runs"
	BillingRunsWholesale = "billing.runs.wholesale"
	BillingRunsCost      = "billing.runs.cost"
)

// PartitionsDefault is how many partitions, and so shards, a topic gets. The
// number is fixed when the topic is created: a key would move with it.
const PartitionsDefault int32 = 16

const day = 24 * 60 * 60 * 1000 // milliseconds, as Kafka counts retention

const (
	// commandsKeptDays is how long an outcome is remembered: a command older
	// than that is refused, so keeping it longer would serve nobody.
	commandsKeptDays = 30
	// outcomesKeptDays is how long a caller may come back and look.
	outcomesKeptDays = 7
	// factsKeptDays lets a consumer that was away over a month's close catch up
	// by itself. What is older is replayed from the log.
	factsKeptDays = 100
)

// TopicSpec says how a topic is created.
type TopicSpec struct {
	// Name of the topic.
	Name string
	// Partitions it has for ever.
	Partitions int32
	// ReplicationFactor; -1 means what the broker is configured for.
	ReplicationFactor int16
	// Configs are topic settings in Kafka's own names and units.
	Configs map[string]string
}

// Topics returns the specs of all topics, each with the given number of
// partitions but for the catalogue, which is one shard.
func Topics(partitions int32) []TopicSpec {
	return []TopicSpec{
		commands(EmployeeCommands, partitions),
		commands(CatalogCommands, 1),
		commands(BillingCommands, partitions),
		kept(EmployeeOutcomes, partitions, outcomesKeptDays),
		{Name: EmployeeActivity, Partitions: partitions, ReplicationFactor: -1,
			Configs: map[string]string{"cleanup.policy": "compact"}},
		kept(EmployeeEvents, partitions, factsKeptDays),
		kept(BillingLines, partitions, factsKeptDays),
		kept(BillingLinesWholesale, partitions, factsKeptDays),
		kept(BillingLinesCost, partitions, factsKeptDays),
		kept(BillingDocuments, partitions, factsKeptDays),
		kept(BillingDocumentsWholesale, partitions, factsKeptDays),
		kept(BillingDocumentsCost, partitions, factsKeptDays),
		kept(BillingRuns, partitions, factsKeptDays),
		kept(BillingRunsWholesale, partitions, factsKeptDays),
		kept(BillingRunsCost, partitions, factsKeptDays),
	}
}

// commands is a topic that others write to. The broker stores it uncompressed,
// so that it checks the size of what a batch unfolds to: a small batch that
// unfolds to gigabytes is then refused at its sender instead of met by a worker.
func commands(name string, partitions int32) TopicSpec {
	spec := kept(name, partitions, commandsKeptDays)
	spec.Configs["compression.type"] = "uncompressed"
	return spec
}

func kept(name string, partitions int32, days int) TopicSpec {
	return TopicSpec{Name: name, Partitions: partitions, ReplicationFactor: -1, Configs: map[string]string{
		"cleanup.policy": "delete",
		"retention.ms":   strconv.Itoa(days * day),
	}}
}
