package demo

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"tenure/billing"
	"tenure/contract"
	"tenure/events"
	"tenure/internal/bus"
)

// Line is an invoice line as it was on its topic, with the run that billed it.
type Line struct {
	billing.Line
	Run string
}

// Document is a document as it was on its topic, with its lines.
type Document struct {
	events.DocumentIssued `json:"document"`
	Lines                 []Line `json:"lines"`
}

// Moment is an event of an employee.
type Moment struct {
	At       time.Time       `json:"at"`
	Employee string          `json:"employee"`
	What     string          `json:"what"`
	Content  json.RawMessage `json:"fact"`
}

// readBack reads all messages of the topics. A message that a topic holds twice, as after a crash it may, counts
// once.
func (s *session) readBack(ctx context.Context) (*Report, error) {
	r := &Report{counts: map[string]int{}}
	seen := map[string]bool{}
	distinct := func(fn func(bus.Message) error) func(bus.Message) error {
		return func(m bus.Message) error {
			key := m.Topic + "/" + string(m.Header("ce_id"))
			if seen[key] {
				return nil
			}
			seen[key] = true
			if err := fn(m); err != nil {
				return fmt.Errorf("demo: %s/%d@%d: %w", m.Topic, m.Partition, m.Offset, err)
			}
			return nil
		}
	}
	for _, part := range []struct {
		topics []string
		read   func(bus.Message) error
	}{
		{[]string{contract.EmployeeEvents}, r.readEvent}, {contract.LinesTopics(), r.readLine},
		{contract.DocumentsTopics(), r.readDocument}, {contract.RunsTopics(), r.readRun},
	} {
		if err := s.lookup.ReadAll(ctx, part.topics, nil, distinct(part.read)); err != nil {
			return nil, err
		}
	}
	r.arrange()
	return r, nil
}

func (r *Report) readEvent(m bus.Message) error {
	kind, _, _ := strings.Cut(strings.TrimPrefix(string(m.Header("ce_type")), "employee."), ".v")
	r.counts[kind]++
	at, err := time.Parse(time.RFC3339Nano, string(m.Header("ce_time")))
	if err != nil {
		return err
	}
	if who := string(m.Key); slices.Contains(storyOf, who) && at.After(Begin) {
		r.Timeline = append(r.Timeline, Moment{At: at, Employee: nameOf(who), What: kind, Content: slices.Clone(m.Value)})
	}
	return nil
}

// storyOf are the employees whose events are listed one by one.
var storyOf = []string{
	id(
		kindEmployee,
		whoIsDeleted,
	),
	id(kindEmployee, whoChanges),
	id(kindEmployee, whoTerminates),
	id(kindEmployee, whoIsSwitched),
}

func (r *Report) readLine(m bus.Message) error {
	l := Line{Run: string(m.Header("ce_runid"))}
	if err := json.Unmarshal(m.Value, &l.Line); err != nil {
		return err
	}
	r.lines = append(r.lines, l)
	return nil
}

func (r *Report) readDocument(m bus.Message) error {
	if string(m.Header("ce_type")) != (events.DocumentIssued{}).EventType() {
		return nil
	}
	var d Document
	if err := json.Unmarshal(m.Value, &d.DocumentIssued); err != nil {
		return err
	}
	r.Documents = append(r.Documents, d)
	return nil
}

func (r *Report) readRun(m bus.Message) error {
	if string(m.Header("ce_type")) != (events.RunCompleted{}).EventType() {
		return nil
	}
	var completed events.RunCompleted
	if err := json.Unmarshal(m.Value, &completed); err != nil {
		return err
	}
	if m.Topic == contract.BillingRuns {
		r.runs = append(r.runs, completed)
	}
	for _, total := range completed.Totals {
		r.announced = append(r.announced, announcedTotal{run: completed.Run, ControlTotal: total})
	}
	return nil
}

// arrange puts lines into their documents and sorts everything for reading.
func (r *Report) arrange() {
	slices.SortStableFunc(r.Timeline, func(a, b Moment) int { return a.At.Compare(b.At) })
	slices.SortFunc(r.runs, func(a, b events.RunCompleted) int { return int(a.BusinessDate - b.BusinessDate) })
	slices.SortFunc(r.lines, compare)
	rank := map[billing.Ledger]int{billing.Customer: 1, billing.Reseller: 2, billing.Cost: 3}
	slices.SortFunc(r.Documents, func(a, b Document) int {
		if d := rank[a.Ledger] - rank[b.Ledger]; d != 0 {
			return d
		}
		return strings.Compare(a.DocumentRef, b.DocumentRef)
	})
	at := map[string]int{}
	for i, d := range r.Documents {
		at[d.DocumentRef] = i
	}
	for _, l := range r.lines {
		if i, ok := at[l.DocumentRef]; ok {
			r.Documents[i].Lines = append(r.Documents[i].Lines, l)
		}
	}
	r.Control = r.control()
}

// compare sorts lines by employee, first day, source, and credits behind charges.
func compare(a, b Line) int {
	return cmp.Or(
		strings.Compare(a.Employee, b.Employee), cmp.Compare(a.Period.From, b.Period.From),
		strings.Compare(a.Source, b.Source), strings.Compare(string(a.Kind), string(b.Kind)),
	)
}
