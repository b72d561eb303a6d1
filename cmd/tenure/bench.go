package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tenure/internal/bench"
	"tenure/internal/fastforward"
	"tenure/internal/memory"
	"tenure/internal/store"
	"tenure/internal/table"
)

const benchLong = "Measures the real parts on this machine, with a private durable database and broker, and prints " +
	"each\n" +
	"figure beside the same work done plainly. Everything it starts and writes is gone at the end.\n\n" +
	"  commands  commands a second into the log\n" +
	"  through   the same through to read models and topics\n" +
	"  latency   from a command to its event, at 1 000 commands a second\n" +
	"  night     a nightly run from midnight to the last line on topics and in read models, with the memory of\n" +
	"            each process, then one with no employee and one with 1 % due\n" +
	"  years     24 months of nights, then one more beside the first\n" +
	"  year      a simulated clock moved over a year, with 3 000 employees\n" +
	"  rebuild   read models rebuilt from the log and verified, and the rate of live traffic meanwhile\n\n" +
	"Exit code 5 when a floor is missed; with --against, when WAL or allocations are worse than in that report."

func (p *program) bench() *cobra.Command {
	var o bench.Options
	var scenarios, brokers, write, against string
	var inside bool
	cmd := &cobra.Command{
		Use:   "bench",
		Args:  cobra.NoArgs,
		Short: "Measure speed on this machine beside a baseline",
		Long:  benchLong,
		Example: "  tenure bench --write bench/now.json\n" +
			"  tenure bench --scenario night --employees 1000000",
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.Scenarios, o.Brokers = listed(scenarios), listed(brokers)
			o.Log, o.Say, o.HeapLimit, o.Build = p.log, p.say, memory.HeapIn, buildVersion()
			o.Advance = func(ctx context.Context, s *store.Store, to time.Time, step func(time.Time)) error {
				return (&fastforward.Clock{Store: s, Policy: p.config.Policy, Step: step}).Advance(ctx, to)
			}
			if cmd.Flag("admin").Changed {
				o.Admin = p.config.Admin
			}
			if !inside {
				self, err := os.Executable()
				if err != nil {
					return err
				}
				o.Program = self
			}
			report, err := bench.Run(cmd.Context(), o)
			return errors.Join(err, p.reportBench(report, write, against == ""), worseThan(report, against))
		},
	}
	cmd.Flags().
		StringVar(&scenarios, "scenario", "", "what to measure, separated by commas "+
			"(default: all of "+strings.Join(bench.Scenarios(), ",")+")")
	cmd.Flags().IntVar(&o.Commands, "commands", 0, "commands of each kind (default 200000)")
	cmd.Flags().IntVar(&o.Employees, "employees", 0, "employees of the nightly run (default 20000; of years 50000, of "+
		"year 3000)")
	cmd.Flags().IntVar(&o.Lines, "lines", 0, "lines of an employee of the nightly run, in two ledgers (default 6)")
	cmd.Flags().
		StringVar(&brokers, "brokers", "", "brokers without topics of Tenure, which are created and removed (default: "+
			"the embedded one)")
	cmd.Flags().StringVar(&against, "against", "", "a former report as JSON, of the same sizes: exit 5 where WAL or "+
		"allocations are worse by more than 20 %, and not where a floor is missed")
	cmd.Flags().StringVar(&write, "write", "", "file for the report as JSON")
	cmd.Flags().
		BoolVar(&inside, "one-process", false, "run worker and feed in the measuring process; their memory is not "+
			"reported then")
	show(cmd, "admin")
	return cmd
}

// worseThan is an error that names what is worse than in a former report, if one is named.
func worseThan(report *bench.Report, against string) error {
	if against == "" || report == nil {
		return nil
	}
	before, err := bench.ReadFile(against)
	if err != nil {
		return err
	}
	worse, err := report.Worse(before)
	if err != nil {
		return err
	}
	if len(worse) > 0 {
		return coded(exitMismatch, fmt.Errorf("worse than in %s: %s", against, strings.Join(worse, "; ")))
	}
	return nil
}

// reportBench prints what was measured, also when a later scenario failed. Floors are judged unless the report is
// compared with another: they are for a machine that is quiet.
func (p *program) reportBench(report *bench.Report, write string, floors bool) error {
	if report == nil || len(report.Measures) == 0 {
		return nil
	}
	t := table.New(bench.Titles()...)
	for _, row := range report.Rows() {
		t.Add(row...)
	}
	if err := p.print(report, t); err != nil {
		return err
	}
	if write != "" {
		if err := report.WriteFile(write); err != nil {
			return err
		}
	}
	if missed := report.Missed(); floors && len(missed) > 0 {
		return coded(exitMismatch, fmt.Errorf("%d floors are missed", len(missed)))
	}
	return nil
}
