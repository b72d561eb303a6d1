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

// projectionNamed finds the read model that is named.
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
			dropped, err := rebuild.DropOld(ctx, s, of)
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
