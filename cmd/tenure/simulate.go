package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"tenure/billing"
	"tenure/internal/simulate"
)

// simulation has the flags of simulate.
type simulation struct {
	cases, employee string
	check           bool
	from, until     string
	policy          []string
}

func (p *program) simulate() *cobra.Command {
	var s simulation
	cmd := &cobra.Command{
		Use: "simulate", Short: "Bill cases, or one described employee, in memory", Args: cobra.NoArgs,
		Long: "Runs billing through the code of the worker, on nothing but a file.\n\n" +
			"--cases FILE prints what each step of each case gives; with --check it compares with what the case\n" +
			"expects, prints each difference, and exits 1 if there is any. --employee FILE prints, month by month,\n" +
			"the lines that the described employee will get in the nightly runs up to --until. An error in a file\n" +
			"exits 2.",
		Example: "  tenure simulate --cases billing/testdata/billing.json --check\n" +
			"  tenure simulate --cases billing/testdata/billing.json --policy changeDay=OLD_STATE --output json\n" +
			"  tenure simulate --employee docs/examples/employee.json --until 2026-12-31",
		RunE: func(*cobra.Command, []string) error { return p.runSimulation(s) },
	}
	flags := cmd.Flags()
	flags.StringVar(&s.cases, "cases", "", "file of cases, - for stdin")
	flags.BoolVar(&s.check, "check", false, "compare the cases with what they expect")
	flags.StringVar(&s.employee, "employee", "", "file that describes an employee, - for stdin")
	flags.StringVar(&s.from, "from", "", "first date, YYYY-MM-DD (default: the employee's first day)")
	flags.StringVar(&s.until, "until", "", "last date, YYYY-MM-DD")
	flags.StringArrayVar(&s.policy, "policy", nil, "KEY=VALUE, overrides a policy key of the file; may be repeated")
	return cmd
}

func (p *program) runSimulation(s simulation) error {
	err := p.simulated(s)
	var input *simulate.InputError
	if errors.As(err, &input) {
		return coded(exitUsage, err)
	}
	return err
}

// fits refuses flags that do not go together.
func (s simulation) fits() error {
	switch {
	case (s.cases == "") == (s.employee == ""):
		return &simulate.InputError{Path: "simulate", Problem: "give either --cases FILE or --employee FILE"}
	case s.employee != "" && s.check:
		return &simulate.InputError{Path: "--check", Problem: "compares cases: a described employee expects nothing"}
	case s.cases != "" && s.from+s.until != "":
		return &simulate.InputError{Path: "--from, --until", Problem: "belong to --employee: a case has its own days"}
	case s.employee != "" && s.until == "":
		return &simulate.InputError{Path: "--until", Problem: "is missing: the last date to simulate"}
	}
	return nil
}

func (p *program) simulated(s simulation) error {
	if err := s.fits(); err != nil {
		return err
	}
	overrides, err := simulate.ParseOverrides(s.policy)
	if err != nil {
		return err
	}
	if s.employee != "" {
		return p.forecast(s, overrides)
	}
	raw, err := readInput(s.cases)
	if err != nil {
		return err
	}
	file, err := simulate.ReadCases(raw)
	if err != nil {
		return err
	}
	if s.check {
		return p.checkCases(file, overrides)
	}
	result, err := file.Run(overrides...)
	if err != nil {
		return err
	}
	if p.json {
		return p.printJSON(result)
	}
	return result.WriteTable(p.out)
}

func (p *program) checkCases(file simulate.File, overrides []simulate.Override) error {
	report, err := file.Check(overrides...)
	if err != nil {
		return err
	}
	if p.json {
		err = p.printJSON(report)
	} else {
		err = report.WriteText(p.out)
	}
	if err == nil && !report.OK() {
		return coded(exitError, errQuiet)
	}
	return err
}

// dates are the first and the last date of a forecast, the first 0 when it is not given.
func (s simulation) dates() (from, until billing.Date, err error) {
	if until, err = day("--until", s.until); err != nil || s.from == "" {
		return 0, until, err
	}
	from, err = day("--from", s.from)
	return from, until, err
}

func (p *program) forecast(s simulation, overrides []simulate.Override) error {
	from, until, err := s.dates()
	if err != nil {
		return err
	}
	raw, err := readInput(s.employee)
	if err != nil {
		return err
	}
	described, err := simulate.ReadEmployee(raw)
	if err != nil {
		return err
	}
	forecast, err := described.Forecast(p.config.Policy, from, until, overrides...)
	if err != nil {
		return err
	}
	if p.json {
		return p.printJSON(forecast)
	}
	return forecast.WriteTable(p.out)
}

func day(flag, text string) (billing.Date, error) {
	d, err := billing.ParseDate(text)
	if err != nil {
		return 0, &simulate.InputError{Path: flag, Problem: err.Error()}
	}
	return d, nil
}

// readInput reads a whole file, or stdin, up to one byte more than simulate accepts, so that it can report the excess.
func readInput(name string) ([]byte, error) {
	var in io.Reader = os.Stdin
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return nil, &simulate.InputError{Path: "file", Problem: err.Error()}
		}
		defer func() { _ = file.Close() }() // it was only read
		in = file
	}
	raw, err := io.ReadAll(io.LimitReader(in, simulate.InputBytesMax+1))
	if err != nil {
		return nil, fmt.Errorf("simulate: %w", err)
	}
	return raw, nil
}
