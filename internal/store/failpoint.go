package store

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// failpoint is the hook of the tests, nil in production.
var failpoint atomic.Pointer[func(step string)]

// SetFailpoint sets a function that Write calls between its statement groups, on the writer's goroutine; nil removes
// it. While one is set, a write sends its groups one by one inside an explicit transaction, because between the
// statements of a single batch there is no place where a process could be stopped or killed. The statements are the
// same. The steps are write.begin, write.fenced, write.events, write.subjects, write.outcomes, write.parked,
// write.runs, write.chunk (each after its group, when the write has one), write.logins likewise, write.commit before
// and write.committed after the commit; logins.reserved comes after ReserveLogins.
func SetFailpoint(hook func(step string)) {
	if hook == nil {
		failpoint.Store(nil)
		return
	}
	failpoint.Store(&hook)
}

// Step calls the failpoint: one of the log's readers has come to a place where a process may die: relay.read before and
// relay.published after publishing a page, project.folded before the rows of a page are written, reader.moved after
// rows or a checkpoint were committed. It costs a load where no hook is set.
func Step(name string) {
	if hook := failpoint.Load(); hook != nil {
		(*hook)(name)
	}
}

// commitInSteps sends the same statements group by group, for SetFailpoint.
func commitInSteps(ctx context.Context, conn *pgxpool.Conn, steps []step, hook func(string)) error {
	hook("write.begin")
	tx, err := conn.Begin(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
	for _, step := range steps {
		if step.copied != nil {
			if err := copyEvents(ctx, conn, step.copied); err != nil {
				return classifySent(err)
			}
			hook(step.name)
			continue
		}
		b := &pgx.Batch{}
		if err := step.queue(b); err != nil {
			return err
		}
		if err := tx.SendBatch(ctx, b).Close(); err != nil {
			return classifySent(err)
		}
		hook(step.name)
	}
	hook("write.commit")
	if err := tx.Commit(ctx); err != nil && !errors.Is(err, pgx.ErrTxClosed) {
		return classifySent(err)
	} else if err != nil {
		return fmt.Errorf("%w: %w", ErrInDoubt, err)
	}
	hook("write.committed")
	return nil
}
