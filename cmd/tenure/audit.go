package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tenure/internal/audit"
	"tenure/internal/store"
	"tenure/internal/table"
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
	// anchors compares with Kafka, where the owner of the database cannot write.
	anchors bool
}

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
			"  tenure audit --data ./data --anchors\n" +
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
	cmd.Flags().BoolVar(&a.anchors, "anchors", false, "compare the log with the hashes that run.completed carried to "+
		"Kafka")
	cmd.Flags().BoolVar(&a.list, "list", false, "list the checks and what each verifies")
	cmd.MarkFlagsMutuallyExclusive("check", "fast")
	return cmd
}

// valid returns what is wrong with the flags.
func (a auditFlags) valid() error {
	names := make([]string, 0, len(audit.Checks()))
	for _, c := range audit.Checks() {
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

// options are the flags as the audit takes them; valid has read the time.
func (a auditFlags) options() audit.Options {
	o := audit.Options{Only: a.only, Fast: a.fast, Sample: a.sample}
	if a.all {
		o.Sample = 0
	}
	if a.since != "" {
		o.Since, _ = parseTime(a.since)
	}
	return o
}

func (p *program) listChecks() error {
	t := table.New("CHECK", "INVARIANT", "FAST", "WHAT MUST HOLD")
	var list []auditView
	for _, c := range audit.Checks() {
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
	audit.Check
	found int
}

func (r *auditReport) add(result audit.Result) {
	r.checks = append(r.checks, auditResult{result.Check, len(result.Found)})
	for _, v := range result.Found {
		r.violations = append(r.violations, violation(v))
	}
}

func (p *program) runAudit(ctx context.Context, s *store.Store, a auditFlags) error {
	report := auditReport{violations: []violation{}}
	o := a.options()
	o.Progress = &auditProgress{program: p, printed: time.Now()}
	err := audit.Run(ctx, s, o, func(r audit.Result) error {
		report.add(r)
		return nil
	})
	if err == nil && a.anchors {
		err = p.auditAnchors(ctx, s, &report)
	}
	if err != nil {
		return err
	}
	if len(a.only) == 0 && !a.fast {
		if err := s.KeepAudit(ctx, report.records()); err != nil {
			p.say("the result is not kept for tenure status and the console: %v", err)
		}
	}
	return p.printAudit(report)
}

// auditAnchors compares the log with the hashes that run.completed carried to Kafka.
func (p *program) auditAnchors(ctx context.Context, s *store.Store, report *auditReport) error {
	_, topics, err := p.lookup()
	if err != nil {
		return err
	}
	defer topics.Close()
	found, compared, err := audit.Anchors(ctx, s, topics)
	if err != nil {
		return err
	}
	p.say("%d anchors are compared", compared)
	report.add(audit.Result{Check: audit.AnchorsCheck, Found: found})
	return nil
}

// records are the results as they are kept: each check with the first of its violations.
func (r *auditReport) records() []store.AuditRecord {
	first := map[string]string{}
	for _, v := range r.violations {
		if first[v.Check] == "" {
			first[v.Check] = v.Detail
		}
	}
	kept := make([]store.AuditRecord, len(r.checks))
	for i, c := range r.checks {
		kept[i] = store.AuditRecord{ID: c.Invariant, Name: c.Name, Broken: int64(c.found), Detail: first[c.Name]}
	}
	return kept
}

// auditProgress prints now and then how far an audit is.
type auditProgress struct {
	*program
	printed time.Time
}

func (p *auditProgress) due() bool {
	if time.Since(p.printed) < auditProgressInterval {
		return false
	}
	p.printed = time.Now()
	return true
}

// Chain prints how far a hash chain is read.
func (p *auditProgress) Chain(shard store.ShardID, position, head int64) {
	if p.due() {
		p.say("chain: shard %d is read up to %d of %d events", shard, position, head)
	}
}

// States prints how many streams are compared.
func (p *auditProgress) States(compared int) {
	if p.due() {
		p.say("states: %d streams are compared", compared)
	}
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
