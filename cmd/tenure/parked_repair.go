package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"tenure/internal/bus"
	"tenure/internal/store"
	"tenure/internal/table"
)

// asking is what the commands share that ask the owners of shards to do something.
type asking struct {
	by, reason string
	wait       time.Duration
	dry        bool
}

// repairPatience is how long an answer is waited for unless told otherwise: owners look twice a second.
const repairPatience = time.Minute

// repairPause lies between two looks at what was asked for.
const repairPause = 100 * time.Millisecond

func (a *asking) flags(cmd *cobra.Command, usage string) {
	cmd.Flags().StringVar(&a.by, "who", operator(), "who asks; kept in the log")
	cmd.Flags().StringVar(&a.reason, "reason", "", usage)
	cmd.Flags().DurationVar(&a.wait, "wait", repairPatience, "wait so long for the answer; 0: do not wait")
}

func (p *program) parkedRetry() *cobra.Command {
	var f store.ParkedFilter
	var a asking
	var all bool
	cmd := &cobra.Command{
		Use: "retry [TOPIC/PARTITION/OFFSET]", Short: "Decide again on one, on a subject's queue, on all of a reason, or on all", Args: atMostOnePlace,
		Long: "Decides again on what is parked, by the owners of the shards and beside the live traffic. The messages of a subject are\n" +
			"taken in their order: one that fails again stays parked with its new error and those behind it stay queued; when all are\n" +
			"through the subject is free. A message of a queue is never retried alone. Ids stay, so every command gets its one answer.",
		Example: "  tenure parked retry employee.commands/3/17 --data ./data\n" +
			"  tenure parked retry --stream employee/5e0000000000000000000007 --data ./data\n" +
			"  tenure parked retry --cause broken --reason \"version 1.4 mends it\" --data ./data\n" +
			"  tenure parked retry --all --dry-run --data ./data",
		RunE: func(cmd *cobra.Command, args []string) error {
			if given := len(args) > 0; given == (all || f.Stream != "" || f.Reason != "" || f.OlderThan != 0) {
				return coded(exitUsage, errors.New("say which: one message, or --stream, --cause, --older-than, or --all"))
			}
			return p.onStore(func(ctx context.Context, s *store.Store, args []string) error {
				return p.runRetry(ctx, s, f, a, args)
			})(cmd, args)
		},
	}
	filterFlags(cmd, &f)
	a.flags(cmd, "why; kept in the log")
	cmd.Flags().BoolVar(&all, "all", false, "everything that is parked")
	cmd.Flags().BoolVar(&a.dry, "dry-run", false, "list what would be retried")
	return cmd
}

func (p *program) runRetry(ctx context.Context, s *store.Store, f store.ParkedFilter, a asking, args []string) error {
	if a.dry {
		return p.previewRetry(ctx, s, f, args)
	}
	if len(args) > 0 {
		m, err := findParked(ctx, s, args[0])
		if err != nil {
			return err
		}
		return p.ask(ctx, s, a, about(m, store.RepairRetry))
	}
	ids, err := s.AskRetries(ctx, f, a.by, a.reason)
	if err != nil {
		return err
	}
	return p.await(ctx, s, ids, a.wait)
}

func (p *program) previewRetry(ctx context.Context, s *store.Store, f store.ParkedFilter, args []string) error {
	if len(args) == 0 {
		view, err := readParked(ctx, s, f)
		if err != nil {
			return err
		}
		return p.printParkedList(view)
	}
	m, err := findParked(ctx, s, args[0])
	if err != nil {
		return err
	}
	list := []store.Parked{m}
	if m.Holds {
		if list, err = s.ParkedQueue(ctx, m.Stream, shownQueue); err != nil {
			return err
		}
	}
	view := parkedView{Reasons: []parkedReason{}}
	for _, one := range list {
		view.Messages = append(view.Messages, parkedOf(one))
	}
	return p.printParkedList(view)
}

// about names a message to the owner of its shard.
func about(m store.Parked, action string) store.Repair {
	r := store.Repair{Shard: m.Shard, Action: action, Topic: m.Topic, Partition: m.Partition, Offset: m.Offset}
	if m.Holds {
		r.Stream = m.Stream
	}
	return r
}

func (p *program) parkedEdit() *cobra.Command {
	var a asking
	var file string
	cmd := &cobra.Command{
		Use: "edit TOPIC/PARTITION/OFFSET", Short: "Put something else in a message's place and retry; what came is kept", Args: onePlace,
		Long: "Puts something else in the place of a parked message and retries it. The file is JSON: {\"key\":\"…\",\"headers\":{\"ce_type\":\"…\"},\n" +
			"\"value\":{…}}. What is left out stays as it came; headers are replaced by name. The command keeps its id and its subject:\n" +
			"its sender waits for the answer. What came is kept beside it.",
		Example: "  tenure parked edit employee.commands/3/17 --file ./mended.json --reason \"a comma was missing\" --data ./data",
		RunE: p.onStore(func(ctx context.Context, s *store.Store, args []string) error {
			m, err := findParked(ctx, s, args[0])
			if err != nil {
				return err
			}
			r, err := editOf(m, file)
			if err != nil {
				return coded(exitUsage, err)
			}
			return p.ask(ctx, s, a, r)
		}),
	}
	cmd.Flags().StringVar(&file, "file", "", "JSON with key, headers, value; each may be left out")
	_ = cmd.MarkFlagRequired("file")
	a.flags(cmd, "why; kept in the log")
	return cmd
}

// editOf reads what is to be put in a message's place.
func editOf(m store.Parked, file string) (store.Repair, error) {
	r := about(m, store.RepairEdit)
	raw, err := os.ReadFile(file)
	if err != nil {
		return r, fmt.Errorf("--file: %w", err)
	}
	var edit struct {
		Key     *string           `json:"key"`
		Headers map[string]string `json:"headers"`
		Value   json.RawMessage   `json:"value"`
	}
	if err := json.Unmarshal(raw, &edit); err != nil {
		return r, fmt.Errorf("--file: %w", err)
	}
	if edit.Key == nil && len(edit.Headers) == 0 && edit.Value == nil {
		return r, errors.New("--file: it changes nothing: it has no key, no headers and no value")
	}
	if edit.Key != nil {
		r.Key = []byte(*edit.Key)
	}
	r.Value = edit.Value
	if len(edit.Headers) > 0 {
		r.Headers, err = mergedHeaders(m, edit.Headers)
	}
	return r, err
}

// mergedHeaders replaces headers by name, each by one.
func mergedHeaders(m store.Parked, changed map[string]string) ([]byte, error) {
	kept := m.Headers
	if m.EditedHeaders != nil {
		kept = m.EditedHeaders
	}
	var headers []bus.Header
	if err := json.Unmarshal(kept, &headers); err != nil {
		return nil, fmt.Errorf("headers of %s: %w", parkedOf(m).Message, err)
	}
	headers = slices.DeleteFunc(headers, func(h bus.Header) bool {
		_, replaced := changed[h.Key]
		return replaced
	})
	for _, name := range sortedKeys(changed) {
		headers = append(headers, bus.Header{Key: name, Value: []byte(changed[name])})
	}
	return json.Marshal(headers)
}

func (p *program) parkedDiscard() *cobra.Command {
	var a asking
	cmd := &cobra.Command{
		Use: "discard TOPIC/PARTITION/OFFSET", Short: "Never decide on a message; its sender is told that it was discarded", Args: onePlace,
		Long: "Answers a parked command with \"rejected\", code \"discarded\" and the reason, and goes on with what waited behind it. A message\n" +
			"whose command could not be read is only marked. Nothing is deleted.",
		Example: "  tenure parked discard employee.commands/3/17 --reason \"sent by mistake\" --data ./data",
		RunE: p.onStore(func(ctx context.Context, s *store.Store, args []string) error {
			m, err := findParked(ctx, s, args[0])
			if err != nil {
				return err
			}
			return p.ask(ctx, s, a, about(m, store.RepairDiscard))
		}),
	}
	a.flags(cmd, "why; kept in the log and told to the sender")
	_ = cmd.MarkFlagRequired("reason")
	return cmd
}

// ask leaves a request and waits for its answer.
func (p *program) ask(ctx context.Context, s *store.Store, a asking, r store.Repair) error {
	r.ID, r.By, r.Reason = uuid.New(), a.by, a.reason
	if err := s.AskRepair(ctx, r); err != nil {
		return err
	}
	return p.await(ctx, s, []uuid.UUID{r.ID}, a.wait)
}

// repairView is a request as it is printed.
type repairView struct {
	ID      uuid.UUID `json:"id"`
	Action  string    `json:"action"`
	About   string    `json:"about"` // a stream, or topic/partition/offset
	By      string    `json:"by"`
	Reason  string    `json:"reason"`
	AskedAt time.Time `json:"askedAt"` // real time
	State   string    `json:"state"`   // open, done, failed
	Settled int64     `json:"settled"` // messages that are no longer parked because of it
	Detail  string    `json:"detail,omitempty"`
}

func repairOf(r store.Repair) repairView {
	v := repairView{
		ID: r.ID, Action: r.Action, About: r.Stream, By: r.By, Reason: r.Reason, AskedAt: r.AskedAt, State: r.State,
		Settled: r.Settled, Detail: r.Detail,
	}
	if v.About == "" {
		v.About = fmt.Sprintf("%s/%d/%d", r.Topic, r.Partition, r.Offset)
	}
	return v
}

func repairTable(list []repairView) *table.Table {
	t := table.New("ASKED AT (UTC)", "ACTION", "ABOUT", "BY", "REASON", "STATE", ">SETTLED", "DETAIL")
	for _, r := range list {
		t.Add(r.AskedAt.Format(time.DateTime), r.Action, r.About, r.By, r.Reason, r.State, count(r.Settled), firstLine(r.Detail))
	}
	return t
}

// await waits until the owners have answered. Exit codes: 3 when something stays parked, 6 when there was nothing to ask for,
// 75 when an owner has not answered in time.
func (p *program) await(ctx context.Context, s *store.Store, ids []uuid.UUID, patience time.Duration) error {
	deadline := time.Now().Add(patience)
	for {
		found, err := s.RepairsByID(ctx, ids)
		if err != nil {
			return err
		}
		states := map[string]int{}
		list := make([]repairView, len(found))
		for i, r := range found {
			list[i] = repairOf(r)
			states[r.State]++
		}
		if states[store.RepairOpen] > 0 && time.Now().Before(deadline) {
			select {
			case <-time.After(repairPause):
				continue
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		if err := p.print(list, repairTable(list)); err != nil {
			return err
		}
		return answerOf(states, len(list), patience)
	}
}

// answerOf is the exit code of what was asked for.
func answerOf(states map[string]int, asked int, patience time.Duration) error {
	switch {
	case asked == 0:
		return coded(exitNothing, errors.New("nothing of that is parked"))
	case states[store.RepairFailed] > 0:
		return coded(exitParked, errQuiet)
	case states[store.RepairOpen] > 0 && patience > 0:
		return coded(exitTryAgain, errors.New("the owners of the shards have not answered yet; they will: see tenure parked list"))
	}
	return nil
}
