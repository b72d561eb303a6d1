package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestHeapLimit_FollowsTheContainer(t *testing.T) {
	t.Parallel()
	assert.EqualValues(t, 128<<20/100*80, heapIn(128<<20), "in one with less")
	assert.EqualValues(t, memoryLimit, heapIn(4<<30), "in one with more")
}
