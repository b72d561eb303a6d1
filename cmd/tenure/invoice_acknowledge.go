package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"tenure/billing"
	"tenure/domain"
	"tenure/events"
	"tenure/internal/booking"
	"tenure/internal/command"
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
func (p *program) previewBookings(list []command.Command, dry bool) error {
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

// commands composes the acknowledgement of the flags.
func (f *acknowledgeFlags) commands(ctx context.Context, s *store.Store) ([]command.Command, error) {
	a := booking.Acknowledgement{Run: f.run, Integration: f.integration}
	var err error
	if a.Ledgers, err = parseLedgers(f.ledgers); err != nil {
		return nil, err
	}
	if a.Refused, err = booking.Refusals(f.refused, f.messages); err != nil {
		return nil, coded(exitUsage, fmt.Errorf("--refused: %w", err))
	}
	if f.file != "" {
		if a.Booked, err = idsIn(f.file); err != nil {
			return nil, coded(exitUsage, fmt.Errorf("--lines: %w", err))
		}
	}
	list, err := booking.Commands(ctx, s, a)
	if unknown := (*booking.UnknownLinesError)(nil); errors.As(err, &unknown) {
		return nil, coded(exitMismatch, err)
	}
	return list, err
}

func idsIn(name string) (map[uuid.UUID]bool, error) {
	in, err := open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = in.Close() }()
	return booking.ReadIDs(in, name)
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
