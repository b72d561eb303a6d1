package projections_test

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/events"
	"tenure/internal/test/feedtest"
	"tenure/projections"
)

// rare is a text of so many characters of four bytes each that does not compress.
func rare(n int) string {
	from := rand.New(rand.NewPCG(1, uint64(n)))
	var text strings.Builder
	for range n {
		text.WriteRune(rune(0x20000 + from.IntN(0xa000)))
	}
	return text.String()
}

// An index takes a third of a block at most: what is longer would stop the projection.
func TestDirectory_TheLongestTextsFitIntoItsIndexes(t *testing.T) {
	t.Parallel()
	const nameMax, loginMax = 200, 254
	db := feedtest.NewDatabase(t)
	created := feedtest.Created(1)
	for name, text := range map[string]string{
		"name": rare(nameMax/2) + " " + rare(nameMax/2-1), "emailAddress": rare(loginMax),
	} {
		raw, err := json.Marshal(text)
		require.NoError(t, err)
		created.Personal[name] = raw
	}
	feedtest.NewJournal(t, db.Store).Append(0, feedtest.Of(feedtest.Employee(1), created)...)
	project(t, db, projections.Directory{})
	require.Len(t, db.Rows("directory"), 1)
}

func TestRebuilt_EveryReadModelNamesItsTables(t *testing.T) {
	t.Parallel()
	db := feedtest.NewDatabase(t)
	owner := map[string]string{}
	for _, p := range projections.All() {
		require.Positive(t, p.Version(), p.Name())
		require.NotEmpty(t, p.Tables(), p.Name())
		for _, table := range p.Tables() {
			require.Empty(t, owner[table], "a table has one writer")
			owner[table] = p.Name()
			require.Empty(t, db.Rows(table))
		}
		found, err := projections.ByName(p.Name())
		require.NoError(t, err)
		require.Equal(t, p, found)
	}
	for _, told := range []string{"employee_activity", "activity_progress"} {
		require.Empty(t, owner[told], "what the log does not know must outlive a rebuild")
	}
	_, err := projections.ByName("nothing")
	require.ErrorContains(t, err, `"nothing" is not one of directory, lines`)
}

func TestRebuilt_AHistoryWithoutItsBeginningIsRefused(t *testing.T) {
	t.Parallel()
	late := events.Recorded{Stream: feedtest.Employee(1), Version: 2, Event: feedtest.Created(1)}
	require.ErrorContains(t, projections.Directory{}.Builder().Add(&late), "begins at version 2")
	other := events.Recorded{Stream: "document/1", Version: 1, Event: feedtest.Created(1)}
	require.ErrorContains(t, projections.Directory{}.Builder().Add(&other), "does not fold")
	_, err := projections.Lines{}.AppendRows(nil, &events.Recorded{Stream: feedtest.Employee(1), Version: 1,
		Event: feedtest.Created(1)})
	require.ErrorContains(t, err, "lines does not fold")
}
