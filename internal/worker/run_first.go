package worker

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"tenure/internal/bus"
	"tenure/internal/catalog"
	"tenure/internal/store"
	"tenure/internal/telemetry"
)

// A run and the commands of its shard take turns while both come. Behind a backlog, as after a restore, the run and
// what was ordered since are on the topic together: there the run goes first, to its end in the shard. What was ordered
// in the morning after a night is then billed by the next night again, as it was when it came, and not by the night
// before it.
//
// Which of both is first follows from the records alone: a batch ends behind the command that opens a run, and all that
// follows waits. So a topic that is read again has its runs at the same places, however its messages arrive. What came
// while the run was under way is not known any more: it was billed by this run or by the next one, and is billed by the
// next one now.

// backlogAfter is how long ago the broker took a command that waited in a backlog. It is longer than a process is away
// that is replaced: what comes during a run takes turns with it.
const backlogAfter = 5 * time.Minute

// opensShard is the type of the command that opens a run in a shard.
const opensShard = "run.open_shard.v1"

// upToOpening cuts messages behind one that opens a run, so that the run may come next.
func (o *owner) upToOpening(messages []bus.Message) (now, later []bus.Message) {
	if !o.realTime() {
		return messages, nil
	}
	opens := slices.IndexFunc(messages, func(m bus.Message) bool { return string(m.Header("ce_type")) == opensShard })
	if opens < 0 {
		return messages, nil
	}
	return messages[:opens+1], messages[opens+1:]
}

// upToEnd cuts messages behind one that opens a run, and where those begin that were sent when the topic had grown:
// where their streams are is looked up when what was sent before is written.
func (o *owner) upToEnd(messages []bus.Message) (now, later []bus.Message) {
	now, _ = o.upToOpening(messages)
	grown := slices.IndexFunc(now, func(m bus.Message) bool { return m.Offset >= o.claim.GrownEnd })
	if grown <= 0 {
		grown = len(now)
	}
	return messages[:grown], messages[grown:]
}

// runFirst does a step of the run that is open in the shard, where the messages in hand waited in a backlog.
func (o *owner) runFirst(ctx context.Context, messages []bus.Message) (ran bool, err error) {
	if !o.waited(messages) {
		return false, nil
	}
	o.reading.behind = true // these messages are not decided: time acts up to the decision before them
	run, err := o.openRunWithCatalog(ctx)
	if run == nil || err != nil {
		return false, err
	}
	defer o.acquire(ctx)()
	if ran, err = o.chunk(ctx); err != nil || !ran {
		return false, err
	}
	_, err = o.maintain(ctx)
	return true, err
}

// waited reports whether messages of a shard of employees waited in a backlog.
func (o *owner) waited(messages []bus.Message) bool {
	return len(messages) > 0 && o.realTime() && o.claim.Shard.Family() == store.FamilyEmployee &&
		o.clockTime().Sub(messages[0].Time) >= backlogAfter
}

// openRunWithCatalog is the shard's oldest open run. After a restore, the shard of the catalogue may still have to take
// again what the run is billed with, and is waited for. A run whose catalogue does not come holds up no command.
func (o *owner) openRunWithCatalog(ctx context.Context) (*openRun, error) {
	bound := cmp.Or(o.notYetMax, notYetMax)
	for began := time.Now(); ; {
		run, err := o.openRun(ctx)
		ahead := errors.Is(err, catalog.ErrAhead)
		switch {
		case !ahead && !errors.Is(err, store.ErrLostHistory):
			return run, err
		case !ahead || time.Since(began) >= bound:
			o.Log.Error("worker: the log does not have the catalogue of a run, which holds up no command",
				telemetry.KeyShard, o.claim.Shard, telemetry.Err(err))
			return nil, nil
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(notYetPauseMax):
		}
	}
}
