package catalog_test

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/events"
	"tenure/internal/catalog"
	"tenure/internal/store"
	"tenure/internal/test/feedtest"
	"tenure/internal/test/running"
)

func TestMain(m *testing.M) { os.Exit(feedtest.Main(m)) }

func put(j *feedtest.Journal, stream string, e events.Event) {
	j.Append(store.CatalogShard, feedtest.Of(stream, e)...)
}

// latest is the newest catalogue, which a test expects to be readable.
func latest(t *testing.T, r *catalog.Reader) *catalog.Snapshot {
	t.Helper()
	s, err := r.Latest(t.Context())
	require.NoError(t, err)
	return s
}

func TestReader_HasWhatTheLogHasAndNumbersThatStay(t *testing.T) {
	t.Parallel()
	db := feedtest.NewDatabase(t)
	j := feedtest.NewJournal(t, db.Store)
	r := catalog.New(db.Store, nil)
	require.Empty(t, latest(t, r).Numbers, "of nothing")

	put(j, "reseller/r1", events.ResellerPut{Name: "Sample reseller"})
	put(j, "product/p1", events.ProductPut{Name: "Sample product"})
	put(j, "customer/c1", events.CustomerPut{Reseller: "r1"})
	put(j, "customer/c1", events.CustomerPut{Reseller: "r1", Features: []string{"PBX"}})
	put(j, "customer/c2", events.CustomerPut{Reseller: "r1"})
	before := r.Now()
	now := latest(t, r)
	require.Same(t, now, r.Now())
	require.Equal(t, map[string]int64{"r1": 1, "c1": 3, "c2": 5}, now.Numbers, "the position of the first event of each")
	require.Equal(t, map[int64]string{3: "c1", 5: "c2"}, now.Customers)
	product, ok := now.Find("p1")
	require.True(t, ok)
	require.Equal(t, "Sample product", product.Name)
	require.Empty(t, before.Numbers, "an older snapshot does not change")
	_, ok = before.Find("p1")
	require.False(t, ok)
	require.Equal(t, now.Numbers, latest(t, catalog.New(db.Store, nil)).Numbers, "another process numbers them the same")
}

func TestReader_GivesExactlyAVersion(t *testing.T) {
	t.Parallel()
	db := feedtest.NewDatabase(t)
	j := feedtest.NewJournal(t, db.Store)
	r := catalog.New(db.Store, nil)
	var places []store.Place
	for n := range 6 {
		put(j, "product/p1", events.ProductPut{Name: fmt.Sprintf("name %d", n)})
		places = append(places, latest(t, r).Place())
	}
	for range 2 { // from the log, then as far as it fits from memory
		for _, n := range []int{0, 5, 2, 4, 3, 1} {
			at, err := r.At(t.Context(), places[n])
			require.NoError(t, err)
			product, _ := at.Find("p1")
			require.Equal(t, fmt.Sprintf("name %d", n), product.Name)
			bare, err := r.At(t.Context(), store.Place{Position: places[n].Position})
			require.NoError(t, err, "a version without a hash is compared by its position")
			require.Equal(t, at.Place(), bare.Place())
		}
	}
	_, err := r.At(t.Context(), store.Place{Position: 2, Chain: []byte("another history")})
	require.ErrorIs(t, err, store.ErrLostHistory)
	_, err = r.At(t.Context(), store.Place{Position: 7})
	require.ErrorContains(t, err, "the log ends at 6 before version 7")
}

// Stronger than: the copy of the APIs, and that of a worker that owns no shard which lost anything, knows after a
// failover the customer that took the place of a lost one. The log is shorter than what was read, as long, and longer,
// the lost customer is gone, and the catalogue is all that the log has.
func TestReader_DropsWhatTheLogHasLost(t *testing.T) {
	t.Parallel()
	for name, again := range map[string]func(*testing.T, *catalog.Reader){
		"as it reads on": func(t *testing.T, r *catalog.Reader) { latest(t, r) },
		"when it is verified": func(t *testing.T, r *catalog.Reader) {
			require.NoError(t, r.Verify(t.Context()))
			latest(t, r)
		},
		"when it is asked for": func(t *testing.T, r *catalog.Reader) {
			latest(t, r)
			_, err := r.At(t.Context(), r.Now().Place())
			require.NoError(t, err)
		},
	} {
		for after := range 3 {
			t.Run(fmt.Sprintf("%s, %d events later", name, after), func(t *testing.T) {
				t.Parallel()
				db := feedtest.NewDatabase(t)
				put(feedtest.NewJournal(t, db.Store), "customer/c1", events.CustomerPut{Reseller: "r1"})
				standby := db.Copy()
				put(feedtest.NewJournal(t, db.Store), "customer/lost", events.CustomerPut{Reseller: "r1"})
				r := catalog.New(db.Store, nil)
				require.Contains(t, latest(t, r).Numbers, "lost")

				db.Become(standby) // a failover that loses the last commit
				want, j := map[string]int64{"c1": 1}, feedtest.NewJournal(t, db.Store)
				for n := range after {
					id := fmt.Sprintf("c%d", n+2)
					put(j, "customer/"+id, events.CustomerPut{Reseller: "r1"})
					want[id] = int64(n + 2)
				}
				again(t, r)
				require.Equal(t, want, r.Now().Numbers)
				for id := range want {
					_, ok := r.Now().Customer(id)
					require.True(t, ok, id)
				}
				_, ok := r.Now().Customer("lost")
				require.False(t, ok)
			})
		}
	}
}

func TestFollow_KeepsTheNewestUpToDate(t *testing.T) {
	t.Parallel()
	db := feedtest.NewDatabase(t)
	j := feedtest.NewJournal(t, db.Store)
	r := catalog.New(db.Store, nil)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		r.Follow(ctx)
	}()
	put(j, "customer/c1", events.CustomerPut{Reseller: "r1"})
	require.Eventually(t, func() bool { _, ok := r.Now().Customer("c1"); return ok }, running.Patience, 10*time.Millisecond)
	stop()
	<-ended
}

func TestReader_StaysAsItIsDuringAFault(t *testing.T) {
	t.Parallel()
	db := feedtest.NewDatabase(t)
	j := feedtest.NewJournal(t, db.Store)
	r := catalog.New(db.Store, nil)
	put(j, "customer/c1", events.CustomerPut{Reseller: "r1"})
	latest(t, r)
	j.AppendRaw(store.CatalogShard, "customer/c2", "catalog.unheard_of.v9", []byte("{}"))
	_, err := r.Latest(t.Context())
	require.ErrorContains(t, err, "catalog:")
	ended, stop := context.WithCancel(t.Context())
	stop()
	_, err = r.Latest(ended)
	require.Error(t, err)
	_, ok := r.Now().Customer("c1")
	require.True(t, ok)
}
