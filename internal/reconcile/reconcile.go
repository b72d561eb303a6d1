package reconcile

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"tenure/contract"
	"tenure/events"
	"tenure/internal/bus"
	"tenure/internal/store"
)

// findingsDefault is how many differences of each kind are named; the others are counted.
const findingsDefault = 20

// Source is what is compared.
type Source struct {
	Store  *store.Store
	Lookup *bus.TopicReader
}

// Options say how.
type Options struct {
	Run         string
	FindingsMax int                   // of each kind; 0: 20
	Progress    func(done, all int64) // called with the messages that were read; may be nil
}

// The kinds of findings.
const (
	Missing  = "missing"  // the log has it, the topic does not
	Altered  = "altered"  // the topic has it with another content
	Unknown  = "unknown"  // the topic has it, the log does not
	Repeated = "repeated" // the topic has it again, alike: allowed
)

// Finding is one difference.
type Finding struct {
	Kind  string    `json:"kind"`
	Topic string    `json:"topic"`
	ID    uuid.UUID `json:"id"`              // of the message; of a line its lineId
	Place string    `json:"place,omitempty"` // topic/partition/offset; empty of one that is missing
}

// TopicReport is what was met on a topic.
type TopicReport struct {
	Topic    string `json:"topic"`
	Expected int64  `json:"expected"`
	Alike    int64  `json:"alike"` // distinct
	Missing  int64  `json:"missing"`
	Altered  int64  `json:"altered"`
	Unknown  int64  `json:"unknown"`
	Repeated int64  `json:"repeated"`
	// the topic still has its first message; otherwise what is missing may have run out of it
	Begins bool `json:"begins"`
}

// Report is the answer for a run.
type Report struct {
	Run       string        `json:"run"`
	Topics    []TopicReport `json:"topics"`
	Totals    []Comparison  `json:"totals"`
	Documents [2]int64      `json:"documents"` // announced, and issued in the log
	Abandoned bool          `json:"abandoned"` // orders of documents that were on their way then are issued all the same
	Findings  []Finding     `json:"findings"`
	Omitted   int64         `json:"omitted"` // findings that are only counted
}

// Whole reports whether everything is there and nothing else.
func (r *Report) Whole() bool {
	for _, t := range r.Topics {
		if t.Missing+t.Altered+t.Unknown > 0 {
			return false
		}
	}
	for _, c := range r.Totals {
		if !c.Agrees() {
			return false
		}
	}
	return r.Documents[0] == r.Documents[1] || r.Abandoned && r.Documents[0] < r.Documents[1]
}

// Repeats counts messages that are on a topic again.
func (r *Report) Repeats() (n int64) {
	for _, t := range r.Topics {
		n += t.Repeated
	}
	return n
}

// Run compares the log of a run, its control totals, and what its topics hold up to their present ends. The relay has
// to be through with the run before. The error is ErrNotCompleted for a run without totals.
func Run(ctx context.Context, from Source, o Options) (*Report, error) {
	x, err := expect(ctx, from.Store, o.Run)
	if err != nil {
		return nil, err
	}
	if o.FindingsMax == 0 {
		o.FindingsMax = findingsDefault
	}
	s := &scan{
		expectation: x,
		options:     o,
		report:      &Report{Run: o.Run, Findings: []Finding{}},
		topic:       newTotals(),
		named:       map[string]int{},
	}
	if err := s.run(ctx, from.Lookup); err != nil {
		return nil, err
	}
	s.finish()
	return s.report, nil
}

// scan reads the topics.
type scan struct {
	*expectation
	options   Options
	report    *Report
	topic     *totals        // of lines that are as the log has them
	named     map[string]int // findings so far, by kind
	done, all int64
}

func (s *scan) run(ctx context.Context, lookup *bus.TopicReader) error {
	states, err := lookup.TopicStates(ctx, topics)
	if err != nil {
		return err
	}
	s.report.Topics = make([]TopicReport, len(topics))
	for i, state := range states {
		t := &s.report.Topics[i]
		t.Topic, t.Begins = state.Topic, true
		for _, p := range state.Partitions {
			s.all += p.Newest - p.Oldest
			t.Begins = t.Begins && p.Oldest == 0
		}
	}
	for i, topic := range topics {
		err := lookup.ReadAll(ctx, []string{topic}, nil, func(m bus.Message) error { return s.take(uint8(i), m) })
		if err != nil {
			return fmt.Errorf("reconcile: %w", err)
		}
	}
	return nil
}

// take judges one message of a topic.
func (s *scan) take(topic uint8, m bus.Message) error {
	if s.done++; s.options.Progress != nil {
		s.options.Progress(s.done, s.all)
	}
	id, err := uuid.ParseBytes(m.Header(headerID))
	if err != nil {
		if s.concerns(m) {
			s.find(topic, Unknown, uuid.Nil, place(m))
		}
		return nil
	}
	at, ok := s.expectation.find(id, topic)
	if !ok {
		if s.concerns(m) {
			s.find(topic, Unknown, id, place(m))
		}
		return nil
	}
	return s.meet(topic, &s.messages[at], m)
}

// meet notes that an expected message was met.
func (s *scan) meet(topic uint8, e *expected, m bus.Message) error {
	switch {
	case digest(m) != e.digest:
		e.met = max(e.met, metAltered)
		s.find(topic, Altered, e.id, place(m))
	case e.met == metAlike:
		s.find(topic, Repeated, e.id, place(m))
	default:
		e.met = metAlike
		s.report.Topics[topic].Alike++
		if int(topic) < len(ledgers) {
			return s.topic.add(m)
		}
	}
	return nil
}

// concerns reports whether a message that is not expected says that it is of the run. Answers of accounting on a
// document's topic belong to no run, and neither do messages of other types.
func (s *scan) concerns(m bus.Message) bool {
	switch string(m.Header(headerType)) {
	case events.TypeLine,
		(events.RunStarted{}).EventType(),
		(events.RunShardCompleted{}).EventType(),
		(events.RunCompleted{}).EventType():
		return string(m.Header(headerRun)) == s.options.Run || string(m.Key) == s.options.Run
	case (events.DocumentIssued{}).EventType():
		var d events.DocumentIssued
		return json.Unmarshal(m.Value, &d) == nil && d.Run == s.options.Run
	}
	return false
}

func (s *scan) find(topic uint8, kind string, id uuid.UUID, where string) {
	t := &s.report.Topics[topic]
	*map[string]*int64{Missing: &t.Missing, Altered: &t.Altered, Unknown: &t.Unknown, Repeated: &t.Repeated}[kind]++
	if s.named[kind]++; s.named[kind] <= s.options.FindingsMax {
		s.report.Findings = append(s.report.Findings, Finding{Kind: kind, Topic: t.Topic, ID: id, Place: where})
		return
	}
	s.report.Omitted++
}

// finish counts what was never met, and puts the totals beside each other.
func (s *scan) finish() {
	for _, e := range s.messages {
		s.report.Topics[e.topic].Expected++
		if e.met == metNever {
			s.find(e.topic, Missing, e.id, "")
		}
		if slices.Contains(contract.DocumentsTopics(), topics[e.topic]) {
			s.report.Documents[1]++
		}
	}
	s.report.Documents[0], s.report.Abandoned = s.completed.Documents, s.completed.Abandoned
	s.report.Totals = compare(announced(s.completed), s.lines, s.topic)
}

func place(m bus.Message) string { return fmt.Sprintf("%s/%d/%d", m.Topic, m.Partition, m.Offset) }
