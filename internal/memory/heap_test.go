package memory

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestHeapLimit_FollowsTheContainer(t *testing.T) {
	t.Parallel()
	assert.EqualValues(t, 128<<20/100*80, HeapIn(128<<20), "in one with less")
	assert.EqualValues(t, memoryLimit, HeapIn(4<<30), "in one with more")
}
