package contract

import (
	"slices"

	"tenure/billing"
)

// Direction says who writes messages of a type.
type Direction string

// The directions, as Tenure sees them.
const (
	In  Direction = "in"  // others write, Tenure reads
	Out Direction = "out" // Tenure writes, others read
)

// The topics. Code, docs and the AsyncAPI document use the same names.
const (
	// EmployeeCommands takes commands to employees and to a run's part in a shard of employees; key employee.
	EmployeeCommands = "employee.commands"
	// CatalogCommands takes products, prices, customers, resellers.
	CatalogCommands = "catalog.commands"
	// BillingCommands takes commands to runs, halts and documents, and what accounting writes back; key subject, of a
	// document its payer.
	BillingCommands = "billing.commands"
	// EmployeeOutcomes has the outcome of each command; key subject.
	EmployeeOutcomes = "employee.outcomes"
	// DeadLetters has what was parked, and why, without its content; key as the message.
	DeadLetters = "dead.letters"
	// EmployeeActivity is what other systems know of an employee now (calls, calendar); compacted, read by the directory
	// and never by the log.
	EmployeeActivity = "employee.activity"
	// EmployeeEvents has the events of employees; key employee.
	EmployeeEvents = "employee.events"
	// BillingLines, and the two after it, are the lines of the three ledgers.
	BillingLines          = "billing.lines"
	BillingLinesWholesale = BillingLines + suffixWholesale
	BillingLinesCost      = BillingLines + suffixCost
	// BillingDocuments, and the two after it, are the documents of the ledgers.
	BillingDocuments          = "billing.documents"
	BillingDocumentsWholesale = BillingDocuments + suffixWholesale
	BillingDocumentsCost      = BillingDocuments + suffixCost
	// BillingRuns is the progress of runs and the totals of the customers' ledger, the two after it are the totals of the
	// other ledgers; key run.
	BillingRuns          = "billing.runs"
	BillingRunsWholesale = BillingRuns + suffixWholesale
	BillingRunsCost      = BillingRuns + suffixCost
)

const (
	// commandsKeptDays is how long an outcome is known: a command older than that is refused, so keeping it longer would
	// serve nobody.
	commandsKeptDays = 30
	// outcomesKeptDays is how long a caller may come back for an outcome.
	outcomesKeptDays = 7
	// eventsKeptDays lets a consumer that was away over a month's close catch up by itself. What is older is replayed from
	// the log.
	eventsKeptDays = 100
)

// Topic is one topic of the contract.
type Topic struct {
	Name string
	// Direction is Out when Tenure writes to it.
	Direction Direction
	// Commands reports whether the worker takes commands from it: its partitions are the shards of Family.
	Commands bool
	Family   int
	// Ledger is the one whose amounts the topic carries; empty: it carries none.
	Ledger billing.Ledger
	// KeptDays is how long a message stays; 0: the last message of each key stays (a compacted topic).
	KeptDays int
	// Single says that the topic has one partition, however many the others have.
	Single bool
	// Grows says that the topic may be given more partitions: its streams stay where they began.
	Grows bool
}

var topics = slices.Concat([]Topic{
	{Name: EmployeeCommands, Direction: In, Commands: true, Family: familyEmployee, KeptDays: commandsKeptDays,
		Grows: true},
	{Name: CatalogCommands, Direction: In, Commands: true, Family: familyCatalog, KeptDays: commandsKeptDays,
		Single: true},
	{Name: BillingCommands, Direction: In, Commands: true, Family: familyBilling, KeptDays: commandsKeptDays},
	{Name: EmployeeOutcomes, Direction: Out, KeptDays: outcomesKeptDays},
	{Name: DeadLetters, Direction: Out, KeptDays: commandsKeptDays},
	{Name: EmployeeActivity, Direction: In},
	{Name: EmployeeEvents, Direction: Out, KeptDays: eventsKeptDays},
}, ofLedgers(BillingLines), ofLedgers(BillingDocuments), ofLedgers(BillingRuns))

// ofLedgers are a ledger's topics: of the customers, the resellers, and the platform's cost.
func ofLedgers(topic string) []Topic {
	all := make([]Topic, len(ledgers))
	for i, l := range ledgers {
		all[i] = Topic{Name: topic + suffixes[l], Direction: Out, Ledger: l, KeptDays: eventsKeptDays}
	}
	return all
}

// Topics lists all topics, those that Tenure reads among them, in the order in which they are created.
func Topics() []Topic { return slices.Clone(topics) }

// CommandTopics are those that the worker takes commands from.
func CommandTopics() []string { return named(func(t *Topic) bool { return t.Commands }) }

// ReadTopics are those that Tenure reads: what is written there has an effect.
func ReadTopics() []string { return named(func(t *Topic) bool { return t.Direction == In }) }

// WrittenTopics are those that Tenure writes to: events and outcomes.
func WrittenTopics() []string { return named(func(t *Topic) bool { return t.Direction == Out }) }

// OutcomeTopics are those that the results of commands are published to: outcomes, and what was parked.
func OutcomeTopics() []string { return []string{EmployeeOutcomes, DeadLetters} }

// EventTopics are those that events of the log are published to.
func EventTopics() []string {
	return named(func(t *Topic) bool { return t.Direction == Out && !slices.Contains(OutcomeTopics(), t.Name) })
}

// TopicsOf are those that carry the amounts of a ledger: its lines, documents and runs.
func TopicsOf(l billing.Ledger) []string { return named(func(t *Topic) bool { return t.Ledger == l }) }

func named(wanted func(*Topic) bool) (names []string) {
	for i := range topics {
		if wanted(&topics[i]) {
			names = append(names, topics[i].Name)
		}
	}
	return names
}

// findTopic gives the topic of a name; false when the contract has none.
func findTopic(name string) (Topic, bool) {
	at := slices.IndexFunc(topics, func(t Topic) bool { return t.Name == name })
	if at < 0 {
		return Topic{}, false
	}
	return topics[at], true
}
