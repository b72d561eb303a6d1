package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"os/user"
	"slices"
	"strconv"
	"strings"
	"time"

	"tenure/billing"
	"tenure/internal/table"
)

// listed splits at commas; nothing is no element.
func listed(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, ",")
}

// named names the flag of an error.
func named(flag string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", flag, err)
}

// parseLedgers reads --ledger.
func parseLedgers(given []string) (ledgers []billing.Ledger, err error) {
	for _, l := range given {
		ledger := billing.Ledger(strings.ToUpper(l))
		if ledger != billing.Customer && ledger != billing.Reseller && ledger != billing.Cost {
			return nil, coded(exitUsage, fmt.Errorf("--ledger %q: choose CUSTOMER, RESELLER or COST", l))
		}
		ledgers = append(ledgers, ledger)
	}
	return ledgers, nil
}

// progressInterval is the time between two lines of progress.
const progressInterval = 5 * time.Second

// progress prints on stderr from time to time how many of something are done.
func (p *program) progress(what string) func(done int64) {
	last := time.Now()
	return func(done int64) {
		if now := time.Now(); now.Sub(last) >= progressInterval {
			last = now
			p.say("%d %s", done, what)
		}
	}
}

// errWriter keeps the first fault of several writes.
type errWriter struct {
	out io.Writer
	err error
}

func (w *errWriter) write(parts ...string) {
	for _, part := range parts {
		if w.err == nil {
			_, w.err = io.WriteString(w.out, part)
		}
	}
}

// print writes a result on stdout: the value as JSON, or the table.
func (p *program) print(value any, t *table.Table) error {
	if p.json {
		return p.printJSON(value)
	}
	t.Write(p.out, "")
	return nil
}

func (p *program) printJSON(value any) error {
	e := json.NewEncoder(p.out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(value); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return nil
}

// say writes progress on stderr.
func (p *program) say(format string, args ...any) { _, _ = fmt.Fprintf(p.err, format+"\n", args...) }

// sortedKeys returns the keys of a map in order, so that equal results print alike.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// firstLine keeps a stack out of a table.
func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

// age is the time since an instant in its largest unit.
func age(since time.Time) string {
	d := time.Since(since)
	switch {
	case d >= 48*time.Hour:
		return fmt.Sprintf("%d days", d/(24*time.Hour))
	case d >= 2*time.Hour:
		return fmt.Sprintf("%d h", d/time.Hour)
	case d >= 2*time.Minute:
		return fmt.Sprintf("%d min", d/time.Minute)
	}
	return fmt.Sprintf("%d s", max(d, 0)/time.Second)
}

func addSet(t *table.Table, name, value string) {
	if value != "" {
		t.Add(name, value)
	}
}

func inSeconds(s float64) string { return strconv.FormatFloat(s, 'f', 1, 64) + " s" }

func ago(s float64) string {
	if s < 0 {
		return "never"
	}
	return inSeconds(s) + " ago"
}

// operator is the name of the user who is logged in on this machine.
func operator() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return ""
}

func count(n int64) string { return strconv.FormatInt(n, 10) }

// isTerminal reports whether an output is a terminal.
func isTerminal(w any) bool {
	file, ok := w.(*os.File)
	if !ok {
		return false
	}
	about, err := file.Stat()
	return err == nil && about.Mode()&os.ModeCharDevice != 0
}

// open reads a file, or stdin for -.
func open(name string) (io.ReadCloser, error) {
	if name == "-" {
		return io.NopCloser(os.Stdin), nil
	}
	return os.Open(name)
}

// parseTime reads an instant, or a day as its first instant in UTC.
func parseTime(text string) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t.UTC(), nil
	}
	if t, err := time.Parse(time.DateOnly, text); err == nil {
		return t, nil
	}
	return time.Time{}, fmt.Errorf("%q is not a time such as 2026-10-30T12:00:00Z", text)
}
