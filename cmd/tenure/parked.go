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
	Message string          `json:"message"` // topic/partition/offset; stream/partition/offset where a subject waits without a message
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
	History []fact          `json:"history,omitempty"`
}

// editedMessage is what a person put in a message's place.
type editedMessage struct {
	Key     string          `json:"key,omitempty"`
	Value   string          `json:"value,omitempty"`
	Headers json.RawMessage `json:"headers,omitempty"`
}

// parkedReason sums up a reason as it is printed.
type parkedReason struct {
	Reason   string    `json:"reason"`
	Messages int64     `json:"messages"`
	Subjects int64     `json:"subjects"`
	Oldest   time.Time `json:"oldest"`
}

// parkedView is the list as it is printed.
type parkedView struct {
	Reasons  []parkedReason  `json:"reasons"`
	Messages []parkedMessage `json:"messages"`
}

func (p *program) parked() *cobra.Command {
	cmd := &cobra.Command{Use: "parked", Short: "What could not be applied, and is kept as it came until somebody decides"}
	cmd.AddCommand(p.parkedList(), p.parkedShow(), p.parkedRetry(), p.parkedEdit(), p.parkedDiscard())
	return cmd
}

func (p *program) parkedList() *cobra.Command {
	var f store.ParkedFilter
	cmd := &cobra.Command{
		Use: "list", Short: "Count it by reason and list it; exit code 3 when there is any", Args: cobra.NoArgs,
		Example: "  tenure parked list --data ./data\n" +
			"  tenure parked list --data ./data --cause broken --older-than 24h\n" +
			"  tenure parked list --data ./data --stream employee/5e0000000000000000000007",
		RunE: p.onStore(func(ctx context.Context, s *store.Store, _ []string) error {
			view, err := readParked(ctx, s, f)
			if err != nil {
				return err
			}
			if err := p.printParkedList(view); err != nil {
				return err
			}
			if len(view.Messages) > 0 && f.State == store.StateParked {
				return coded(exitParked, errQuiet)
			}
			return nil
		}),
	}
	filterFlags(cmd, &f)
	cmd.Flags().StringVar(&f.State, "state", store.StateParked, "parked, retried, moved or discarded")
	cmd.Flags().IntVar(&f.Limit, "limit", 100, "list at most so many, up to 1000; the counts are of all")
	return cmd
}

// filterFlags say which parked messages are meant.
func filterFlags(cmd *cobra.Command, f *store.ParkedFilter) {
	cmd.Flags().StringVar(&f.Stream, "stream", "", "only of this stream, kind/id")
	cmd.Flags().StringVar(&f.Reason, "cause", "", "only those parked for this: a REASON of the list, such as broken")
	cmd.Flags().DurationVar(&f.OlderThan, "older-than", 0, "only those parked for longer, such as 24h")
}

func readParked(ctx context.Context, s *store.Store, f store.ParkedFilter) (parkedView, error) {
	view := parkedView{Reasons: []parkedReason{}, Messages: []parkedMessage{}}
	reasons, err := s.ParkedReasons(ctx, f)
	if err != nil {
		return view, err
	}
	for _, r := range reasons {
		view.Reasons = append(view.Reasons, parkedReason(r))
	}
	found, err := s.ParkedList(ctx, f)
	for _, m := range found {
		view.Messages = append(view.Messages, parkedOf(m))
	}
	return view, err
}

func (p *program) printParkedList(view parkedView) error {
	if p.json {
		return p.printJSON(view)
	}
	if len(view.Reasons) > 0 {
		t := table.New("REASON", ">MESSAGES", ">SUBJECTS THAT WAIT", ">OLDEST")
		for _, r := range view.Reasons {
			t.Add(r.Reason, count(r.Messages), count(r.Subjects), age(r.Oldest))
		}
		t.Write(p.out, "")
		_, _ = fmt.Fprintln(p.out)
	}
	return p.print(view, tableOf(view.Messages))
}

func tableOf(messages []parkedMessage) *table.Table {
	t := table.New("MESSAGE", "STREAM", "COMMAND", "REASON", "DETAIL", ">AGE")
	for i := range messages {
		m := &messages[i]
		t.Add(m.Message, m.Stream, m.Command, m.Reason, firstLine(m.Detail), age(m.Since))
	}
	return t
}

// firstLine keeps a stack out of a table.
func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

// age is how long ago something was, as a person says it.
func age(since time.Time) string {
	d := time.Since(since)
	switch {
	case d >= 48*time.Hour:
		return fmt.Sprintf("%d days", d/(24*time.Hour))
	case d >= 2*time.Hour:
		return fmt.Sprintf("%d h", d/time.Hour)
	case d >= 2*time.Minute:
		return fmt.Sprintf("%d min", d/time.Minute)
	}
	return fmt.Sprintf("%d s", max(d, 0)/time.Second)
}

func parkedOf(m store.Parked) parkedMessage {
	return parkedMessage{
		Message: fmt.Sprintf("%s/%d/%d", m.Topic, m.Partition, m.Offset), Shard: m.Shard, Stream: m.Stream, Command: m.CommandID,
		Reason: m.Reason, Detail: m.Detail, At: m.At, Since: m.ParkedAt, Holds: m.Holds, State: m.State,
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

// parsePlace reads where a message stood on Kafka. A subject that waits without a message has its stream for a topic.
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
