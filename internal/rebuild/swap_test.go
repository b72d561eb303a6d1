package rebuild

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"tenure/internal/store"
	"tenure/projections"
)

func TestSwap_WhoReadsByNameReadsOnThroughSwaps(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	c.folded(projections.Directory{})
	var reads, failed atomic.Int64
	var readers sync.WaitGroup
	done := make(chan struct{})
	id := fmt.Sprintf("%024x", 1)
	for range 3 {
		readers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				e, found, err := projections.EmployeeByID(context.Background(), c.Store, id)
				_, total, listErr := projections.EmployeesIn(context.Background(), c.Store,
					projections.EmployeesWithin{Customer: "customer-1"})
				if errors.Join(err, listErr) != nil || !found || e.ID != id || total != employees {
					failed.Add(1)
					t.Errorf("%v %v %v of %d", err, listErr, found, total)
				}
				reads.Add(1)
			}
		})
	}
	for range 4 {
		_, err := Run(t.Context(), c.Store, projections.Directory{}, Options{})
		require.NoError(t, err)
	}
	before := reads.Load()
	require.Eventually(t, func() bool { return reads.Load() > before+3 }, patience, time.Millisecond,
		"after the last swap")
	close(done)
	readers.Wait()
	require.Zero(t, failed.Load())
}

func TestSwap_StopsAWriterThatHoldsALease(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	p := projections.Directory{}
	c.folded(p)
	lease, err := c.LeaseAs(t.Context(), p.Name(), p.Version(), []store.ShardID{1}, "zombie", time.Hour)
	require.NoError(t, err)
	c.change(1, 2) // what the writer has read and the build has not
	late := make(chan error, 1)
	_, err = Run(t.Context(), c.Store, p, Options{Step: func(step string) {
		if step != "stopped" {
			return
		}
		go func() { // it waits behind the swap's lock, and must not write when it gets the row
			b := &pgx.Batch{}
			lease[0].Advance(b, store.Place{Position: lease[0].Position + 1})
			b.Queue("DELETE FROM directory")
			late <- c.InTx(context.Background(), b)
		}()
	}})
	require.NoError(t, err)
	require.ErrorIs(t, <-late, store.ErrLeaseLost)
	require.Len(t, c.Rows("directory"), employees)
	again, err := c.LeaseAs(t.Context(), p.Name(), p.Version(), []store.ShardID{1}, "next", time.Hour)
	require.NoError(t, err)
	require.Equal(t, c.journal.Head(1), again[0].Position, "it goes on where the new tables are")
}

func TestSwap_WaitsForAStatementThatReadsForLong(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	p := projections.Lines{}
	c.folded(p)
	reading, err := pgx.Connect(t.Context(), c.DSN)
	require.NoError(t, err)
	defer func() { _ = reading.Close(context.Background()) }()
	tx, err := reading.Begin(t.Context())
	require.NoError(t, err)
	var lines int
	require.NoError(t, tx.QueryRow(t.Context(), "SELECT count(*) FROM lines").Scan(&lines))
	attempts := 0
	_, err = Run(t.Context(), c.Store, p, Options{Step: func(step string) {
		if step != "stopped" {
			return
		}
		if attempts++; attempts == 2 { // the first one has given up, so that others read on
			require.NoError(t, tx.Rollback(t.Context()))
		}
	}})
	require.NoError(t, err)
	require.Equal(t, 2, attempts)
	require.Len(t, c.Rows("lines"), lines)
}
