package worker

import (
	"errors"
	"fmt"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/internal/store"
)

// tries is an observer that counts what is tried again.
type tries struct {
	Quiet
	steps []string
}

// Retried counts.
func (c *tries) Retried(step string) { c.steps = append(c.steps, step) }

func TestObserve_EachFurtherTryIsCountedUnlessTheCatalogueMoved(t *testing.T) {
	t.Parallel()
	seen := &tries{}
	o := &owner{Worker: &Worker{Observer: seen, Log: slog.New(slog.DiscardHandler)}}
	answers := []error{errors.New("connection refused"), fmt.Errorf("write: %w", store.ErrCatalogMoved),
		errors.New("connection refused"), nil}
	err := o.retry(t.Context(), "send on", func() error {
		next := answers[0]
		answers = answers[1:]
		return next
	}, anyError)
	require.NoError(t, err)
	require.Empty(t, answers)
	require.Equal(t, []string{"worker-send-on", "worker-send-on"}, seen.steps, "deciding again by a newer catalogue is "+
		"no fault")
}
