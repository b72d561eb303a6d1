package catalogue_test

import (
	"context"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/events"
	"tenure/internal/catalogue"
	"tenure/internal/feed/feedtest"
	"tenure/internal/store"
)

func TestMain(m *testing.M) { os.Exit(feedtest.Main(m)) }

// patience bounds each wait of a test; nothing waits for it to pass.
const patience = 30 * time.Second

func amount(s string) *billing.Amount {
	a := billing.MustAmount(s)
	return &a
}

// put writes facts of the catalogue, one stream each.
func put(j *feedtest.Journal, facts ...feedtest.Fact) { j.Append(store.CatalogShard, facts...) }

func fact(stream string, e events.Event) feedtest.Fact { return feedtest.Of(stream, e)[0] }

func refreshed(t *testing.T, c *catalogue.Copy) {
	t.Helper()
	require.NoError(t, c.Refresh(t.Context()))
}

func TestTheCopyIsTheCatalogueAsTheLogHasIt(t *testing.T) {
	t.Parallel()
	db := feedtest.NewDatabase(t)
	j := feedtest.NewJournal(t, db.Store)
	c := catalogue.New(db.Store)
	_, known := c.Now().Find("p-1")
	assert.False(t, known, "an empty copy can be asked")
	refreshed(t, c)
	assert.Zero(t, c.Now().Version, "of an empty log nothing is known")

	put(j, fact("reseller/r-1", events.ResellerPut{Name: "Sample reseller", Currency: "DKK"}),
		fact("product/p-1", events.ProductPut{Name: "PBX user", Type: "PBX_USER", Recurrence: "MONTHLY"}),
		fact("product/p-1", events.PriceSet{Ledger: billing.Customer, From: billing.MustDate("2026-01-01"), Amount: amount("79")}),
		fact("customer/c-1", events.CustomerPut{Reseller: "r-1", Name: "Sample customer", Currency: "DKK", Features: []string{"PBX"}}))
	before := c.Now()
	refreshed(t, c)
	assert.EqualValues(t, 4, c.Now().Version)
	product, known := c.Now().Find("p-1")
	require.True(t, known)
	assert.Equal(t, "PBX user", product.Name)
	customer, known := c.Now().Customer("c-1")
	require.True(t, known)
	assert.Equal(t, "r-1", customer.Reseller)
	_, known = before.Customer("c-1")
	assert.False(t, known, "what somebody reads does not change under her hands")

	put(j, fact("product/p-1", events.ProductPut{Name: "PBX user Plus", Type: "PBX_USER", Recurrence: "MONTHLY"}))
	refreshed(t, c)
	refreshed(t, c)
	product, _ = c.Now().Find("p-1")
	assert.Equal(t, "PBX user Plus", product.Name)
	assert.EqualValues(t, 5, c.Now().Version)
}

func TestFirmsHaveNumbersThatStayTheSameForEver(t *testing.T) {
	t.Parallel()
	db := feedtest.NewDatabase(t)
	j := feedtest.NewJournal(t, db.Store)
	put(j, fact("product/p-1", events.ProductPut{Name: "PBX user"}), fact("reseller/r-1", events.ResellerPut{Name: "Sample reseller"}),
		fact("customer/c-1", events.CustomerPut{Name: "Sample customer 1"}))
	first := catalogue.New(db.Store)
	refreshed(t, first)
	put(j, fact("customer/c-1", events.CustomerPut{Name: "Sample customer 1, renamed"}), fact("customer/c-2", events.CustomerPut{Name: "Sample customer 2"}))
	refreshed(t, first)
	afresh := catalogue.New(db.Store)
	refreshed(t, afresh)
	for name, c := range map[string]*catalogue.Copy{"one that was there all the time": first, "one that reads everything": afresh} {
		now := c.Now()
		assert.Equal(t, map[string]int64{"r-1": 2, "c-1": 3, "c-2": 5}, now.Numbers, name)
		assert.Equal(t, map[int64]string{3: "c-1", 5: "c-2"}, now.Customers, "%s: products and resellers are no customers", name)
	}
}

func TestTheCopyFollowsTheLogUntilItIsStopped(t *testing.T) {
	t.Parallel()
	db := feedtest.NewDatabase(t)
	j := feedtest.NewJournal(t, db.Store)
	c := catalogue.New(db.Store)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		c.Run(ctx, slog.New(slog.DiscardHandler))
		close(ended)
	}()
	put(j, fact("reseller/r-1", events.ResellerPut{Name: "Sample reseller"}))
	require.Eventually(t, func() bool {
		_, known := c.Now().Reseller("r-1")
		return known
	}, patience, 10*time.Millisecond)
	cancel()
	<-ended
}

func TestManyMayRefreshAtOnce(t *testing.T) {
	t.Parallel()
	db := feedtest.NewDatabase(t)
	j := feedtest.NewJournal(t, db.Store)
	c := catalogue.New(db.Store)
	for n := range 20 {
		put(j, fact("reseller/r-"+string(rune('a'+n)), events.ResellerPut{Name: "Sample reseller"}))
	}
	const callers = 8
	failed := make(chan error, callers)
	for range callers {
		go func() { failed <- c.Refresh(t.Context()) }()
	}
	for range callers {
		require.NoError(t, <-failed)
	}
	assert.Len(t, c.Now().Numbers, 20)
	assert.EqualValues(t, 20, c.Now().Version, "each fact is folded once")
}

func TestAFactThatCannotBeReadLeavesTheCopyAsItWas(t *testing.T) {
	t.Parallel()
	db := feedtest.NewDatabase(t)
	j := feedtest.NewJournal(t, db.Store)
	put(j, fact("reseller/r-1", events.ResellerPut{Name: "Sample reseller"}))
	c := catalogue.New(db.Store)
	refreshed(t, c)
	j.AppendRaw(store.CatalogShard, "reseller/r-2", "catalog.reseller_merged.v1", []byte("{}"))
	require.ErrorContains(t, c.Refresh(t.Context()), "catalogue: ")
	_, known := c.Now().Reseller("r-1")
	assert.True(t, known)
	assert.EqualValues(t, 1, c.Now().Version)
}
