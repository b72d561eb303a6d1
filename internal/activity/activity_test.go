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
	"tenure/internal/store"
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
	taker := &Taker{Database: db, Topics: topic{}, Log: slog.New(slog.DiscardHandler)}
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
	groups, err := projections.GroupsOf(t.Context(), db, first)
	require.NoError(t, err)
	require.Len(t, groups, 1)

	require.EqualValues(t, 0, claim(state("b", 0, 10)), "another topic is read whole")
	groups, err = projections.GroupsOf(t.Context(), db, first)
	require.NoError(t, err)
	require.Empty(t, groups, "what the former one said is dropped")
}

func TestTaker_LeavesOutWhatCannotBeRead(t *testing.T) {
	t.Parallel()
	db := feedtest.NewDatabase(t)
	taker := &Taker{Database: db, Topics: topic{}, Log: slog.New(slog.DiscardHandler)}
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
	claim, err := projections.ClaimActivity(t.Context(), db, "a", 0)
	require.NoError(t, err)
	require.EqualValues(t, 7, claim.Next)
}

// topic is a topic of one partition as it is now: messages by their offsets.
type topic map[int64]bus.Message

// Range calls fn with the messages of the topic in a range.
func (a topic) Range(_ context.Context, _ string, _ int32, from, to int64, fn func(bus.Message) error) error {
	for at := from; at < to; at++ {
		if m, ok := a[at]; ok {
			if err := fn(m); err != nil {
				return err
			}
		}
	}
	return nil
}

// groupsOf lists the groups that an employee is known to be in.
func groupsOf(t *testing.T, db *feedtest.Database, employee string) (ids []string) {
	t.Helper()
	groups, err := projections.GroupsOf(t.Context(), db, employee)
	require.NoError(t, err)
	for _, g := range groups {
		ids = append(ids, g.ID)
	}
	return ids
}

func in(employee string, offset int64, group string) bus.Message {
	return message(employee, offset, `{"groups":[{"_id":"`+group+`"}]}`)
}

// The topic loses the offsets from 5 on, which were taken. Stronger than a new message with a lower offset that must
// count: what only the lost tail said is gone too, also where the topic was filled past the place before anybody
// looked.
func TestTaker_ReadsAPartitionThatLostItsTailFromItsBeginning(t *testing.T) {
	t.Parallel()
	const next = 10
	for name, filled := range map[string]int64{"shorter than what was taken": 6, "filled to the same length": next,
		"filled past the place": 14} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := feedtest.NewDatabase(t)
			now := topic{4: in(first, 4, "kept"), 9: in(second, 9, "lost")}
			taker := &Taker{Database: db, Topics: now, Log: slog.New(slog.DiscardHandler)}
			claim := func(newest int64) int64 {
				at, err := taker.Claim(t.Context(), contract.EmployeeActivity, 0, state("a", 0, newest))
				require.NoError(t, err)
				return at
			}
			claim(next)
			require.NoError(t, taker.take(t.Context(), 0, []bus.Message{now[4], in(first, 8, "lost"), now[9]}))
			require.EqualValues(t, next, claim(next), "the topic is as it was")

			for at := int64(5); at < 15; at++ {
				delete(now, at)
			}
			for at := int64(5); at < filled; at++ {
				now[at] = in(first, at, "new")
			}
			require.Zero(t, claim(filled))
			require.Empty(t, groupsOf(t, db, second), "what only the lost tail said")
			require.NoError(t, taker.take(t.Context(), 0, []bus.Message{now[4], now[5]}))
			require.Equal(t, []string{"new"}, groupsOf(t, db, first), "a new message has a lower offset, and counts")
			require.EqualValues(t, 6, claim(filled))
		})
	}
}

// A former owner of a partition writes its batch after the next owner has taken more. Stronger than a row that a
// tombstone removed and that must stay away: nothing that a former owner writes has an effect, nor its place.
func TestTaker_AFormerOwnerWritesNothing(t *testing.T) {
	t.Parallel()
	db := feedtest.NewDatabase(t)
	former := &Taker{Database: db, Topics: topic{}, Log: slog.New(slog.DiscardHandler)}
	owner := &Taker{Database: db, Topics: topic{}, Log: slog.New(slog.DiscardHandler)}
	for _, taker := range []*Taker{former, owner} {
		_, err := taker.Claim(t.Context(), contract.EmployeeActivity, 0, state("a", 0, 7))
		require.NoError(t, err)
	}
	late := []bus.Message{in(first, 5, "late")}
	require.NoError(t, owner.take(t.Context(), 0, []bus.Message{in(first, 5, "g"), message(first, 6, "")}))
	require.ErrorIs(t, former.take(t.Context(), 0, late), store.ErrLeaseLost)
	require.ErrorIs(t, former.take(t.Context(), 0, []bus.Message{in(second, 9, "late")}), store.ErrLeaseLost)
	require.Empty(t, db.Rows("employee_activity"))
	next, err := owner.Claim(t.Context(), contract.EmployeeActivity, 0, state("a", 0, 7))
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
	require.ErrorContains(t, err, "projections: claim activity of partition 0")
	require.ErrorContains(t, taker.take(t.Context(), 0, []bus.Message{message(first, 0, `{}`)}), "is not claimed")
	taker.claims.Store(int32(0), &projections.ActivityClaim{})
	require.ErrorContains(t, taker.take(t.Context(), 0, []bus.Message{message(first, 0, `{}`)}),
		"projections: activity of partition 0")
}
