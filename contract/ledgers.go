package contract

import (
	"fmt"
	"slices"

	"tenure/billing"
)

// The ends of the names of topics that carry the amounts of the two other ledgers than the customers'.
const (
	suffixWholesale = ".wholesale"
	suffixCost      = ".cost"
)

// ledgers are all of them, in the order in which their messages are published.
var ledgers = []billing.Ledger{billing.Customer, billing.Reseller, billing.Cost}

// suffixes are what a ledger's topics end in.
var suffixes = map[billing.Ledger]string{billing.Customer: "", billing.Reseller: suffixWholesale,
	billing.Cost: suffixCost}

// Ledgers lists all of them, in the order in which their messages are published.
func Ledgers() []billing.Ledger { return slices.Clone(ledgers) }

// IsLedger reports whether there is such a ledger.
func IsLedger(l billing.Ledger) bool { return slices.Contains(ledgers, l) }

// LinesTopic is the topic of the lines of a ledger. A ledger without one must not go anywhere else: that is an error.
func LinesTopic(l billing.Ledger) (string, error) { return ofLedger(BillingLines, l) }

// DocumentsTopic is the topic of the documents of a ledger.
func DocumentsTopic(l billing.Ledger) (string, error) { return ofLedger(BillingDocuments, l) }

// RunsTopic is the topic of a run's totals of a ledger.
func RunsTopic(l billing.Ledger) (string, error) { return ofLedger(BillingRuns, l) }

func ofLedger(topic string, l billing.Ledger) (string, error) {
	if !IsLedger(l) {
		return "", fmt.Errorf("contract: ledger %q has no topic", l)
	}
	return Suffixed(topic, l), nil
}

// Suffixed names the topic of a ledger beside the customers' one: what replays publish is divided as billing.lines is.
func Suffixed(topic string, l billing.Ledger) string { return topic + suffixes[l] }

// LinesTopics are those of the lines of all ledgers, in their order.
func LinesTopics() []string { return names(ofLedgers(BillingLines)) }

// DocumentsTopics are those of the documents of all ledgers, in their order.
func DocumentsTopics() []string { return names(ofLedgers(BillingDocuments)) }

// RunsTopics are those of the runs of all ledgers, in their order.
func RunsTopics() []string { return names(ofLedgers(BillingRuns)) }

func names(topics []Topic) []string {
	all := make([]string, len(topics))
	for i := range topics {
		all[i] = topics[i].Name
	}
	return all
}

// LedgerOf is the ledger whose amounts a topic may carry; what carries none is for all readers, like the customers'
// ledger.
func LedgerOf(topic string) billing.Ledger {
	if t, known := findTopic(topic); known && t.Ledger != "" {
		return t.Ledger
	}
	return billing.Customer
}
