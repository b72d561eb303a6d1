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
	// shownHistory is how many of the last facts of the subject are shown beside a message.
	shownHistory = 10
	// shownQueue is how many messages of its queue.
	shownQueue = 20
)

func (p *program) parkedShow() *cobra.Command {
	var payload bool
	cmd := &cobra.Command{
		Use: "show TOPIC/PARTITION/OFFSET", Short: "Show one: the error, who waits behind it, what was tried, and the history of its subject",
		Args: onePlace,
		Long: "Shows why a message is parked, what waits behind it, what people did about it, and the last facts of its subject.\n" +
			"What its sender wrote may be about a person and is shown with --payload only.",
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
	cmd.Flags().BoolVar(&payload, "payload", false, "show key, headers and value too")
	return cmd
}

// viewParked gathers what is known about a parked message.
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
		queue, err := s.ParkedQueue(ctx, m.Stream, shownQueue)
		if err != nil {
			return shown, err
		}
		for _, waiting := range queue {
			shown.Queue = append(shown.Queue, parkedOf(waiting))
		}
	}
	shown.History, err = lastFacts(ctx, s, m.Stream, payload)
	return shown, err
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

// lastFacts are the last facts of a stream. Their payloads are the subject's, so they are shown with those of the message.
func lastFacts(ctx context.Context, s *store.Store, stream string, payload bool) ([]fact, error) {
	row, ok, err := s.Subject(ctx, stream)
	if err != nil || !ok {
		return nil, err
	}
	page, err := s.StreamEvents(ctx, stream, max(1, row.Version-shownHistory+1))
	if err != nil {
		return nil, err
	}
	kind, _ := domain.SplitStream(stream)
	facts := make([]fact, 0, len(page))
	for _, e := range page {
		r, err := history.Recorded(e)
		if err != nil {
			return nil, err
		}
		f := factOf(r)
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
		tableOf(shown.Queue).Write(p.out, "  ")
	}
	if len(shown.Repairs) > 0 {
		_, _ = fmt.Fprintln(p.out, "\nWhat was done about it:")
		repairTable(shown.Repairs).Write(p.out, "  ")
	}
	if len(shown.History) > 0 {
		_, _ = fmt.Fprintf(p.out, "\nThe last facts of %s:\n", shown.Stream)
		facts := table.New("WHEN (UTC)", "WHAT", "BY", "COMMAND", "POSITION")
		for i := range shown.History {
			f := &shown.History[i]
			facts.Add(f.At.Format(time.DateTime), f.What, f.By, f.Command, f.Position)
		}
		facts.Write(p.out, "  ")
	}
	return nil
}

// addContent tells what a sender wrote, when it is shown at all.
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
