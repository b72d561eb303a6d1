package main

import (
	"context"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"tenure/internal/feed"
	"tenure/internal/store"
	"tenure/internal/table"
)

func (p *program) projectionList() *cobra.Command {
	var shards bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the readers of the log with their progress",
		Args:  cobra.NoArgs,
		Long: "Lists the readers of the log, the projections, the relay of events and that of outcomes, with their lag\n" +
			"behind the heads of the shards. The delay is the age, in business time, of the first event that was not\n" +
			"processed; heard is the time since the oldest renewal of a lease.",
		Example: "  tenure projection list --data ./data\n" +
			"  tenure projection list --shards --output json",
		RunE: p.onStore(func(ctx context.Context, s *store.Store, _ []string) error {
			all, err := feed.ProgressOf(ctx, s)
			if err != nil {
				return err
			}
			list := readersOf(all, time.Now())
			return p.print(list, readersTable(list, shards))
		}),
	}
	cmd.Flags().BoolVar(&shards, "shards", false, "one line for each shard")
	return cmd
}

// readerView sums a reader up over its shards.
type readerView struct {
	Reader  string  `json:"reader"`
	Version int32   `json:"version"`
	Shards  int     `json:"shards"`
	Leased  int     `json:"leased"`
	Taken   int64   `json:"taken"`
	Behind  int64   `json:"behind"`       // events, or outcomes
	Delay   float64 `json:"delaySeconds"` // of the shard that is longest behind
	Heard   float64 `json:"heardSeconds"` // since the lease that was renewed longest ago; -1: one never was

	Each []checkpointView `json:"checkpoints"`
}

// checkpointView is a reader in one shard.
type checkpointView struct {
	Shard    store.ShardID `json:"shard"`
	Position int64         `json:"position"`
	Head     int64         `json:"head"`
	Behind   int64         `json:"behind"`
	Delay    float64       `json:"delaySeconds"`
	Leased   bool          `json:"leased"`
	Owner    string        `json:"owner"`
	Heard    float64       `json:"heardSeconds"`
}

func readersOf(all []feed.Progress, now time.Time) []readerView {
	list := []readerView{}
	for _, one := range all { // they are sorted by name
		if len(list) == 0 || list[len(list)-1].Reader != one.Subscriber {
			list = append(list, readerView{Reader: one.Subscriber, Version: one.Version})
		}
		list[len(list)-1].add(checkpointOf(one, now))
	}
	return list
}

func (r *readerView) add(c checkpointView) {
	r.Shards++
	r.Taken, r.Behind = r.Taken+c.Position, r.Behind+c.Behind
	r.Delay = max(r.Delay, c.Delay)
	if c.Leased {
		r.Leased++
	}
	switch {
	case len(r.Each) == 0:
		r.Heard = c.Heard
	case r.Heard < 0 || c.Heard < 0:
		r.Heard = -1
	default:
		r.Heard = max(r.Heard, c.Heard)
	}
	r.Each = append(r.Each, c)
}

func checkpointOf(one feed.Progress, now time.Time) checkpointView {
	heard := float64(-1)
	if !one.Heard.IsZero() {
		heard = max(now.Sub(one.Heard), 0).Seconds()
	}
	return checkpointView{
		Shard:    one.Shard,
		Position: one.Position,
		Head:     one.Head,
		Behind:   one.Lag,
		Delay:    one.Delay.Seconds(),
		Leased:   one.Leased,
		Owner:    one.Owner,
		Heard:    heard,
	}
}

func readersTable(list []readerView, shards bool) *table.Table {
	if !shards {
		t := table.New("READER", ">VERSION", ">SHARDS", ">READ NOW", ">EVENTS READ", ">BEHIND", ">DELAY", ">HEARD")
		for _, r := range list {
			t.Add(
				r.Reader,
				strconv.Itoa(int(r.Version)),
				strconv.Itoa(r.Shards),
				strconv.Itoa(r.Leased),
				count(r.Taken),
				count(r.Behind),
				inSeconds(r.Delay),
				ago(r.Heard),
			)
		}
		return t
	}
	t := table.New("READER", ">SHARD", ">POSITION", ">HEAD", ">BEHIND", ">DELAY", ">HEARD", "OWNER")
	for _, r := range list {
		for _, c := range r.Each {
			owner := c.Owner
			if !c.Leased {
				owner = "-"
			}
			t.Add(
				r.Reader,
				strconv.Itoa(int(c.Shard)),
				count(c.Position),
				count(c.Head),
				count(c.Behind),
				inSeconds(c.Delay),
				ago(c.Heard),
				owner,
			)
		}
	}
	return t
}
