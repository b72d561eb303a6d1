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
	// topic/partition/offset; stream/partition/offset where a subject is parked without a message
	Message string          `json:"message"`
	Shard   store.ShardID   `json:"shard"`
	Stream  string          `json:"stream,omitempty"`
	Command string          `json:"command,omitempty"`
	Reason  string          `json:"reason"`
	Detail  string          `json:"detail"`
	At      time.Time       `json:"at"`       // business time
	Since   time.Time       `json:"parkedAt"` // real time
	Holds   bool            `json:"holds"`    // later commands of the subject queue behind it
	State   string          `json:"state"`
	Key     string          `json:"key,omitempty"`
	Value   string          `json:"value,omitempty"`
	Headers json.RawMessage `json:"headers,omitempty"`
	Edited  *editedMessage  `json:"edited,omitempty"`
	Queue   []parkedMessage `json:"queue,omitempty"`
	Repairs []repairView    `json:"repairs,omitempty"`
	History []historyEvent  `json:"history,omitempty"`
}

// editedMessage is an operator's replacement of a message.
type editedMessage struct {
	Key     string          `json:"key,omitempty"`
	Value   string          `json:"value,omitempty"`
	Headers json.RawMessage `json:"headers,omitempty"`
}

func (p *program) parked() *cobra.Command {
	cmd := &cobra.Command{Use: "parked", Short: "List, show, retry, edit and discard parked messages"}
	cmd.AddCommand(p.parkedList(), p.parkedShow(), p.parkedRetry(), p.parkedEdit(), p.parkedDiscard())
	return cmd
}

// filterFlags select parked messages.
func filterFlags(cmd *cobra.Command, f *store.ParkedFilter) {
	cmd.Flags().StringVar(&f.Stream, "stream", "", "only of this stream, kind/id")
	cmd.Flags().StringVar(&f.Reason, "cause", "", "only those parked for this: a REASON of the list, such as broken")
	cmd.Flags().DurationVar(&f.OlderThan, "older-than", 0, "only those parked for longer, such as 24h")
}

func parkedTable(messages []parkedMessage) *table.Table {
	t := table.New("MESSAGE", "STREAM", "COMMAND", "REASON", "DETAIL", ">AGE")
	for i := range messages {
		m := &messages[i]
		t.Add(m.Message, m.Stream, m.Command, m.Reason, firstLine(m.Detail), age(m.Since))
	}
	return t
}

func parkedOf(m store.Parked) parkedMessage {
	return parkedMessage{
		Message: fmt.Sprintf(
			"%s/%d/%d",
			m.Topic,
			m.Partition,
			m.Offset,
		),
		Shard:   m.Shard,
		Stream:  m.Stream,
		Command: m.CommandID,
		Reason:  m.Reason,
		Detail:  m.Detail,
		At:      m.At,
		Since:   m.ParkedAt,
		Holds:   m.Holds,
		State:   m.State,
	}
}

// findParked reads the message that an argument names.
func findParked(ctx context.Context, s *store.Store, text string) (store.Parked, error) {
	at, err := parsePlace(text)
	if err != nil {
		return at, coded(exitUsage, err)
	}
	m, ok, err := s.ParkedMessage(ctx, at.Topic, at.Partition, at.Offset)
	if err == nil && !ok {
		err = fmt.Errorf("no message %s is parked; see: tenure parked list", text)
	}
	return m, err
}

// onePlace checks the argument that names a message before anything is connected to.
func onePlace(cmd *cobra.Command, args []string) error {
	if err := cobra.ExactArgs(1)(cmd, args); err != nil {
		return err
	}
	_, err := parsePlace(args[0])
	return err
}

// atMostOnePlace is onePlace where it may be left out.
func atMostOnePlace(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return onePlace(cmd, args)
}

// parsePlace reads the place of a message on Kafka. A subject that is parked without a message has its stream as topic.
func parsePlace(text string) (store.Parked, error) {
	parts := strings.Split(text, "/")
	if n := len(parts); n >= 3 {
		partition, errPartition := strconv.ParseInt(parts[n-2], 10, 32)
		offset, errOffset := strconv.ParseInt(parts[n-1], 10, 64)
		if topic := strings.Join(parts[:n-2], "/"); errPartition == nil && errOffset == nil && topic != "" {
			return store.Parked{Topic: topic, Partition: int32(partition), Offset: offset}, nil
		}
	}
	return store.Parked{}, fmt.Errorf("%q is not TOPIC/PARTITION/OFFSET", text)
}

// headersOf reads kept headers by their name.
func headersOf(m store.Parked, raw []byte) (map[string]string, error) {
	var headers []bus.Header
	if err := json.Unmarshal(raw, &headers); err != nil {
		return nil, fmt.Errorf("headers of %s: %w", parkedOf(m).Message, err)
	}
	named := map[string]string{}
	for _, h := range headers {
		named[h.Key] = string(h.Value)
	}
	return named, nil
}
