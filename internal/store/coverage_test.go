package store

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"tenure/internal/test/database"
)

// april are days of slot 1.
func april(from, to int64) Range { return Range{From: 10_000_000 + from, To: 10_000_000 + to} }

func TestCoverage_TheDatabaseRefusesADayTwice(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		added, removed []Range
		refused        bool
	}{
		"the next days are added":                  {added: []Range{april(30, 60)}},
		"the same days of another slot are added":  {added: []Range{{From: 2*10_000_000 + 1, To: 2*10_000_000 + 30}}},
		"covered days are removed":                 {removed: []Range{april(10, 20)}},
		"covered days are removed and added again": {removed: []Range{april(10, 20)}, added: []Range{april(10, 20)}},
		"a covered day is added":                   {added: []Range{april(29, 31)}, refused: true},
		"a day inside is added":                    {added: []Range{april(15, 16)}, refused: true},
		"more days are added than were removed": {removed: []Range{april(10, 20)}, added: []Range{april(10, 21)},
			refused: true},
		"days that are not covered are removed":      {removed: []Range{april(29, 31)}, refused: true},
		"a day is added twice by the write itself":   {added: []Range{april(40, 50), april(49, 51)}, refused: true},
		"a day is removed twice by the write itself": {removed: []Range{april(10, 12), april(11, 13)}, refused: true},
		"the same days of another slot are removed": {removed: []Range{{From: 2*10_000_000 + 1, To: 2*10_000_000 + 2}},
			refused: true},
		"an uncovered day is removed, others are added": {removed: []Range{april(30, 31)}, added: []Range{april(31, 40)},
			refused: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStore(t)
			c := claimed(t, s, 1)
			require.NoError(t, s.Write(t.Context(), c, covering(c, "employee/a", 1, []Range{april(1, 30)}, nil)))
			before := rowsOf(t, s)
			err := s.Write(t.Context(), c, covering(c, "employee/a", 2, row.added, row.removed))
			if !row.refused {
				require.NoError(t, err)
				return
			}
			var conflict *ConflictError
			require.ErrorAs(t, err, &conflict)
			require.Equal(t, "subjects_no_day_twice", conflict.Constraint)
			require.False(t, IsTransient(err))
			require.Equal(t, before, rowsOf(t, s))
		})
	}
}

// The guard compares with the row as it is when its lock is had, not as it was when the statement began.
func TestCoverage_ConcurrentTransactionsCannotCoverADayTwice(t *testing.T) {
	t.Parallel()
	s := openStore(t, Config{DSN: database.Migrated(t), MaxConns: 8})
	c := claimed(t, s, 1)
	require.NoError(t, s.Write(t.Context(), c, covering(c, "employee/a", 1, []Range{april(0, 1)}, nil)))
	var all sync.WaitGroup
	var taken atomic.Int64
	for range 8 {
		all.Go(func() {
			for day := int64(1); day <= 40; day++ {
				// The version stays, so that only the coverage guard stands between the transactions.
				tag, err := s.pool.Exec(context.Background(), sqlUpdateCovered, int32(1), []string{"employee/a"}, []int32{1},
					[]int32{1},
					[]string{"0001-01-01 00:00:00Z"}, []int32{0}, []bool{false}, blobs{{}}, int64(1),
					[]string{"{}"}, []string{fmt.Sprintf("{[%d,%d)}", 10_000_000+day, 10_000_000+day+1)})
				var conflict *ConflictError
				if err = classify(err); err == nil && tag.RowsAffected() == 1 {
					taken.Add(1)
				} else if !isConflict(err, &conflict) {
					t.Errorf("day %d: %v", day, err)
				}
			}
		})
	}
	all.Wait()
	require.EqualValues(t, 40, taken.Load(), "each day was taken by one transaction")
	require.EqualValues(t, 1, count(t, s, "SELECT count(*) FROM subjects WHERE coverage = '{[10000000,10000041)}'"))
}

func TestCoverage_CoverAndUncoverNetToWhatTheWriteChanges(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		before := rapid.SliceOfNDistinct(rapid.Int64Range(0, 30), 0, 30, rapid.ID).Draw(t, "covered before")
		covered := make(map[int64]bool)
		for _, day := range before {
			covered[day] = true
		}
		subject := Subject{Stream: "employee/a"}
		for range rapid.IntRange(0, 12).Draw(t, "changes") {
			from := rapid.Int64Range(0, 29).Draw(t, "from")
			r := Range{From: from, To: rapid.Int64Range(from+1, 30).Draw(t, "to")}
			if all, none := alike(covered, r); none {
				require.NoError(t, subject.Cover(r))
				set(covered, r, true)
			} else if all {
				subject.Uncover(r)
				set(covered, r, false)
			}
		}
		after := make(map[int64]bool)
		for _, day := range before {
			after[day] = true
		}
		for _, r := range subject.Removed {
			all, _ := alike(after, r)
			require.True(t, all, "only covered days are removed")
			set(after, r, false)
		}
		for _, r := range subject.Added {
			_, none := alike(after, r)
			require.True(t, none, "only uncovered days are added")
			set(after, r, true)
		}
		for day := range int64(30) {
			require.Equal(t, covered[day], after[day])
		}
		for _, ranges := range [][]Range{subject.Added, subject.Removed} {
			_, err := multirange(ranges)
			require.NoError(t, err)
		}
	})
}

func TestCoverage_CoveringADayTwiceInOneWriteIsRefusedAtOnce(t *testing.T) {
	t.Parallel()
	subject := Subject{Stream: "employee/a"}
	require.NoError(t, subject.Cover(Days(3, 739_000, 739_030)))
	require.ErrorContains(t, subject.Cover(Days(3, 739_029, 739_031)), "covered by the same write already")
	require.NoError(t, subject.Cover(Days(4, 739_029, 739_031)))
}

// alike reports whether all days of a range are covered, and whether none is.
func alike(covered map[int64]bool, r Range) (all, none bool) {
	all, none = true, true
	for day := r.From; day < r.To; day++ {
		all = all && covered[day]
		none = none && !covered[day]
	}
	return all, none
}

func set(covered map[int64]bool, r Range, to bool) {
	for day := r.From; day < r.To; day++ {
		covered[day] = to
	}
}
