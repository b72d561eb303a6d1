package main

import (
	"cmp"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"tenure/billing"
	"tenure/domain"
	"tenure/events"
	"tenure/internal/command"
	"tenure/internal/export"
	"tenure/internal/store"
	"tenure/internal/table"
	"tenure/projections"
)

// acknowledgeFlags are those of tenure invoice acknowledge.
type acknowledgeFlags struct {
	run, integration, file string
	ledgers                []string
	refused, messages      []string
	all, list, open        bool
	yes, dry               bool
	timeout                time.Duration
}

func (p *program) invoiceAcknowledge() *cobra.Command {
	f := &acknowledgeFlags{}
	cmd := &cobra.Command{
		Use:   "acknowledge",
		Short: "Record which lines of a run an integration has booked or refused",
		Args:  cobra.NoArgs,
		Long: "Marks the lines of a run as booked by an integration, all of them or those whose ids are in a file: one\n" +
			"id a line, or a CSV file as export writes it. Refused lines are recorded with the integration's message,\n" +
			"one --message for each --refused or one for all. A later acknowledgement of the same run replaces an\n" +
			"earlier one. Each document gets one billing.acknowledge command, so that the log has actor and time.\n" +
			"--list shows the progress and records nothing.",
		Example: "  tenure invoice acknowledge --run nightly/2026-11-01 --integration ledger-sync --ledger CUSTOMER " +
			"--all --yes --data ./data\n" +
			"  tenure invoice acknowledge --run nightly/2026-11-01 --integration ledger-sync --list --data ./data",
		RunE: p.onStoreWithin(
			&f.timeout,
			func(ctx context.Context, s *store.Store, _ []string) error { return p.acknowledge(ctx, s, f) },
		),
	}
	flags := cmd.Flags()
	flags.StringVar(&f.run, "run", "", "run of the lines (default: the last one)")
	flags.StringVar(&f.integration, "integration", "", "name of the integration: small letters, digits, - and _")
	flags.StringSliceVar(&f.ledgers, "ledger", nil, "CUSTOMER, RESELLER, COST (default: all)")
	flags.BoolVar(&f.all, "all", false, "every line but those that are refused")
	flags.StringVar(&f.file, "lines", "", "file with the ids of all lines that are booked; - for stdin")
	flags.StringArrayVar(&f.refused, "refused", nil, "id of a line that was refused; may be repeated")
	flags.StringArrayVar(&f.messages, "message", nil, "message of the integration about the refused line")
	flags.BoolVar(&f.list, "list", false, "show the progress of the integration")
	flags.BoolVar(&f.open, "open", false, "with --list: only documents that are not booked whole")
	flags.BoolVar(&f.yes, "yes", false, "send it")
	flags.BoolVar(&f.dry, "dry-run", false, "show what would be sent")
	flags.DurationVar(&f.timeout, "timeout", 10*time.Minute, "time limit")
	_ = cmd.MarkFlagRequired("integration") // fails only for a flag that is not there
	cmd.MarkFlagsMutuallyExclusive("all", "lines", "list")
	cmd.MarkFlagsOneRequired("all", "lines", "list")
	return cmd
}

func (p *program) acknowledge(ctx context.Context, s *store.Store, f *acknowledgeFlags) (err error) {
	if f.run == "" {
		if f.run, err = lastRun(ctx, s); err != nil {
			return err
		}
	}
	if _, err := completedRun(ctx, s, f.run); err != nil { // its lines would still become more
		return err
	}
	if err := caughtUp(ctx, s, "lines", "bookings"); err != nil {
		return err
	}
	if f.list {
		return p.listBookings(ctx, s, f)
	}
	list, err := f.commands(ctx, s)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return coded(exitNothing, fmt.Errorf("%s has no such lines", f.run))
	}
	if f.dry || !f.yes {
		return p.previewBookings(list, f.dry)
	}
	return p.sendCommands(ctx, list, true, f.timeout)
}

// previewBookings shows what would be sent.
func (p *program) previewBookings(list []command.Order, dry bool) error {
	t := table.New("DOCUMENT", ">BOOKED", ">REFUSED", "HASH")
	all := make([]domain.AcknowledgeDocument, len(list))
	for i, o := range list {
		all[i] = o.Data.(domain.AcknowledgeDocument)
		t.Add(o.Subject, count(all[i].Lines), count(int64(len(all[i].Refused))), all[i].Hash.String())
	}
	if err := p.print(all, t); err != nil || dry {
		return err
	}
	return coded(exitUsage, fmt.Errorf("accounting relies on it: use --yes to acknowledge %d documents", len(list)))
}

// booking collects the acknowledgements of a run.
type booking struct {
	flags   *acknowledgeFlags
	ledgers []billing.Ledger
	booked  map[uuid.UUID]bool   // from the file; nil: all
	refused map[uuid.UUID]string // with the message
	of      map[string]*domain.AcknowledgeDocument
}

// orders makes a command for each document that has lines which are booked or refused.
func (f *acknowledgeFlags) commands(ctx context.Context, s *store.Store) ([]command.Order, error) {
	b := &booking{flags: f, of: map[string]*domain.AcknowledgeDocument{}}
	var err error
	if b.ledgers, err = parseLedgers(f.ledgers); err != nil {
		return nil, err
	}
	if b.refused, err = f.refusals(); err != nil {
		return nil, coded(exitUsage, err)
	}
	if f.file != "" {
		if b.booked, err = idsIn(f.file); err != nil {
			return nil, coded(exitUsage, fmt.Errorf("--lines: %w", err))
		}
	}
	if err := b.read(ctx, s); err != nil {
		return nil, err
	}
	if err := b.unknownLines(); err != nil {
		return nil, coded(exitMismatch, err)
	}
	list := make([]command.Order, 0, len(b.of))
	for _, ref := range sortedKeys(b.of) {
		list = append(list, command.Order{Type: "billing.acknowledge.v1", Subject: ref, ID: uuid.NewString(),
			Actor: events.Actor{AccessLevel: "ADMIN"}, Data: *b.of[ref]})
	}
	return list, nil
}

// refusals pairs refused lines with messages: one each, or one for all.
func (f *acknowledgeFlags) refusals() (map[uuid.UUID]string, error) {
	if n := len(f.messages); len(f.refused) > 0 && n != 1 && n != len(f.refused) {
		return nil, fmt.Errorf("%d lines are refused and %d messages given: give one for all, or one each", len(f.refused), n)
	}
	all := make(map[uuid.UUID]string, len(f.refused))
	for i, text := range f.refused {
		id, err := uuid.Parse(text)
		if err != nil {
			return nil, fmt.Errorf("--refused: %q is not the id of a line", text)
		}
		all[id] = f.messages[min(i, len(f.messages)-1)]
	}
	return all, nil
}

// bookedMax bounds the ids of a file: a run over a million employees has fewer lines in a ledger.
const bookedMax = 4_000_000

// idsIn reads the ids of lines: the first cell of each record, but for the heading and the total of an export.
func idsIn(name string) (map[uuid.UUID]bool, error) {
	in, err := open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = in.Close() }()
	ids := map[uuid.UUID]bool{}
	records := csv.NewReader(in) // a cell of an export, such as a reason, may go over several lines
	records.FieldsPerRecord, records.ReuseRecord, records.TrimLeadingSpace, records.LazyQuotes = -1, true, true, true
	for first := true; ; first = false {
		cells, err := records.Read()
		if errors.Is(err, io.EOF) {
			return ids, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		text := strings.TrimSpace(cells[0])
		if text == "" || text == export.TotalID || first && text == "lineId" {
			continue
		}
		id, err := uuid.Parse(text)
		if err != nil {
			n, _ := records.FieldPos(0)
			return nil, fmt.Errorf("%s:%d: %.40q is not the id of a line", name, n, text)
		}
		if ids[id] = true; len(ids) > bookedMax {
			return nil, errors.New("more lines than a run can have")
		}
	}
}

// read goes through the lines of the run and sorts them into documents.
func (b *booking) read(ctx context.Context, s *store.Store) error {
	for after := (projections.LinePlace{}); ; {
		page, err := projections.LinesOfRun(ctx, s, b.flags.run, after, 0)
		if err != nil || len(page) == 0 {
			return err
		}
		for i := range page {
			if l := &page[i].Line; len(b.ledgers) == 0 || slices.Contains(b.ledgers, l.Ledger) {
				b.add(l)
			}
		}
		after = page[len(page)-1].LinePlace
	}
}

func (b *booking) add(l *billing.Line) {
	message, isRefused := b.refused[l.ID]
	isBooked := !isRefused && (b.booked == nil || b.booked[l.ID])
	delete(b.refused, l.ID)
	delete(b.booked, l.ID)
	if !isRefused && !isBooked {
		return
	}
	d := b.of[l.DocumentRef]
	if d == nil {
		d = &domain.AcknowledgeDocument{Integration: b.flags.integration, Run: b.flags.run}
		b.of[l.DocumentRef] = d
	}
	if isRefused {
		d.Refused = append(d.Refused, events.LineRefused{Line: l.ID, Message: message})
		return
	}
	d.Lines++
	d.Hash = billing.CombineHashes(d.Hash, l.ID)
}

// unknownLines is an error when lines are booked or refused that the run does not have.
func (b *booking) unknownLines() error {
	var first uuid.UUID
	for id := range b.booked {
		first = id
	}
	for id := range b.refused {
		first = id
	}
	if n := len(b.booked) + len(b.refused); n > 0 {
		return fmt.Errorf(
			"%d lines are not among those of %s, such as %s; see: tenure invoice explain %s",
			n,
			b.flags.run,
			first,
			first,
		)
	}
	return nil
}

// bookingView is how far an integration is with a document, as it is printed.
type bookingView struct {
	Document string               `json:"documentRef"`
	Ledger   billing.Ledger       `json:"ledger"`
	Lines    int64                `json:"lines"`
	Booked   int64                `json:"booked"`
	Open     int64                `json:"open"`
	Refused  []events.LineRefused `json:"refused"`
	Whole    bool                 `json:"whole"` // those that are booked are those that there are
	At       *time.Time           `json:"at"`    // null: never acknowledged
}

func (p *program) listBookings(ctx context.Context, s *store.Store, f *acknowledgeFlags) error {
	ledgers, err := parseLedgers(f.ledgers)
	if err != nil {
		return err
	}
	list := []bookingView{}
	t := table.New("DOCUMENT", ">LINES", ">BOOKED", ">REFUSED", ">OPEN", "WHAT")
	for after := ""; ; {
		page, err := projections.BookingsOf(ctx, s, f.run, f.integration, after, 0)
		if err != nil {
			return err
		}
		for _, b := range page {
			if after = b.Document; f.open && b.Whole || len(ledgers) > 0 && !slices.Contains(ledgers, b.Ledger) {
				continue
			}
			v := viewOfBooking(b)
			list = append(list, v)
			t.Add(v.Document, count(v.Lines), count(v.Booked), count(int64(len(v.Refused))), count(v.Open), v.what())
		}
		if len(page) == 0 {
			return p.print(list, t)
		}
	}
}

func viewOfBooking(b projections.Booking) bookingView {
	v := bookingView{
		Document: b.Document,
		Ledger:   b.Ledger,
		Lines:    b.Lines,
		Booked:   b.Booked,
		Open:     b.Open(),
		Refused:  b.Refused,
		Whole:    b.Whole,
	}
	if v.Refused == nil {
		v.Refused = []events.LineRefused{}
	}
	if !b.At.IsZero() {
		at := b.At.UTC()
		v.At = &at
	}
	return v
}

// what describes the progress.
func (v *bookingView) what() string {
	switch {
	case v.At == nil:
		return "never acknowledged"
	case v.Whole:
		return "booked"
	case len(v.Refused) > 0:
		return "refused: " + cmp.Or(v.Refused[0].Message, "no reason")
	case v.Open == 0:
		return "as many lines, but not the same"
	}
	return "partly booked"
}
