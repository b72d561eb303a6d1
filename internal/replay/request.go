package replay

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"tenure/contract"
	"tenure/internal/bus"
)

// errProjection says that a replay does not fill read models.
var errProjection = errors.New("a read model is built from the whole log beside the live one")

var (
	// replayName is what a header and a database's row can carry and a person can type.
	replayName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)
	// topicName is Kafka's rule, with room for a prefix and a suffix in its 249 characters, and without its own topics.
	topicName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$`)
)

// Request asks for a replay.
type Request struct {
	// Name of the replay, as ce_replay carries it.
	Name string
	// Topic it publishes to; see ParseTarget.
	Topic string
	// Missing: the topic is one of ours, and only what it lacks is published.
	Missing bool
	Filter  Filter
	// Rate is the number of messages a second at most; 0: as fast as it goes.
	Rate int64
	// Reason and Who are kept with it.
	Reason, Who string
}

// ParseTarget reads topic:NAME. For projection:NAME the error is errProjection with what to run instead.
func ParseTarget(text string) (topic string, err error) {
	kind, name, _ := strings.Cut(text, ":")
	switch {
	case kind == "topic" && name != "":
		return name, nil
	case kind == "projection" && name != "":
		return "", fmt.Errorf("%w; run: tenure projection rebuild %s", errProjection, name)
	}
	return "", fmt.Errorf("target %q: say topic:NAME", text)
}

// Check refuses what would have an effect or cannot be done.
func (o Request) Check() error {
	if !replayName.MatchString(o.Name) {
		return fmt.Errorf("name %q: use up to 100 letters, digits, dots, dashes and underscores", o.Name)
	}
	if o.Rate < 0 {
		return errors.New("rate: it cannot be below 0")
	}
	return errors.Join(o.checkTopic(), o.Filter.Check())
}

func (o Request) checkTopic() error {
	published := contract.WrittenTopics()
	if o.Missing {
		if !slices.Contains(published, o.Topic) {
			return fmt.Errorf("topic %s: what is missing can be told of %s", o.Topic, strings.Join(published, ", "))
		}
		return nil
	}
	for _, ledger := range contract.Ledgers() {
		if name := contract.Suffixed(o.Topic, ledger); slices.Contains(published, name) {
			return fmt.Errorf("topic %s is one of ours (%s): replay to another one, or only what is missing there",
				o.Topic, name)
		}
	}
	for _, name := range contract.ReadTopics() {
		if strings.HasSuffix(o.Topic, name) { // whatever prefix another system has on the same brokers
			return fmt.Errorf("topic %s: what is written to a topic that ends in %s has effects", o.Topic, name)
		}
	}
	if !topicName.MatchString(o.Topic) {
		return fmt.Errorf("topic %q: use up to 200 letters, digits, dots, dashes and underscores", o.Topic)
	}
	return nil
}

// topics are those that the replay writes to.
func (o Request) topics() []string {
	if o.Missing {
		return []string{o.Topic}
	}
	var topics []string
	for _, ledger := range contract.Ledgers() {
		if o.Filter.wantsLedger(ledger) {
			topics = append(topics, contract.Suffixed(o.Topic, ledger))
		}
	}
	return topics
}

// readdress gives those of a record's messages that are wanted, as the replay publishes them.
func (o Request) readdress(messages []bus.Message) []bus.Message {
	kept := messages[:0]
	for _, m := range messages {
		ledger := contract.LedgerOf(m.Topic)
		if !o.Filter.wantsLedger(ledger) || !o.Filter.wantsMessage(m) {
			continue
		}
		m.Topic = contract.Suffixed(o.Topic, ledger)
		kept = append(kept, bus.Replayed(m, o.Name))
	}
	return kept
}
