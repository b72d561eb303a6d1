package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/internal/bus"
)

func TestTopicsRebase_ARebaseGoesOnlyWhereTheTopicHasMessages(t *testing.T) {
	t.Parallel()
	holds := bus.PartitionState{Oldest: 10, Newest: 20}
	for _, row := range []struct {
		name, to string
		stands   int64
		want     int64
		refused  string
	}{
		{name: "where it stands", stands: 15, want: 15},
		{name: "where it stands is gone", stands: 5, refused: "holds 10 to 20, not 5"},
		{name: "the oldest", to: "oldest", stands: 5, want: 10},
		{name: "the newest", to: "newest", stands: 5, want: 20},
		{name: "a number", to: "12", stands: 5, want: 12},
		{name: "beyond the end", to: "21", refused: "holds 10 to 20, not 21"},
		{name: "a word", to: "soon", refused: "must be oldest, newest or a number"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			got, err := rebase{toOffset: row.to}.offset(row.stands, holds)
			if row.refused != "" {
				require.ErrorContains(t, err, row.refused)
				return
			}
			require.NoError(t, err)
			require.Equal(t, row.want, got)
		})
	}
}
