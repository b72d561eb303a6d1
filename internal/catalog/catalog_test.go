package catalog_test

import (
	"context"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/events"
	"tenure/internal/catalog"
	"tenure/internal/store"
	"tenure/internal/test/feedtest"
)

func TestMain(m *testing.M) { os.Exit(feedtest.Main(m)) }

func put(j *feedtest.Journal, stream string, e events.Event) {
	j.Append(store.CatalogShard, feedtest.Of(stream, e)...)
}

func TestTheCopyHasWhatTheLogHasAndNumbersThatStay(t *testing.T) {
	t.Parallel()
	db := feedtest.NewDatabase(t)
	j := feedtest.NewJournal(t, db.Store)
	copied := catalog.New(db.Store)
	require.NoError(t, copied.Refresh(t.Context()), "of nothing")
	require.Empty(t, copied.Now().Numbers)

	put(j, "reseller/r1", events.ResellerPut{Name: "Sample reseller"})
	put(j, "product/p1", events.ProductPut{Name: "Sample product"})
	put(j, "customer/c1", events.CustomerPut{Reseller: "r1"})
	put(j, "customer/c1", events.CustomerPut{Reseller: "r1", Features: []string{"PBX"}})
	put(j, "customer/c2", events.CustomerPut{Reseller: "r1"})
	before := copied.Now()
	require.NoError(t, copied.Refresh(t.Context()))
	now := copied.Now()
	require.Equal(t, map[string]int64{"r1": 1, "c1": 3, "c2": 5}, now.Numbers, "the position of each one's first fact")
	require.Equal(t, map[int64]string{3: "c1", 5: "c2"}, now.Customers)
	product, ok := now.Find("p1")
	require.True(t, ok)
	require.Equal(t, "Sample product", product.Name)
	require.Empty(t, before.Numbers, "who looked before is not disturbed")
	_, ok = before.Find("p1")
	require.False(t, ok)

	again := catalog.New(db.Store)
	require.NoError(t, again.Refresh(t.Context()))
	require.Equal(t, now.Numbers, again.Now().Numbers, "another process numbers them the same")
}

func TestTheCopyFollowsByItself(t *testing.T) {
	t.Parallel()
	db := feedtest.NewDatabase(t)
	j := feedtest.NewJournal(t, db.Store)
	copied := catalog.New(db.Store)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		copied.Run(ctx, slog.New(slog.DiscardHandler))
	}()
	put(j, "customer/c1", events.CustomerPut{Reseller: "r1"})
	require.Eventually(t, func() bool { _, ok := copied.Now().Customer("c1"); return ok }, 20*time.Second, 10*time.Millisecond)
	stop()
	<-ended
}

func TestAFaultLeavesTheCopyAsItWas(t *testing.T) {
	t.Parallel()
	db := feedtest.NewDatabase(t)
	j := feedtest.NewJournal(t, db.Store)
	copied := catalog.New(db.Store)
	put(j, "customer/c1", events.CustomerPut{Reseller: "r1"})
	require.NoError(t, copied.Refresh(t.Context()))
	j.AppendRaw(store.CatalogShard, "customer/c2", "catalog.unheard_of.v9", []byte("{}"))
	require.ErrorContains(t, copied.Refresh(t.Context()), "catalog:")
	ended, stop := context.WithCancel(t.Context())
	stop()
	require.Error(t, copied.Refresh(ended))
	_, ok := copied.Now().Customer("c1")
	require.True(t, ok)
}
