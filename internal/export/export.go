package export

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"tenure/billing"
	"tenure/projections"
)

const (
	// pageLines is how many lines are in memory at once.
	pageLines = 2_000
	// filesMax bounds the files of an export: three ledgers in more currencies than a platform bills in.
	filesMax = 96
	// ManifestName is the file that describes the others; it is written last.
	ManifestName = "manifest.json"
)

// Options say which lines, and where to.
type Options struct {
	Run, Document      string // one of them
	Reseller, Customer string // of the employee; empty: any
	Ledgers            []billing.Ledger
	Format             Format
	Dir                string
	Show               Show              // nil: lines have no names of products
	Progress           func(lines int64) // called with the lines that were written; may be nil
	// Stands reports, behind the last line, that all pages were of one history: a failover that loses the end of the log
	// moves lines past the page that would have them. May be nil.
	Stands func(ctx context.Context) error
}

// Show appends the JSON of a line as its topic has it, from what is stored of it: with quantity, unit, and the names
// that the run's catalogue has. *relay.Items does.
type Show func(ctx context.Context, b []byte, run string, l *billing.Line, stored []byte) ([]byte, error)

// File is one of an export's, as the manifest describes it.
type File struct {
	Name string `json:"file"`
	Total
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// Manifest describes what an export holds, and what it was asked for.
type Manifest struct {
	Format   Format           `json:"format"`
	Run      string           `json:"run,omitempty"`
	Document string           `json:"documentRef,omitempty"`
	Reseller string           `json:"reseller,omitempty"`
	Customer string           `json:"customer,omitempty"`
	Ledgers  []billing.Ledger `json:"ledgers"`
	Files    []File           `json:"files"`
}

// Write writes the lines into files, one for each ledger and currency that has any, and then the manifest. It gives the
// same bytes each time. What an error leaves has no manifest, or that of an export before it.
func Write(ctx context.Context, db projections.Database, o Options) (Manifest, error) {
	if len(o.Ledgers) == 0 {
		o.Ledgers = ledgers
	}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return Manifest{}, fmt.Errorf("export: %w", err)
	}
	w := &writer{Options: o, open: map[string]*part{}}
	err := w.lines(ctx, db)
	if err == nil && o.Stands != nil {
		err = o.Stands(ctx)
	}
	if err != nil {
		w.abandon()
		return Manifest{}, err
	}
	m := Manifest{Format: o.Format, Run: o.Run, Document: o.Document, Reseller: o.Reseller, Customer: o.Customer,
		Ledgers: slices.Clone(o.Ledgers), Files: []File{}}
	slices.Sort(m.Ledgers)
	for _, name := range slices.Sorted(keysOf(w.open)) {
		f, err := w.open[name].finish()
		if err != nil {
			w.abandon()
			return Manifest{}, err
		}
		m.Files = append(m.Files, f)
	}
	raw, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return Manifest{}, fmt.Errorf("export: manifest: %w", err)
	}
	return m, WriteFile(filepath.Join(o.Dir, ManifestName), append(raw, '\n'))
}

// keysOf goes through the names of the files.
func keysOf(open map[string]*part) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for name := range open {
			if !yield(name) {
				return
			}
		}
	}
}

// part is a file while it is written.
type part struct {
	*file
	sheet
	sum
}

// finish ends a file with its control total.
func (p *part) finish() (File, error) {
	t := p.sum.total()
	if err := p.sheet.total(t); err != nil {
		return File{}, fmt.Errorf("export: %s: %w", p.path, err)
	}
	if err := p.file.finish(); err != nil {
		return File{}, err
	}
	return File{Name: filepath.Base(p.path), Total: t, Bytes: p.size, SHA256: p.sha256()}, nil
}

// writer sorts lines into files.
type writer struct {
	Options
	open    map[string]*part
	written int64
}

func (w *writer) abandon() {
	for _, p := range w.open {
		p.abandon()
	}
}

// lines reads page by page, in the order of the log.
func (w *writer) lines(ctx context.Context, db projections.Database) error {
	read, of := projections.LinesOfRun, w.Run
	if w.Document != "" {
		read, of = projections.LinesOfDocument, w.Document
	}
	for after := (projections.LinePlace{}); ; {
		page, err := read(ctx, db, of, after, pageLines)
		if err != nil || len(page) == 0 {
			return err
		}
		after = page[len(page)-1].LinePlace
		page = slices.DeleteFunc(page, func(l projections.Line) bool { return !slices.Contains(w.Ledgers, l.Ledger) })
		if err := w.page(ctx, db, page); err != nil {
			return err
		}
		if w.Progress != nil {
			w.Progress(w.written)
		}
	}
}

func (w *writer) page(ctx context.Context, db projections.Database, page []projections.Line) error {
	ids := make([]string, 0, len(page))
	for i := range page {
		ids = append(ids, page[i].Employee)
	}
	employers, err := projections.EmployersOf(ctx, db, ids)
	if err != nil {
		return err
	}
	for _, l := range page {
		r := &row{Line: l, Employer: employers[l.Employee]}
		if w.Reseller != "" && r.Reseller != w.Reseller || w.Customer != "" && r.Customer != w.Customer {
			continue
		}
		if err := w.show(ctx, r); err != nil {
			return err
		}
		if err := w.write(r); err != nil {
			return err
		}
	}
	return nil
}

// show adds what the message of the line shows of it.
func (w *writer) show(ctx context.Context, r *row) (err error) {
	if r.message = r.AppendJSON(nil); w.Show == nil {
		return nil
	}
	if r.message, err = w.Show(ctx, nil, r.Run, &r.Line.Line, r.message); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	if err := json.Unmarshal(r.message, &r.Shown); err != nil {
		return fmt.Errorf("export: line %s: %w", r.ID, err)
	}
	return nil
}

func (w *writer) write(r *row) error {
	p, err := w.part(r.Ledger, r.Currency)
	if err != nil {
		return err
	}
	p.add(&r.Line.Line)
	w.written++
	if err := p.line(r); err != nil {
		return fmt.Errorf("export: %s: %w", p.path, err)
	}
	return nil
}

// errTooMany says that there are more currencies than anybody bills in.
var errTooMany = errors.New("export: more files than an export may have")

// part is the file of a ledger and a currency, which the first line of it opens.
func (w *writer) part(ledger billing.Ledger, currency string) (*part, error) {
	name := w.name(ledger, currency)
	if p := w.open[name]; p != nil {
		return p, nil
	}
	if len(w.open) == filesMax {
		return nil, errTooMany
	}
	f, err := create(filepath.Join(w.Dir, name))
	if err != nil {
		return nil, err
	}
	p := &part{file: f, sheet: newSheet(w.Format, f), sum: sum{Total: Total{Ledger: ledger, Currency: currency}}}
	w.open[name] = p
	if err := p.head(); err != nil {
		return nil, fmt.Errorf("export: %s: %w", name, err)
	}
	return p, nil
}

// name is a file's: what was asked for, ledger and currency.
func (w *writer) name(ledger billing.Ledger, currency string) string {
	parts := []string{plain(cmp.Or(w.Run, w.Document)), string(ledger), plain(currency)}
	for _, bound := range []string{w.Reseller, w.Customer} {
		if bound != "" {
			parts = append(parts, plain(bound))
		}
	}
	return strings.Join(append(parts, string(w.Format)), ".")
}

// plain keeps letters, digits and dashes of a text, so that it can be part of a file's name.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '-'
	}, text)
}
