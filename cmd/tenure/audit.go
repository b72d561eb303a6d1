package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"tenure/internal/store"
	"tenure/internal/table"
	"tenure/internal/worker"
)

// auditSampleDefault is how many streams are folded again by default: it takes a second, and an error in a thousandth
// of a million that is damaged is found within a few nightly audits.
const auditSampleDefault = 200

// auditProgressInterval is the real time between two lines of progress.
const auditProgressInterval = 2 * time.Second

// auditFlags selects what an audit checks.
type auditFlags struct {
	only   []string
	fast   bool
	all    bool
	sample int
	since  string
	list   bool
}

// auditChecks are all checks, in the order in which they run.
func auditChecks() []store.AuditCheck { return append(store.AuditChecks(), worker.StatesCheck) }

func (p *program) audit() *cobra.Command {
	var a auditFlags
	cmd := &cobra.Command{
		Use:   "audit",
		Short: "Check every invariant; exit code 5 if one is broken",
		Args:  cobra.NoArgs,
		Long: "Checks every invariant that the database can show: that no command has two outcomes, no position is\n" +
			"missing, no day is billed twice, that lines, totals, documents and run.completed agree, that no employee\n" +
			"was deleted early, and more; that every event is as it was written (hash chains), and that states are\n" +
			"the fold of their events (a sample, or --all). It takes no locks. --list names the checks, --check runs\n" +
			"some of them, --fast leaves out those that read all events.",
		Example: "  tenure audit --data ./data --output json\n" +
			"  tenure audit --data ./data --fast\n" +
			"  tenure audit --data ./data --check chain --since 2026-11-01\n" +
			"  tenure audit --data ./data --check states --all",
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := a.valid(); err != nil {
				return coded(exitUsage, err)
			}
			if a.list {
				return p.listChecks()
			}
			return p.onStore(
				func(ctx context.Context, s *store.Store, _ []string) error { return p.runAudit(ctx, s, a) },
			)(
				cmd,
				args,
			)
		},
	}
	cmd.Flags().StringSliceVar(&a.only, "check", nil, "run only these checks, by name")
	cmd.Flags().BoolVar(&a.fast, "fast", false, "leave out what reads all events or all lines")
	cmd.Flags().BoolVar(&a.all, "all", false, "fold the events of all streams again, not of a sample")
	cmd.Flags().IntVar(&a.sample, "sample", auditSampleDefault, "how many streams are folded again")
	cmd.Flags().
		StringVar(&a.since, "since", "", "read hash chains from this business time on; earlier events are not read")
	cmd.Flags().BoolVar(&a.list, "list", false, "list the checks and what each verifies")
	cmd.MarkFlagsMutuallyExclusive("check", "fast")
	return cmd
}

// valid returns what is wrong with the flags.
func (a auditFlags) valid() error {
	names := make([]string, 0, len(auditChecks()))
	for _, c := range auditChecks() {
		names = append(names, c.Name)
	}
	for _, name := range a.only {
		if !slices.Contains(names, name) {
			return fmt.Errorf("--check %q: choose from %s", name, strings.Join(names, ", "))
		}
	}
	if a.sample < 1 {
		return errors.New("--sample: at least 1")
	}
	if a.since != "" {
		if _, err := parseTime(a.since); err != nil {
			return fmt.Errorf("--since: %w", err)
		}
	}
	return nil
}

// wants reports whether a check is run.
func (a auditFlags) wants(c store.AuditCheck) bool {
	if len(a.only) > 0 {
		return slices.Contains(a.only, c.Name)
	}
	return !a.fast || !c.Slow
}

func (p *program) listChecks() error {
	t := table.New("CHECK", "INVARIANT", "FAST", "WHAT MUST HOLD")
	var list []auditView
	for _, c := range auditChecks() {
		fast := "yes"
		if c.Slow {
			fast = "no"
		}
		list = append(list, auditView{Check: c.Name, Invariant: c.Invariant, What: c.What, Fast: !c.Slow})
		t.Add(c.Name, c.Invariant, fast, c.What)
	}
	return p.print(list, t)
}

// auditView is a check as it is listed.
type auditView struct {
	Check     string `json:"check"`
	Invariant string `json:"invariant"`
	What      string `json:"what"`
	Fast      bool   `json:"fast"`
}

// violation is a broken invariant as it is printed.
type violation struct {
	Invariant string `json:"invariant"`
	Detail    string `json:"detail"`
	Check     string `json:"check"`
}

// auditReport is an audit: as JSON its violations, as a table its checks too.
type auditReport struct {
	checks     []auditResult
	violations []violation
}

// auditResult is a check and the number of its violations.
type auditResult struct {
	store.AuditCheck
	found int
}

func (r *auditReport) add(c store.AuditCheck, found []store.Violation) {
	r.checks = append(r.checks, auditResult{c, len(found)})
	for _, v := range found {
		r.violations = append(r.violations, violation(v))
	}
}

func (p *program) runAudit(ctx context.Context, s *store.Store, a auditFlags) error {
	report := auditReport{violations: []violation{}}
	err := s.AuditTables(ctx, a.wants, func(r store.AuditResult) error {
		report.add(r.AuditCheck, r.Found)
		return nil
	})
	if err != nil {
		return err
	}
	for _, walk := range []struct {
		store.AuditCheck
		run func(context.Context, *store.Store, auditFlags) ([]store.Violation, error)
	}{{store.ChainCheck, p.auditChains}, {worker.StatesCheck, p.auditStates}} {
		if !a.wants(walk.AuditCheck) {
			continue
		}
		found, err := walk.run(ctx, s, a)
		if err != nil {
			return err
		}
		report.add(walk.AuditCheck, found)
	}
	return p.printAudit(report)
}

func (p *program) auditChains(ctx context.Context, s *store.Store, a auditFlags) ([]store.Violation, error) {
	chains := store.ChainAudit{Progress: p.chainProgress()}
	if a.since != "" {
		since, err := parseTime(a.since)
		if err != nil {
			return nil, err
		}
		if chains.From, err = s.PositionsBefore(ctx, since); err != nil {
			return nil, err
		}
	}
	return s.AuditChains(ctx, chains)
}

// chainProgress prints from time to time how far the chains are read.
func (p *program) chainProgress() func(store.ShardID, int64, int64) {
	printed := time.Now()
	return func(shard store.ShardID, position, head int64) {
		if time.Since(printed) >= auditProgressInterval {
			printed = time.Now()
			p.say("chain: shard %d is read up to %d of %d events", shard, position, head)
		}
	}
}

func (p *program) auditStates(ctx context.Context, s *store.Store, a auditFlags) ([]store.Violation, error) {
	states := worker.StatesAudit{Sample: a.sample, Word: uuid.NewString()}
	if a.all {
		states.Sample = 0
	}
	printed := time.Now()
	states.Progress = func(n int) {
		if time.Since(printed) >= auditProgressInterval {
			printed = time.Now()
			p.say("states: %d streams are compared", n)
		}
	}
	return worker.AuditStates(ctx, s, states)
}

func (p *program) printAudit(report auditReport) error {
	if p.json {
		return errors.Join(p.printJSON(report.violations), report.err())
	}
	t := table.New("CHECK", "INVARIANT", "WHAT MUST HOLD", "RESULT")
	for _, c := range report.checks {
		result := "holds"
		if c.found > 0 {
			result = fmt.Sprintf("BROKEN in %d places", c.found)
		}
		t.Add(c.Name, c.Invariant, c.What, result)
	}
	t.Write(p.out, "")
	if len(report.violations) == 0 {
		p.say("every invariant holds")
		return nil
	}
	_, _ = fmt.Fprintln(p.out)
	t = table.New("INVARIANT", "CHECK", "DETAIL")
	for _, v := range report.violations {
		t.Add(v.Invariant, v.Check, v.Detail)
	}
	t.Write(p.out, "")
	return report.err()
}

func (r auditReport) err() error {
	if len(r.violations) == 0 {
		return nil
	}
	return coded(exitMismatch, errQuiet)
}
