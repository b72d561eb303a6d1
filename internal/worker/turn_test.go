package worker

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestOnlySoManyWorkAtOnce(t *testing.T) {
	t.Parallel()
	few := turns{slots: make(chan struct{}, 2), holdMax: time.Hour}
	first, second := few.take(t.Context()), few.take(t.Context())
	third := make(chan func())
	go func() { third <- few.take(t.Context()) }()
	select {
	case <-third:
		t.Fatal("three work at once")
	case <-time.After(20 * time.Millisecond):
	}
	first()
	first() // ending it again gives nobody else's turn away
	end := <-third
	require.Len(t, few.slots, 2)
	second()
	end()
	require.Empty(t, few.slots)
}

func TestOneWhoIsHeldUpHoldsUpNobody(t *testing.T) {
	t.Parallel()
	few := turns{slots: make(chan struct{}, 1), holdMax: time.Millisecond}
	hangs := few.take(t.Context())
	few.take(t.Context())() // comes without that the first one ends
	hangs()
	require.Empty(t, few.slots)
}

func TestWithoutATurnTheEndOfWorkIsSeen(t *testing.T) {
	t.Parallel()
	few := turns{slots: make(chan struct{}, 1), holdMax: time.Hour}
	end := few.take(t.Context())
	defer end()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	few.take(ctx)()
	require.Len(t, few.slots, 1)
}

func TestManyTakeTurns(t *testing.T) {
	t.Parallel()
	few := turns{slots: make(chan struct{}, 3), holdMax: time.Hour}
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			for range 20 {
				few.take(context.Background())()
			}
		})
	}
	all.Wait()
	require.Empty(t, few.slots)
}
