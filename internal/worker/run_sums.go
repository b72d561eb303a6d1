package worker

import (
	"context"
	"encoding/json"

	"tenure/billing"
	"tenure/domain"
	"tenure/events"
	"tenure/internal/runstate"
	"tenure/internal/store"
)

// The commands that end a run, or issue its documents, name them and nothing else. What was billed is read here, for
// the decision, and compared once more in its transaction (store.RunSeen): a message may come from a history that was
// lost, a sum in it would be believed over the log.

// readRuns reads what commands of runs need to know.
func (o *owner) readRuns(ctx context.Context, items []*item, known store.Known) error {
	documents := map[string][]*item{} // by run
	for _, it := range items {
		var err error
		switch c := it.command.(type) {
		case domain.CompleteRun:
			err = o.readResult(ctx, it, known)
		case domain.StartRun:
			var result domain.RunResult
			result, err = runstate.Startable(ctx, o.Store, subjectID(it.stream))
			it.result = &result
		case domain.IssueDocument:
			documents[c.Run] = append(documents[c.Run], it)
		case domain.AcknowledgeDocument:
			err = o.readBooked(ctx, it, c)
		}
		if err != nil {
			return err
		}
	}
	for run, items := range documents {
		refs := make([]string, len(items))
		for i, it := range items {
			refs[i] = subjectID(it.stream)
		}
		totals, err := runstate.Documents(ctx, o.Store, run, refs)
		if err != nil {
			return err
		}
		for i, it := range items {
			it.document = totals[refs[i]]
		}
	}
	return nil
}

func (o *owner) readResult(ctx context.Context, it *item, known store.Known) error {
	run := &domain.Run{ID: subjectID(it.stream)}
	if state := known.Subjects[it.stream].State; len(state) > 0 {
		if err := json.Unmarshal(state, run); err != nil {
			return nil // the decision reads the same state: its failure parks the command
		}
	}
	result, err := runstate.Result(ctx, o.Store, run)
	it.result = &result
	return err
}

func (o *owner) readBooked(ctx context.Context, it *item, c domain.AcknowledgeDocument) error {
	today := billing.DateOf(o.decisionTime(it, o.claim.DecidedAt), o.Policy.Zone())
	all := c.Lines + int64(len(c.Refused))
	booked, err := runstate.Booked(ctx, o.Store, c.Run, subjectID(it.stream), all, today)
	it.booked = &booked
	return err
}

func subjectID(stream string) string {
	_, id := domain.SplitStream(stream)
	return id
}

// seen is what a decided event has read of the runs' tables; false for other events.
func seen(e events.Event) (store.RunSeen, bool) {
	switch e := e.(type) {
	case events.RunCompleted:
		seen := store.RunSeen{Run: e.Run, Examined: e.Examined}
		for _, t := range e.Totals {
			seen.Lines += t.Lines
		}
		return seen, true
	case events.DocumentIssued:
		return store.RunSeen{DocumentRef: e.DocumentRef, Lines: e.Lines}, true
	}
	return store.RunSeen{}, false
}

// runStep reports whether an event is a step of a run, which a halt of invoicing refuses.
func runStep(e events.Event) bool {
	switch e := e.(type) {
	case events.RunStarted, events.RunShardOpened, events.DocumentIssued:
		return true
	case events.RunCompleted:
		return !e.Abandoned
	}
	return false
}
