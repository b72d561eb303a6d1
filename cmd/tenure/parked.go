package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tenure/internal/bus"
	"tenure/internal/store"
	"tenure/internal/table"
)

// parkedMessage is a parked message as it is printed. The list leaves out what the sender wrote.
type parkedMessage struct {
	Message string          `json:"message"` // topic/partition/offset
	Shard   store.ShardID   `json:"shard"`
	Stream  string          `json:"stream,omitempty"`
	Command string          `json:"command,omitempty"`
	Reason  string          `json:"reason"`
	Detail  string          `json:"detail"`
	At      time.Time       `json:"at"`
	State   string          `json:"state"`
	Key     string          `json:"key,omitempty"`
	Value   string          `json:"value,omitempty"`
	Headers json.RawMessage `json:"headers,omitempty"`
}

func (p *program) parked() *cobra.Command {
	cmd := &cobra.Command{Use: "parked", Short: "Messages that could not be applied and are kept as they came"}
	cmd.AddCommand(p.parkedList(), p.parkedShow())
	return cmd
}

func (p *program) parkedList() *cobra.Command {
	var f store.ParkedFilter
	cmd := &cobra.Command{
		Use: "list", Short: "List them; exit code 3 when there are any", Args: cobra.NoArgs,
		Example: "  tenure parked list --data ./data --stream employee/5a0000000000000000000001",
		RunE: p.onStore(func(ctx context.Context, s *store.Store, _ []string) error {
			found, err := s.ParkedList(ctx, f)
			if err != nil {
				return err
			}
			list := make([]parkedMessage, len(found))
			t := table.New("MESSAGE", "STREAM", "COMMAND", "REASON", "DETAIL", "AT")
			for i, m := range found {
				list[i] = parkedOf(m)
				t.Add(list[i].Message, m.Stream, m.CommandID, m.Reason, m.Detail, m.At.Format(time.RFC3339))
			}
			if err := p.print(list, t); err != nil {
				return err
			}
			if len(list) > 0 && (f.State == "" || f.State == store.StateParked) {
				return coded(exitParked, errQuiet)
			}
			return nil
		}),
	}
	cmd.Flags().StringVar(&f.Stream, "stream", "", "only of this stream, kind/id")
	cmd.Flags().StringVar(&f.State, "state", store.StateParked, "parked, retried or discarded")
	cmd.Flags().IntVar(&f.Limit, "limit", 100, "at most so many, up to 1000")
	return cmd
}

func parkedOf(m store.Parked) parkedMessage {
	return parkedMessage{
		Message: fmt.Sprintf("%s/%d/%d", m.Topic, m.Partition, m.Offset), Shard: m.Shard, Stream: m.Stream, Command: m.CommandID,
		Reason: m.Reason, Detail: m.Detail, At: m.At, State: m.State,
	}
}

func (p *program) parkedShow() *cobra.Command {
	return &cobra.Command{
		Use: "show TOPIC/PARTITION/OFFSET", Short: "Show one with its content", Args: cobra.ExactArgs(1),
		Example: "  tenure parked show employee.commands/3/17 --data ./data",
		RunE: func(cmd *cobra.Command, args []string) error {
			place, err := parsePlace(args[0])
			if err != nil {
				return coded(exitUsage, err)
			}
			s, err := p.openStore(cmd.Context())
			if err != nil {
				return err
			}
			defer s.Close()
			m, ok, err := findParked(cmd.Context(), s, place)
			if err != nil {
				return err
			}
			if !ok {
				return fmt.Errorf("no message %s is parked; see: tenure parked list", args[0])
			}
			return p.printParked(m)
		},
	}
}

// findParked looks for the message behind the one before it, in each state.
func findParked(ctx context.Context, s *store.Store, at store.ParkedFilter) (store.Parked, bool, error) {
	after := at
	after.Offset, after.Limit = at.Offset-1, 1
	for _, state := range []string{store.StateParked, store.StateRetried, store.StateDiscarded} {
		after.State = state
		found, err := s.ParkedList(ctx, after)
		if err != nil {
			return store.Parked{}, false, err
		}
		if len(found) == 1 && found[0].Topic == at.Topic && found[0].Partition == at.Partition && found[0].Offset == at.Offset {
			return found[0], true, nil
		}
	}
	return store.Parked{}, false, nil
}

// parsePlace reads where a message stood on Kafka.
func parsePlace(text string) (store.ParkedFilter, error) {
	parts := strings.Split(text, "/")
	if len(parts) == 3 {
		partition, errPartition := strconv.ParseInt(parts[1], 10, 32)
		offset, errOffset := strconv.ParseInt(parts[2], 10, 64)
		if errPartition == nil && errOffset == nil {
			return store.ParkedFilter{Topic: parts[0], Partition: int32(partition), Offset: offset}, nil
		}
	}
	return store.ParkedFilter{}, fmt.Errorf("%q is not TOPIC/PARTITION/OFFSET", text)
}

func (p *program) printParked(m store.Parked) error {
	shown := parkedOf(m)
	shown.Key, shown.Value = string(m.Key), string(m.Value)
	var headers []bus.Header
	if err := json.Unmarshal(m.Headers, &headers); err != nil {
		return fmt.Errorf("headers of %s: %w", shown.Message, err)
	}
	named := map[string]string{}
	t := table.New("WHAT", "VALUE")
	for _, row := range [][2]string{
		{"message", shown.Message}, {"stream", shown.Stream}, {"command", shown.Command}, {"reason", shown.Reason},
		{"detail", shown.Detail}, {"at", shown.At.Format(time.RFC3339)}, {"state", shown.State}, {"key", shown.Key},
	} {
		t.Add(row[0], row[1])
	}
	for _, h := range headers {
		named[h.Key] = string(h.Value)
		t.Add("header "+h.Key, string(h.Value))
	}
	t.Add("value", shown.Value)
	raw, err := json.Marshal(named)
	if err != nil {
		return fmt.Errorf("headers of %s: %w", shown.Message, err)
	}
	shown.Headers = raw
	return p.print(shown, t)
}
