package clock

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// A reading of the database that began before See, and ends after it, has the time before the move.
func TestFollows_AnOldReadingDoesNotPutBackWhatWasSeenMeanwhile(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 10, 30, 12, 0, 0, 0, time.UTC)
	c := &Simulated{now: at, moved: make(chan struct{})}
	c.See(at.Add(time.Hour))
	assert.False(t, c.follows(at, at))
	assert.Equal(t, at.Add(time.Hour), c.Now())
	assert.True(t, c.follows(at, at.Add(time.Hour)), "one that began after it is of a database that lost the move")
	assert.Equal(t, at, c.Now())
	assert.False(t, c.follows(at, at))
	assert.True(t, c.follows(at.Add(time.Minute), at))
}
