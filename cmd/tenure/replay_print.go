package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tenure/internal/feed"
	"tenure/internal/replay"
	"tenure/internal/store"
	"tenure/internal/table"
)

// interrupted is what is said of a replay that should run and that nobody runs.
const interrupted = "interrupted"

// replayView is a replay as it is printed.
type replayView struct {
	Name      string            `json:"name"`
	Topic     string            `json:"topic"`
	Missing   bool              `json:"missing"` // only what the topic lacked
	State     string            `json:"state"`   // running, interrupted, paused or done
	Positions int64             `json:"positions"`
	Read      int64             `json:"read"` // of them
	Messages  int64             `json:"messages"`
	Bytes     int64             `json:"bytes"`
	Rate      int64             `json:"rate,omitempty"` // messages a second
	Filter    json.RawMessage   `json:"filter"`
	Reason    string            `json:"reason"`
	Who       string            `json:"who,omitempty"`
	Started   time.Time         `json:"started"`
	Changed   time.Time         `json:"changed"` // when its state did
	Shards    []replayShardView `json:"shards,omitempty"`
}

// replayShardView is a replay's part of a shard as it is printed.
type replayShardView struct {
	Shard    store.ShardID `json:"shard"`
	First    int64         `json:"first"`
	Last     int64         `json:"last"`
	Position int64         `json:"position"` // the last one that was read
	Messages int64         `json:"messages"`
	Bytes    int64         `json:"bytes"`
}

// replaySum sums a replay up over its shards.
type replaySum struct{ positions, read, messages, bytes int64 }

func sumReplay(r store.Replay) (sum replaySum) {
	for _, s := range r.Shards {
		sum.positions += s.Last - s.First + 1
		sum.read += s.Position - s.First + 1
		sum.messages += s.Messages
		sum.bytes += s.Bytes
	}
	return sum
}

func viewReplay(r store.Replay) replayView {
	sum := sumReplay(r)
	v := replayView{
		Name: r.Name, Topic: r.Target, Missing: r.Missing, State: r.State, Positions: sum.positions, Read: sum.read,
		Messages: sum.messages, Bytes: sum.bytes, Rate: r.Rate, Filter: r.Filter, Reason: r.Reason, Who: r.Who,
		Started: r.StartedAt, Changed: r.ChangedAt,
	}
	if r.State == store.ReplayRunning && !r.Leased {
		v.State = interrupted
	}
	for _, s := range r.Shards {
		v.Shards = append(v.Shards, replayShardView(s))
	}
	return v
}

// printReplay prints a replay with its shards.
func (p *program) printReplay(r store.Replay) error {
	v := viewReplay(r)
	if p.json {
		return p.printJSON(v)
	}
	_, err := fmt.Fprintf(p.out, "%s to topic %s: %s, %d of %d positions read, %d messages published\n", v.Name, v.Topic, v.State,
		v.Read, v.Positions, v.Messages)
	if err != nil {
		return err
	}
	t := table.New(">SHARD", ">FIRST", ">LAST", ">READ TO", ">MESSAGES", ">BYTES")
	for _, s := range v.Shards {
		t.Add(count(int64(s.Shard)), count(s.First), count(s.Last), count(s.Position), count(s.Messages), count(s.Bytes))
	}
	t.Write(p.out, "")
	return nil
}

func (p *program) replayStatus() *cobra.Command {
	return &cobra.Command{
		Use: "status NAME", Short: "How far one is, by shard", Args: cobra.ExactArgs(1), Example: "  tenure replay status week-30",
		RunE: p.onStore(func(ctx context.Context, s *store.Store, args []string) error {
			row, found, err := s.Replay(ctx, args[0])
			if err != nil {
				return err
			}
			if !found {
				return p.replayError(replay.ErrUnknown)
			}
			return p.printReplay(row)
		}),
	}
}

func (p *program) replayList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "All of them, the oldest first", Args: cobra.NoArgs, Example: "  tenure replay list --data ./data",
		RunE: p.onStore(func(ctx context.Context, s *store.Store, _ []string) error {
			all, err := s.Replays(ctx)
			if err != nil {
				return err
			}
			list := make([]replayView, len(all))
			t := table.New("REPLAY", "TOPIC", "STATE", ">READ", ">POSITIONS", ">MESSAGES", "STARTED", "REASON")
			for i, r := range all {
				v := viewReplay(r)
				t.Add(v.Name, v.Topic, v.State, count(v.Read), count(v.Positions), count(v.Messages), v.Started.Format(time.RFC3339), v.Reason)
				v.Shards = nil
				list[i] = v
			}
			return p.print(list, t)
		}),
	}
}

// planView is a plan as it is printed.
type planView struct {
	Topic     string         `json:"topic"`
	Positions int64          `json:"positions"` // that are read
	Counts    []replay.Count `json:"counts"`
	Messages  int64          `json:"messages"`
	Bytes     int64          `json:"bytes"`
	First     string         `json:"first,omitempty"` // business times
	Last      string         `json:"last,omitempty"`
	Has       *int64         `json:"has,omitempty"`     // messages that the topic has; with --missing
	Foreign   *int64         `json:"foreign,omitempty"` // of them, not of the log
}

// replayPreview counts and prints what a replay would publish; exit code 6 when that is nothing.
func (p *program) replayPreview(ctx context.Context, r *replay.Runner, o replay.Order) error {
	plan, err := r.Plan(ctx, o)
	if err != nil {
		return p.replayError(err)
	}
	v := planView{Topic: o.Topic, Counts: plan.Counts, Messages: plan.Messages, Bytes: plan.Bytes}
	for _, span := range plan.Spans {
		v.Positions += span.Last - span.First + 1
	}
	if plan.Messages > 0 {
		v.First, v.Last = plan.First.Format(time.RFC3339), plan.Last.Format(time.RFC3339)
	}
	if o.Missing {
		v.Has, v.Foreign = &plan.Has, &plan.Foreign
	}
	t := table.New("TOPIC", "TYPE", ">MESSAGES", ">BYTES")
	for _, c := range plan.Counts {
		t.Add(c.Topic, c.Type, count(c.Messages), count(c.Bytes))
	}
	if err := p.print(v, t); err != nil {
		return err
	}
	p.say("%s", planWords(v, o.Missing))
	if plan.Messages == 0 {
		return coded(exitNothing, errQuiet)
	}
	return nil
}

// planWords sums a plan up.
func planWords(v planView, missing bool) string {
	var words strings.Builder
	if missing {
		fmt.Fprintf(&words, "%s has %d messages", v.Topic, *v.Has)
		if *v.Foreign > 0 {
			fmt.Fprintf(&words, ", %d of them not of the log", *v.Foreign)
		}
		fmt.Fprintf(&words, "; it lacks %d", v.Messages)
	} else {
		fmt.Fprintf(&words, "%d messages, %d bytes", v.Messages, v.Bytes)
	}
	if v.Messages > 0 {
		fmt.Fprintf(&words, ", from %s to %s", v.First, v.Last)
	}
	return words.String()
}

// accept notes a person's word about the topics of a relay.
func (p *program) accept(ctx context.Context, s *store.Store, a acceptance) error {
	if a.reader != feed.RelayName && a.reader != feed.OutcomesName {
		return coded(exitUsage, fmt.Errorf("--reader: say %s or %s", feed.RelayName, feed.OutcomesName))
	}
	if a.reason == "" {
		return coded(exitUsage, errors.New("--reason says why; it is kept"))
	}
	all, err := feed.ProgressOf(ctx, s)
	if err != nil {
		return err
	}
	for _, at := range all {
		if at.Subscriber != a.reader || at.Shard != store.ShardID(a.shard) {
			continue
		}
		t := table.New("READER", ">SHARD", ">STANDS AT", ">LOG ENDS AT")
		t.Add(a.reader, count(int64(a.shard)), count(at.Position), count(at.Head))
		plan := map[string]any{"reader": a.reader, "shard": a.shard, "position": at.Position, "head": at.Head, "reason": a.reason}
		if err := p.print(plan, t); err != nil || a.dry {
			return err
		}
		if !a.yes {
			return coded(exitUsage, errors.New("what the topics hold by now will not be compared with the log: say --yes to go on"))
		}
		return s.AcceptTail(ctx, a.reader, at.Shard, a.reason, a.who)
	}
	return coded(exitUsage, fmt.Errorf("--shard: %s has no shard %d", a.reader, a.shard))
}
