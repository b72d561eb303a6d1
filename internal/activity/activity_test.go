package activity

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"tenure/contract"
	"tenure/internal/bus"
	"tenure/internal/test/feedtest"
	"tenure/projections"
)

func TestMain(m *testing.M) { os.Exit(feedtest.Main(m)) }

const (
	first  = "5e0000000000000000000001"
	second = "5e0000000000000000000002"
)

func state(id string, oldest, newest int64) bus.TopicState {
	return bus.TopicState{ID: id, Partitions: []bus.PartitionState{{Oldest: oldest, Newest: newest}}}
}

func message(key string, offset int64, value string) bus.Message {
	m := bus.Message{Key: []byte(key), Offset: offset, Value: []byte(value)}
	if value == "" {
		m.Value = nil
	}
	return m
}

func TestTaker_ContinuesAPartitionWhereItWas(t *testing.T) {
	t.Parallel()
	db := feedtest.NewDatabase(t)
	taker := &Taker{Database: db, Log: slog.New(slog.DiscardHandler)}
	claim := func(s bus.TopicState) int64 {
		next, err := taker.Claim(t.Context(), contract.EmployeeActivity, 0, s)
		require.NoError(t, err)
		return next
	}
	require.EqualValues(t, 3, claim(state("a", 3, 10)), "from the oldest that there is")
	require.NoError(t, taker.take(t.Context(), 0, []bus.Message{message(first, 3, `{"groups":[{"_id":"g"}]}`),
		message(second, 6, `{}`)}))
	require.EqualValues(t, 7, claim(state("a", 3, 10)))
	require.EqualValues(t, 8, claim(state("a", 8, 10)), "compaction has taken what was next; something newer stands "+
		"for it")
	require.EqualValues(t, 0, claim(state("a", 0, 2)), "the topic has lost its tail")
	groups, err := projections.GroupsOf(t.Context(), db, first)
	require.NoError(t, err)
	require.Len(t, groups, 1)

	require.EqualValues(t, 0, claim(state("b", 0, 10)), "another topic is read whole")
	groups, err = projections.GroupsOf(t.Context(), db, first)
	require.NoError(t, err)
	require.Empty(t, groups, "what the former one said is forgotten")
}

func TestTaker_LeavesOutWhatCannotBeRead(t *testing.T) {
	t.Parallel()
	db := feedtest.NewDatabase(t)
	taker := &Taker{Database: db, Log: slog.New(slog.DiscardHandler)}
	_, err := taker.Claim(t.Context(), contract.EmployeeActivity, 0, state("a", 0, 10))
	require.NoError(t, err)
	unreadable := message(second, 4, `{"groups":[{"_id":"g"}]}`)
	unreadable.Unreadable = true
	require.NoError(t, taker.take(t.Context(), 0, []bus.Message{
		message("x\x00y", 0, `{}`), message("", 1, `{}`), message(first, 2, `{`), message(first, 3, `{"calls":"many"}`),
		unreadable,
		message(first, 5, `{"groups":[{"_id":"g"}]}`),
	}))
	require.Len(t, db.Rows("employee_activity"), 1)
	require.NoError(t, taker.take(t.Context(), 0, []bus.Message{message(first, 6, "")}))
	require.Empty(t, db.Rows("employee_activity"), "a tombstone takes everything away")
	next, err := projections.ActivityProgress(t.Context(), db, "a", 0)
	require.NoError(t, err)
	require.EqualValues(t, 7, next)
}

// gone is a database that does not answer.
type gone struct{}

func (gone) InTx(context.Context, *pgx.Batch) error { return errors.New("gone") }

func TestTaker_ADatabaseThatIsGoneIsAnErrorToTryAgain(t *testing.T) {
	t.Parallel()
	taker := &Taker{Database: gone{}, Log: slog.New(slog.DiscardHandler)}
	_, err := taker.Claim(t.Context(), contract.EmployeeActivity, 0, state("a", 0, 1))
	require.ErrorContains(t, err, "projections: progress of activity")
	require.ErrorContains(t, taker.take(t.Context(), 0, []bus.Message{message(first, 0, `{}`)}),
		"projections: activity of partition 0")
}
