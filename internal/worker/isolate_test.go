package worker

import (
	"errors"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/internal/store"
)

func TestProtect_ReturnsAPanicAsAnError(t *testing.T) {
	t.Parallel()
	require.ErrorContains(t, protect(func() error { panic("a fault") }), "panic: a fault")
	require.NoError(t, protect(func() error { return nil }))
}

func TestIsolate_ExcludesEachItemThatFails(t *testing.T) {
	t.Parallel()
	bad := map[int]bool{1: true, 3: true}
	var excluded []int
	err := isolate(4, func() (int, error) {
		for i := range 4 {
			if bad[i] {
				return i, errors.New("a fault")
			}
		}
		return 0, nil
	}, func(failed int, _ error) {
		excluded = append(excluded, failed)
		delete(bad, failed)
	})
	require.NoError(t, err)
	require.Equal(t, []int{1, 3}, excluded)
	err = isolate(2, func() (int, error) { return 0, errors.New("a fault") }, func(int, error) {})
	require.ErrorContains(t, err, "still fails")
}

func TestBisect_LeavesTheRefusedItemAlone(t *testing.T) {
	t.Parallel()
	var written, alone, behind []int
	conflict := &store.ConflictError{Constraint: "any"}
	err := bisect([]int{0, 1, 2, 3, 4, 5, 6}, 0, func(part []int, rest int) error {
		if slices.Contains(part, 4) {
			return conflict
		}
		written, behind = append(written, part...), append(behind, rest)
		return nil
	}, func(item, rest int, refused error) error {
		require.ErrorIs(t, refused, conflict)
		alone, behind = append(alone, item), append(behind, rest)
		return nil
	})
	require.NoError(t, err)
	require.Equal(t, []int{0, 1, 2, 3, 5, 6}, written)
	require.Equal(t, []int{4}, alone)
	require.Equal(t, []int{4, 3, 2, 0}, behind, "each part knows how many items follow it")

	fault := errors.New("any other error")
	require.ErrorIs(t, bisect([]int{0, 1}, 0, func([]int, int) error { return fault }, nil), fault)
	require.ErrorIs(t, bisect(nil, 0, func([]int, int) error { return conflict }, nil), conflict)
}

func TestBisect_CutsWhereAnErrorAsksForIt(t *testing.T) {
	t.Parallel()
	var parts []int
	err := bisect([]int{0, 1, 2, 3, 4}, 0, func(part []int, _ int) error {
		if part[0] == 0 && len(part) > 1 {
			return &splitError{at: 1}
		}
		parts = append(parts, len(part))
		return nil
	}, nil)
	require.NoError(t, err)
	require.Equal(t, []int{1, 4}, parts)
}
