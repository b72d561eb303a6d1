package main

import (
	"time"

	"github.com/spf13/cobra"

	"tenure/internal/table"
)

func (p *program) clock() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "clock",
		Short: "Show and advance the simulated clock of a system that was started with --clock",
	}
	cmd.AddCommand(p.clockShow(), p.clockAdvance())
	return cmd
}

// clockReading is the output of both subcommands.
type clockReading struct {
	Now       time.Time `json:"now"`
	Simulated bool      `json:"simulated"`
}

func (p *program) printClock(r clockReading) error {
	kind := "system"
	if r.Simulated {
		kind = "simulated"
	}
	local := r.Now.In(p.config.Policy.Zone())
	t := table.New("UTC", "LOCAL", "ZONE", "CLOCK")
	t.Add(r.Now.Format(time.RFC3339), local.Format(time.DateTime), local.Location().String(), kind)
	return p.print(r, t)
}
