package runstate

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"tenure/billing"
	"tenure/domain"
	"tenure/events"
	"tenure/internal/store"
)

const (
	// bookedIDsMax bounds the ids that are read to check which lines of a document are booked: of more the count alone
	// is checked while some are open.
	bookedIDsMax = 10_000
	// bookedEventsMax bounds the places of the log that are searched for them, while the read model of lines is behind.
	bookedEventsMax = 200_000
)

// Booked is what a run has of a document whose lines an integration acknowledges: all of them, or only so many. What
// the run has is final when it is through, so nothing is said before. today is that of the decision.
func Booked(
	ctx context.Context, s *store.Store, run, ref string, all int64, today billing.Date,
) (domain.BookedLines, error) {
	var b domain.BookedLines
	m, err := unfinished(ctx, s, run, today)
	if err != nil || m.why != "" {
		b.NotReady, b.Awaits = m.why, m.awaits
		return b, err
	}
	if b.Lines, b.Hash, err = s.BookedTotal(ctx, run, ref); err != nil {
		return b, err
	}
	if all >= b.Lines || b.Lines > bookedIDsMax {
		return b, nil
	}
	b.IDs, err = lineIDs(ctx, s, run, ref, b.Lines)
	if err == nil && b.IDs == nil {
		b.NotReady = fmt.Sprintf("The lines of %s are not listed yet: send the command again, with a new id", ref)
		b.Awaits = domain.Stream(domain.KindRunShard, run)
	}
	return b, err
}

// unfinished says why it is not known yet what a run has billed; empty: it is, or there is no such run and none will
// come.
func unfinished(ctx context.Context, s *store.Store, id string, today billing.Date) (m missing, err error) {
	night, err := NightOf(id)
	if err != nil || night > today.AddDays(1) {
		return m, nil // it is not the name of a run, or one of the future
	}
	run, err := Read(ctx, s, id)
	switch {
	case err != nil || run.Completed || run.Abandoned != "":
		return m, err
	case run.Started == nil:
		return startable(ctx, s, run, night)
	}
	shards, err := s.RunShards(ctx, id)
	if err != nil || Through(run, shards) {
		return m, err
	}
	return notThrough(run), nil
}

// startable is that a run has not started, where it still may: its lines may have been acknowledged in a history whose
// end was lost. Nights start in their order.
func startable(ctx context.Context, s *store.Store, run *domain.Run, night billing.Date) (m missing, err error) {
	last, err := Last(ctx, s)
	if err != nil || last != nil && last.Started.BusinessDate > night {
		return m, err
	}
	return notStarted(run), nil
}

// lineIDs are the ids of the lines of a document that a run has: from the read model of lines, or from the log where
// that is behind. Nil: neither gives all of them, since too much of the log would have to be searched.
func lineIDs(ctx context.Context, s *store.Store, run, ref string, lines int64) ([]uuid.UUID, error) {
	ids, err := s.LineIDs(ctx, run, ref, bookedIDsMax)
	if err != nil || int64(len(ids)) == lines {
		return ids, err
	}
	if ids, err = idsOfLog(ctx, s, run, ref); err != nil || int64(len(ids)) != lines {
		return nil, err
	}
	return ids, nil
}

// idsOfLog reads them from the log; none where too much of it would have to be searched.
func idsOfLog(ctx context.Context, s *store.Store, run, ref string) (ids []uuid.UUID, err error) {
	spans, err := s.BookedSpans(ctx, run, ref)
	if err != nil || places(spans) > bookedEventsMax {
		return nil, err
	}
	for _, span := range spans {
		payloads, err := s.InvoicedOf(ctx, run, ref, span)
		if err != nil {
			return nil, err
		}
		for _, payload := range payloads {
			if ids, err = appendIDs(ids, payload, ref); err != nil {
				return nil, err
			}
		}
	}
	return ids, nil
}

func places(spans []store.Span) (all int64) {
	for _, span := range spans {
		all += span.Last - span.First + 1
	}
	return all
}

// appendIDs appends the ids of the lines of a document that an employee.invoiced.v1 has.
func appendIDs(ids []uuid.UUID, payload []byte, ref string) ([]uuid.UUID, error) {
	decoded, err := events.Decode(events.EmployeeInvoiced{}.EventType(), payload)
	if err != nil {
		return nil, fmt.Errorf("runstate: lines of %s: %w", ref, err)
	}
	invoiced, ok := decoded.(events.EmployeeInvoiced)
	if !ok {
		return nil, fmt.Errorf("runstate: lines of %s: the event is %T", ref, decoded)
	}
	for i := range invoiced.Lines {
		if l := &invoiced.Lines[i]; l.DocumentRef == ref {
			ids = append(ids, l.ID)
		}
	}
	return ids, nil
}
