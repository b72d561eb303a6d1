package relay

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"tenure/billing"
	"tenure/contract"
	"tenure/domain"
	"tenure/events"
	"tenure/internal/bus"
	"tenure/internal/feed"
)

// routeInvoiced publishes the days for all readers, and each line for those who may read its ledger.
func (r *Router) routeInvoiced(messages []bus.Message, e *feed.Entry, employee string) ([]bus.Message, error) {
	payload, err := e.Decode()
	if err != nil {
		return nil, err
	}
	invoiced, stored := payload.(events.EmployeeInvoiced), e.Lines()
	items, err := r.itemsOf(invoiced.Run)
	if err != nil {
		return nil, err
	}
	value, err := json.Marshal(daysOf(invoiced))
	if err != nil {
		return nil, err
	}
	head := envelope(e, employee)
	messages = append(messages, message(contract.EmployeeEvents, employee, head, value))
	var headers []bus.Header // of the first line; the others' differ in the id alone
	for i := range invoiced.Lines {
		line := &invoiced.Lines[i]
		topic, err := contract.LinesTopic(line.Ledger)
		if err != nil {
			return nil, fmt.Errorf("line %s: %w", line.ID, err)
		}
		id := line.ID.String()
		if headers == nil {
			own := head
			own.ID, own.Type, own.CausationID = id, events.TypeLine, head.ID
			own.Subject, own.DataSchema = id, events.SchemaAddress(events.TypeLine)
			headers = own.Headers()
		}
		shown := line.AppendShown(make([]byte, 0, len(stored[i])+shownBytes), stored[i], items.Item(line))
		messages = append(messages, bus.Message{Topic: topic, Key: []byte(line.BillTo), Value: shown,
			Headers: bus.About(headers, id)})
	}
	return messages, nil
}

// itemsWait bounds a read of a run's catalogue. It is read once; then it is in memory.
const itemsWait = time.Minute

// unread is a fault of the database on the way to what a message needs. It stops nothing: it is tried again.
type unread struct{ error }

// itemsOf is the catalogue in which a run's lines find what an invoice shows of their products, read once for an event.
func (r *Router) itemsOf(run string) (*domain.Catalog, error) {
	if r.items == nil {
		return noItems, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), itemsWait)
	defer cancel()
	found, err := r.items.catalog(ctx, run)
	if err != nil {
		return nil, unread{err}
	}
	return found, nil
}

var noItems = domain.EmptyCatalog()

// shownBytes is what a line has besides what is stored of it, usually.
const shownBytes = 192

// daysOf lists each stretch of days once: the ledgers cover the same ones.
func daysOf(invoiced events.EmployeeInvoiced) events.InvoicedDays {
	out := events.InvoicedDays{Run: invoiced.Run, AsOf: invoiced.AsOf}
	type stretch struct {
		kind billing.Kind
		days events.Days
	}
	seen := make(map[stretch]bool, len(invoiced.Lines))
	for i := range invoiced.Lines {
		l := &invoiced.Lines[i]
		s := stretch{l.Kind, events.Days{Source: l.Source, From: l.Period.From, To: billing.Inclusive(l.Period.To)}}
		if l.Manual || seen[s] {
			continue
		}
		seen[s] = true
		if l.Kind == billing.Credit {
			out.Credited = append(out.Credited, s.days)
		} else {
			out.Covered = append(out.Covered, s.days)
		}
	}
	return out
}

// routeDocument publishes a document's event to the topic of its ledger, which stands in its reference between cycle
// and payer: an event that brings a number only has it nowhere else.
func routeDocument(messages []bus.Message, e *feed.Entry, ref string) ([]bus.Message, error) {
	ledger, billTo, known := contract.DocumentParts(ref)
	if !known || billTo == "" {
		return nil, fmt.Errorf("document %q has no ledger and payer in its reference", ref)
	}
	if e.Type == typeDocumentIssued {
		if issued := e.Decoded().(events.DocumentIssued); issued.Ledger != ledger || issued.BillTo != billTo {
			return nil, fmt.Errorf("document %q is of another ledger or payer than its reference says", ref)
		}
	}
	topic, err := contract.DocumentsTopic(ledger)
	if err != nil {
		return nil, fmt.Errorf("document %q: %w", ref, err)
	}
	return append(messages, message(topic, billTo, envelope(e, ref), e.Payload)), nil
}

// routeRun publishes the progress of a run. That it was opened in a shard is internal, and a plan has the totals of all
// ledgers, of which each topic may carry one.
func routeRun(messages []bus.Message, e *feed.Entry, id string) ([]bus.Message, error) {
	switch e.Type {
	case typeRunStarted:
		return append(messages, message(contract.BillingRuns, id, envelope(e, id), e.Payload)), nil
	case typeRunShardCompleted:
		run := e.Decoded().(events.RunShardCompleted).Run
		return append(messages, message(contract.BillingRuns, run, envelope(e, run), e.Payload)), nil
	case typeRunCompleted:
		return routeRunCompleted(messages, e, id)
	case events.RunShardOpened{}.EventType(), events.RunPlanned{}.EventType(), events.RunApproved{}.EventType(),
		events.RunAbandoned{}.EventType():
		return messages, nil
	}
	return nil, fmt.Errorf("%s has no topic", e.Type)
}

// routeRunCompleted publishes once per ledger, also where nothing was billed: a reader of that topic waits for it.
func routeRunCompleted(messages []bus.Message, e *feed.Entry, run string) ([]bus.Message, error) {
	completed := e.Decoded().(events.RunCompleted)
	for _, ledger := range contract.Ledgers() {
		value, err := json.Marshal(ofLedger(completed, ledger))
		if err != nil {
			return nil, err
		}
		own := envelope(e, run)
		own.ID = derivedID(e.ID(), string(ledger)).String()
		own.CausationID = e.ID().String()
		topic, err := contract.RunsTopic(ledger)
		if err != nil {
			return nil, err
		}
		messages = append(messages, message(topic, run, own, value))
	}
	return messages, nil
}

// ofLedger keeps the totals of one ledger. Between which positions a shard's lines are is the same for all.
func ofLedger(all events.RunCompleted, ledger billing.Ledger) events.RunCompletedOf {
	out := events.RunCompletedOf{Ledger: ledger, RunCompleted: all}
	if all.LedgerDocuments != nil { // runs that ended before it was counted have the number of all ledgers
		out.Documents, out.LedgerDocuments = 0, nil
	}
	for _, one := range all.LedgerDocuments {
		if one.Ledger == ledger {
			out.Documents = one.Documents
		}
	}
	out.Totals = totalsOf(all.Totals, ledger)
	out.Shards = make([]events.ShardTotals, len(all.Shards))
	for i, shard := range all.Shards {
		out.Shards[i] = shard
		out.Shards[i].Totals = totalsOf(shard.Totals, ledger)
	}
	return out
}

func totalsOf(all []events.ControlTotal, ledger billing.Ledger) []events.ControlTotal {
	kept := []events.ControlTotal{}
	for _, total := range all {
		if total.Ledger == ledger {
			kept = append(kept, total)
		}
	}
	return kept
}

// outcomeID is the id of an outcome's message: an outcome that is published again is another message.
func outcomeID(command uuid.UUID, position string) uuid.UUID { return derivedID(command, position) }
