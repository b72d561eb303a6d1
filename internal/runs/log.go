package runs

import (
	"context"
	"time"

	"tenure/domain"
	"tenure/events"
	"tenure/internal/history"
	"tenure/internal/store"
	"tenure/internal/telemetry"
)

// pollPauseMax bounds the pause after polls that failed one after the other.
const pollPauseMax = 30 * time.Second

// logged is what the log has of the runs, so that each change is one line.
type logged struct {
	begun bool   // something was read: what was there before this process is no news
	state string // of the run under way
	ended string // the last run that ended
	halts map[string]store.Halt
}

// logChanges logs each step of a run, its end with its figures, and what operators halted, resumed and approved.
func (d *Driver) logChanges(ctx context.Context, n *night, status Status) {
	first := !d.logged.begun
	d.logged.begun = true
	d.logHalts(n.halts, first)
	if state := status.Run + " " + status.State; state != d.logged.state {
		d.logged.state = state
		if !first && n.run != nil {
			d.Log.Info("runs: state", telemetry.KeyRun, status.Run, telemetry.KeyState, status.State)
		}
	}
	if n.last == nil || !n.last.Completed || n.last.ID == d.logged.ended {
		return
	}
	if d.logged.ended = n.last.ID; !first {
		d.logEnd(ctx, n.last)
	}
}

func (d *Driver) logEnd(ctx context.Context, run *domain.Run) {
	end, err := completed(ctx, d.Store, run.ID)
	if err != nil {
		d.Log.Warn("runs: the figures of a run cannot be read", telemetry.KeyRun, run.ID, telemetry.Err(err))
		return
	}
	line := []any{telemetry.KeyRun, run.ID, telemetry.KeyEmployees, end.Examined, telemetry.KeyBilled, end.Billed,
		telemetry.KeyNotBilled, end.NotBilled, telemetry.KeyDocuments, end.Documents}
	if run.Planned != nil && run.Approved == run.Planned.Digest {
		line = append(line, telemetry.KeyOutcome, "approved by an operator")
	}
	if end.Abandoned {
		line = append(line, telemetry.KeyReason, "abandoned by an operator")
	}
	d.Log.Info("runs: completed", line...)
	if err := d.trace(ctx, run, &end); err != nil {
		d.Log.Warn("runs: a run cannot be traced", telemetry.KeyRun, run.ID, telemetry.Err(err))
	}
}

// trace exports a run as a span from its plan to its end, and one from its start, both in business time.
func (d *Driver) trace(ctx context.Context, run *domain.Run, end *events.RunCompleted) error {
	if d.Spans.Exporter == nil {
		return nil
	}
	stream := domain.Stream(domain.KindRun, run.ID)
	started, _, err := history.Find[events.RunStarted](ctx, d.Store, stream)
	if err != nil {
		return err
	}
	ended, _, err := history.Find[events.RunCompleted](ctx, d.Store, stream)
	if err != nil {
		return err
	}
	year, month, day := started.Event.BusinessDate.Time().Date()
	numbers := map[string]int64{
		"tenure.business_date": int64(year*10_000 + int(month)*100 + day), "tenure.examined": end.Examined,
		"tenure.billed": end.Billed, "tenure.documents": end.Documents,
	}
	if run.Planned != nil {
		d.Spans.Work("tenure run", run.Planned.PlannedAt, ended.At, numbers)
	}
	d.Spans.Work("tenure run lines and documents", started.At, ended.At, numbers)
	return nil
}

// logHalts logs what was halted and resumed. The reason is the operator's text and stays in the log of events.
func (d *Driver) logHalts(halts []store.Halt, first bool) {
	now := map[string]store.Halt{}
	for _, h := range halts {
		now[h.Scope] = h
		if _, known := d.logged.halts[h.Scope]; !known {
			d.Log.Warn("runs: halted by an operator", telemetry.KeyWhat, h.Scope, telemetry.KeySince,
				d.Clock.Now().Sub(h.At).Truncate(time.Second), telemetry.KeyNext, "tenure run resume --scope "+h.Scope)
		}
	}
	for scope := range d.logged.halts {
		if _, still := now[scope]; !still && !first {
			d.Log.Info("runs: resumed by an operator", telemetry.KeyWhat, scope)
		}
	}
	d.logged.halts = now
}

// pollPause is how long Run waits after so many polls that failed in a row: an outage must not fill the log.
func pollPause(failures int) time.Duration {
	pause := pollInterval
	for range failures {
		if pause *= 2; pause >= pollPauseMax {
			return pollPauseMax
		}
	}
	return pause
}
