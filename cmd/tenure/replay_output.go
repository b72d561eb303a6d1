package main

import (
	"encoding/json"
	"fmt"
	"time"

	"tenure/internal/store"
	"tenure/internal/table"
)

// interrupted is the state of a replay that should run and that no process runs.
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
	_, err := fmt.Fprintf(
		p.out,
		"%s to topic %s: %s, %d of %d positions read, %d messages published\n",
		v.Name,
		v.Topic,
		v.State,
		v.Read,
		v.Positions,
		v.Messages,
	)
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
