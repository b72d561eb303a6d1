package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"tenure/domain"
	"tenure/internal/history"
	"tenure/internal/store"
	"tenure/internal/table"
)

const (
	// shownHistory is how many of the last events of the subject are shown beside a message.
	shownHistory = 10
	// shownQueue is how many messages of its queue.
	shownQueue = 20
)

func (p *program) parkedShow() *cobra.Command {
	var payload bool
	cmd := &cobra.Command{
		Use:   "show TOPIC/PARTITION/OFFSET",
		Short: "Show a parked message: error, queue, requests, and the history of its subject",
		Args:  onePlace,
		Long: "Shows why a message is parked, the queue behind it, the requests of operators, and the last events of\n" +
			"its subject. Its content may be personal and is shown with --payload only.",
		Example: "  tenure parked show employee.commands/3/17 --data ./data --payload",
		RunE: p.onStore(func(ctx context.Context, s *store.Store, args []string) error {
			m, err := findParked(ctx, s, args[0])
			if err != nil {
				return err
			}
			shown, err := viewParked(ctx, s, m, payload)
			if err != nil {
				return err
			}
			return p.printParked(shown)
		}),
	}
	cmd.Flags().BoolVar(&payload, "payload", false, "show key, headers and value")
	return cmd
}

// viewParked collects what is known about a parked message.
func viewParked(ctx context.Context, s *store.Store, m store.Parked, payload bool) (parkedMessage, error) {
	shown := parkedOf(m)
	if payload {
		if err := shown.addPayload(m); err != nil {
			return shown, err
		}
	}
	repairs, err := s.RepairsOf(ctx, m)
	if err != nil {
		return shown, err
	}
	for _, r := range repairs {
		shown.Repairs = append(shown.Repairs, repairOf(r))
	}
	if m.Holds {
		if shown.Queue, err = queueBehind(ctx, s, m.Stream); err != nil {
			return shown, err
		}
	}
	shown.History, err = lastEvents(ctx, s, m.Stream, payload)
	return shown, err
}

// queueBehind lists the first messages of a stream that is held up.
func queueBehind(ctx context.Context, s *store.Store, stream string) ([]parkedMessage, error) {
	waiting, err := s.ParkedQueue(ctx, stream, shownQueue)
	if err != nil {
		return nil, err
	}
	var queue []parkedMessage
	for _, m := range waiting {
		queue = append(queue, parkedOf(m))
	}
	return queue, nil
}

func (m *parkedMessage) addPayload(p store.Parked) error {
	headers, err := headersOf(p, p.Headers)
	if err != nil {
		return err
	}
	if m.Headers, err = json.Marshal(headers); err != nil {
		return fmt.Errorf("headers of %s: %w", m.Message, err)
	}
	m.Key, m.Value = string(p.Key), string(p.Value)
	if p.EditedKey == nil && p.EditedValue == nil && p.EditedHeaders == nil {
		return nil
	}
	m.Edited = &editedMessage{Key: string(p.EditedKey), Value: string(p.EditedValue)}
	if p.EditedHeaders == nil {
		return nil
	}
	if headers, err = headersOf(p, p.EditedHeaders); err != nil {
		return err
	}
	m.Edited.Headers, err = json.Marshal(headers)
	return err
}

// lastEvents are the last events of a stream. Their payloads may be personal, so they are shown with that of the
// message.
func lastEvents(ctx context.Context, s *store.Store, stream string, payload bool) ([]historyEvent, error) {
	row, ok, err := s.Subject(ctx, stream)
	if err != nil || !ok {
		return nil, err
	}
	last, err := history.From(ctx, s, stream, max(1, row.Version-shownHistory+1))
	if err != nil {
		return nil, err
	}
	kind, _ := domain.SplitStream(stream)
	facts := make([]historyEvent, 0, len(last))
	for _, r := range last {
		f := historyEventOf(r)
		if !payload {
			f.Payload = nil
		}
		if kind != domain.KindEmployee || !payload {
			f.What = f.Type
		}
		facts = append(facts, f)
	}
	return facts, nil
}

func (p *program) printParked(shown parkedMessage) error {
	if p.json {
		return p.printJSON(shown)
	}
	t := table.New("WHAT", "VALUE")
	for _, row := range [][2]string{
		{"message", shown.Message}, {"stream", shown.Stream}, {"command", shown.Command}, {"reason", shown.Reason},
		{"detail", shown.Detail}, {"at", shown.At.Format(time.RFC3339)}, {"parked since", shown.Since.Format(time.RFC3339)},
		{"state", shown.State},
	} {
		t.Add(row[0], row[1])
	}
	addContent(t, "", shown.Key, shown.Value, shown.Headers)
	if e := shown.Edited; e != nil {
		addContent(t, "edited ", e.Key, e.Value, e.Headers)
	}
	t.Write(p.out, "")
	if len(shown.Queue) > 0 {
		_, _ = fmt.Fprintf(p.out, "\nThe queue of %s:\n", shown.Stream)
		parkedTable(shown.Queue).Write(p.out, "  ")
	}
	if len(shown.Repairs) > 0 {
		_, _ = fmt.Fprintln(p.out, "\nRequests of operators:")
		repairTable(shown.Repairs).Write(p.out, "  ")
	}
	if len(shown.History) > 0 {
		_, _ = fmt.Fprintf(p.out, "\nThe last events of %s:\n", shown.Stream)
		facts := table.New("WHEN (UTC)", "WHAT", "BY", "COMMAND", "POSITION")
		for i := range shown.History {
			f := &shown.History[i]
			facts.Add(f.At.Format(time.DateTime), f.What, f.By, f.Command, f.Position)
		}
		facts.Write(p.out, "  ")
	}
	return nil
}

// addContent adds the content of a message where it is shown.
func addContent(t *table.Table, prefix, key, value string, headers json.RawMessage) {
	addSet(t, prefix+"key", key)
	var named map[string]string
	if json.Unmarshal(headers, &named) == nil {
		for _, name := range sortedKeys(named) {
			t.Add(prefix+"header "+name, named[name])
		}
	}
	addSet(t, prefix+"value", value)
}
