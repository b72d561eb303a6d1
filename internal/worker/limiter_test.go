package worker

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestLimiter_BoundsHowManyWorkAtOnce(t *testing.T) {
	t.Parallel()
	few := limiter{slots: make(chan struct{}, 2), holdMax: time.Hour}
	first, second := few.acquire(t.Context()), few.acquire(t.Context())
	third := make(chan func())
	go func() { third <- few.acquire(t.Context()) }()
	select {
	case <-third:
		t.Fatal("three hold a slot at once")
	case <-time.After(20 * time.Millisecond):
	}
	first()
	first() // ending it again frees no other holder's slot
	end := <-third
	require.Len(t, few.slots, 2)
	second()
	end()
	require.Empty(t, few.slots)
}

func TestLimiter_FreesTheSlotOfABlockedHolder(t *testing.T) {
	t.Parallel()
	few := limiter{slots: make(chan struct{}, 1), holdMax: time.Millisecond}
	hangs := few.acquire(t.Context())
	few.acquire(t.Context())() // comes without that the first one ends
	hangs()
	require.Empty(t, few.slots)
}

func TestLimiter_ReturnsWhenTheContextEnds(t *testing.T) {
	t.Parallel()
	few := limiter{slots: make(chan struct{}, 1), holdMax: time.Hour}
	end := few.acquire(t.Context())
	defer end()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	few.acquire(ctx)()
	require.Len(t, few.slots, 1)
}

func TestLimiter_EndsEmptyAfterManyHolders(t *testing.T) {
	t.Parallel()
	few := limiter{slots: make(chan struct{}, 3), holdMax: time.Hour}
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			for range 20 {
				few.acquire(context.Background())()
			}
		})
	}
	all.Wait()
	require.Empty(t, few.slots)
}
