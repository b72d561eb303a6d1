package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tenure/internal/feed"
	"tenure/internal/rebuild"
	"tenure/internal/store"
	"tenure/internal/table"
	"tenure/projections"
)

func (p *program) projection() *cobra.Command {
	cmd := &cobra.Command{Use: "projection", Short: "The read models and the relay: how far they are, rebuild, verify"}
	cmd.AddCommand(p.projectionList(), p.projectionRebuild(), p.projectionVerify(), p.projectionDropOld())
	return cmd
}

func (p *program) projectionList() *cobra.Command {
	var shards bool
	cmd := &cobra.Command{
		Use: "list", Short: "How far each reader of the log is", Args: cobra.NoArgs,
		Long: "Lists the readers of the log: the projections, the relay of facts and that of outcomes, with how far they are behind\n" +
			"the ends of the shards as these are now. The delay is how long ago, in business time, the first event happened that\n" +
			"was not taken; heard is when a reader last renewed the lease of the shard that was renewed longest ago.",
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
	cmd.Flags().BoolVar(&shards, "shards", false, "a line for each shard")
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
	for _, one := range all { // they come ordered by name
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
		Shard: one.Shard, Position: one.Position, Head: one.Head, Behind: one.Lag, Delay: one.Delay.Seconds(), Leased: one.Leased,
		Owner: one.Owner, Heard: heard,
	}
}

func readersTable(list []readerView, shards bool) *table.Table {
	if !shards {
		t := table.New("READER", ">VERSION", ">SHARDS", ">READ NOW", ">EVENTS TAKEN", ">BEHIND", ">DELAY", ">HEARD")
		for _, r := range list {
			t.Add(r.Reader, strconv.Itoa(int(r.Version)), strconv.Itoa(r.Shards), strconv.Itoa(r.Leased), count(r.Taken), count(r.Behind),
				inSeconds(r.Delay), ago(r.Heard))
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
			t.Add(r.Reader, strconv.Itoa(int(c.Shard)), count(c.Position), count(c.Head), count(c.Behind), inSeconds(c.Delay), ago(c.Heard), owner)
		}
	}
	return t
}

func inSeconds(s float64) string { return strconv.FormatFloat(s, 'f', 1, 64) + " s" }

func ago(s float64) string {
	if s < 0 {
		return "never"
	}
	return inSeconds(s) + " ago"
}

// projectionArgs completes and checks the name of a read model.
func projectionNamed(args []string) (projections.Projection, error) {
	found, err := projections.ByName(args[0])
	if err != nil {
		return nil, coded(exitUsage, err)
	}
	return found, nil
}

func (p *program) projectionRebuild() *cobra.Command {
	var yes, dry, keep bool
	var workers int
	cmd := &cobra.Command{
		Use: "rebuild NAME", Short: "Build a read model anew beside the live one, compare, and swap", Args: cobra.ExactArgs(1),
		Long: "Folds the whole log into new tables while the live ones are read and written as ever, compares both at the same\n" +
			"positions, and puts the new ones in the place of the old in one transaction. It can be interrupted anywhere; called\n" +
			"again it goes on where it was. The old tables stay in the schema NAME_old until drop-old, or until the next rebuild.\n" +
			"Differences between the old and the new tables are printed, and do not keep them from being swapped.",
		Example: "  tenure projection rebuild directory --data ./data --yes",
		RunE: p.onStore(func(ctx context.Context, s *store.Store, args []string) error {
			of, err := projectionNamed(args)
			if err != nil {
				return err
			}
			if dry || !yes {
				return p.previewRebuild(ctx, s, of, dry)
			}
			report, err := rebuild.Run(ctx, s, of, rebuild.Options{Workers: workers, DropOld: !keep, Say: p.sayRebuild})
			if err != nil {
				return p.busy(err)
			}
			p.sayDone(report, "rebuilt")
			return p.printComparison(report)
		}),
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "do it")
	cmd.Flags().BoolVar(&dry, "dry-run", false, "show what would be gone through")
	cmd.Flags().BoolVar(&keep, "keep-old", true, "keep the replaced tables in the schema NAME_old")
	cmd.Flags().IntVar(&workers, "workers", 0, "shards at once (default: one for each processor)")
	return cmd
}

// busy gives an error that another attempt may not meet its exit code.
func (p *program) busy(err error) error {
	if errors.Is(err, rebuild.ErrBusy) {
		return coded(exitTryAgain, err)
	}
	return err
}

// previewRebuild tells what a rebuild would go through.
func (p *program) previewRebuild(ctx context.Context, s *store.Store, of projections.Projection, dry bool) error {
	heads, err := s.Heads(ctx)
	if err != nil {
		return err
	}
	view := struct {
		Projection string   `json:"projection"`
		Version    int32    `json:"version"`
		Tables     []string `json:"tables"`
		Shards     int      `json:"shards"`
		Events     int64    `json:"events"`
	}{of.Name(), of.Version(), of.Tables(), len(heads), 0}
	for _, head := range heads {
		view.Events += head.Head
	}
	t := table.New("PROJECTION", ">VERSION", "TABLES", ">SHARDS", ">EVENTS")
	t.Add(view.Projection, strconv.Itoa(int(view.Version)), strings.Join(view.Tables, ", "), strconv.Itoa(view.Shards), count(view.Events))
	if err := p.print(view, t); err != nil || dry {
		return err
	}
	return coded(exitUsage, errors.New("the tables of the read model would be replaced: say --yes"))
}

func (p *program) projectionVerify() *cobra.Command {
	var workers int
	cmd := &cobra.Command{
		Use: "verify NAME", Short: "Compare a read model with a fresh replay of the log; exit code 5 if they differ", Args: cobra.ExactArgs(1),
		Long: "Folds the log again up to the very positions at which the live tables are seen, and compares checksums of both. Where\n" +
			"they differ it names the first differing row and column, without their values. Live traffic goes on; nothing of the\n" +
			"read model is changed. What differs is repaired with: tenure projection rebuild NAME",
		Example: "  tenure projection verify lines --data ./data",
		RunE: p.onStore(func(ctx context.Context, s *store.Store, args []string) error {
			of, err := projectionNamed(args)
			if err != nil {
				return err
			}
			report, err := rebuild.Verify(ctx, s, of, rebuild.Options{Workers: workers, Say: p.sayRebuild})
			if err != nil {
				return p.busy(err)
			}
			p.sayDone(report, "verified")
			if err := p.printComparison(report); err != nil {
				return err
			}
			if rebuild.Equal(report.Tables) {
				return nil
			}
			p.say("repair it with: tenure projection rebuild %s --yes", of.Name())
			return coded(exitMismatch, errQuiet)
		}),
	}
	cmd.Flags().IntVar(&workers, "workers", 0, "shards at once (default: one for each processor)")
	return cmd
}

func (p *program) projectionDropOld() *cobra.Command {
	return &cobra.Command{
		Use: "drop-old NAME", Short: "Drop the tables that a rebuild has replaced; exit code 6 if there are none", Args: cobra.ExactArgs(1),
		Example: "  tenure projection drop-old directory --data ./data",
		RunE: p.onStore(func(ctx context.Context, s *store.Store, args []string) error {
			of, err := projectionNamed(args)
			if err != nil {
				return err
			}
			dropped, err := rebuild.DropOld(ctx, s, of.Name())
			if err != nil {
				return err
			}
			if !dropped {
				return coded(exitNothing, fmt.Errorf("no tables of %s were replaced", of.Name()))
			}
			p.say("the replaced tables of %s are gone", of.Name())
			return nil
		}),
	}
}

// sayRebuild tells progress.
func (p *program) sayRebuild(at rebuild.Progress) {
	left := ""
	if at.Left > 0 {
		left = ", " + at.Left.Round(time.Second).String() + " left"
	}
	p.say("%s: %s of %s events, %s/s%s", at.Phase, count(at.Done), count(at.All), count(int64(at.Rate)), left)
}

func (p *program) sayDone(r rebuild.Report, done string) {
	p.say("%s is %s at version %d: %s events in %s", r.Projection, done, r.Version, count(r.Events), r.Took.Round(time.Millisecond))
	if !r.Compared {
		p.say("the live tables were behind the log and were not compared")
	}
}

// printComparison prints live and fresh tables side by side.
func (p *program) printComparison(r rebuild.Report) error {
	t := table.New("TABLE", ">LIVE ROWS", ">FRESH ROWS", ">CHECKSUMS THAT DIFFER", "FIRST DIFFERENCE")
	for _, c := range r.Tables {
		t.Add(c.Table, count(c.LiveRows), count(c.FreshRows), fmt.Sprintf("%d of 256", c.Buckets), firstDifference(c.First))
	}
	return p.print(r, t)
}

func firstDifference(d *rebuild.Difference) string {
	if d == nil {
		return "-"
	}
	return strings.Join(slices.DeleteFunc([]string{d.What, d.Key, d.Column}, func(s string) bool { return s == "" }), " ")
}
