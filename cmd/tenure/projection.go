package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tenure/internal/rebuild"
	"tenure/internal/table"
	"tenure/projections"
)

func (p *program) projection() *cobra.Command {
	cmd := &cobra.Command{Use: "projection", Short: "List, rebuild and verify read models; list the relays"}
	cmd.AddCommand(p.projectionList(), p.projectionRebuild(), p.projectionVerify(), p.projectionDropOld())
	return cmd
}

// projectionNamed finds a read model by its name.
func projectionNamed(args []string) (projections.Projection, error) {
	found, err := projections.ByName(args[0])
	if err != nil {
		return nil, coded(exitUsage, err)
	}
	return found, nil
}

// sayRebuild prints progress.
func (p *program) sayRebuild(at rebuild.Progress) {
	left := ""
	if at.Left > 0 {
		left = ", " + at.Left.Round(time.Second).String() + " left"
	}
	p.say("%s: %s of %s events, %s/s%s", at.Phase, count(at.Done), count(at.All), count(int64(at.Rate)), left)
}

func (p *program) sayDone(r rebuild.Report, done string) {
	p.say(
		"%s is %s at version %d: %s events in %s",
		r.Projection,
		done,
		r.Version,
		count(r.Events),
		r.Took.Round(time.Millisecond),
	)
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
