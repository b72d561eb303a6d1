package domain_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/events"
)

func TestItem_ShowsWhatItsProductInherits(t *testing.T) {
	t.Parallel()
	w := changed(at(noon), "product/master", events.ProductPut{Type: "PBX_USER", Recurrence: "MONTHLY", Name: "User",
		ProductCode: "U-1", UnitType: "UNITS"})
	w = changed(w, "product/basic", events.ProductPut{InheritFromReseller: "resold", Name: "Basic user"})
	require.Equal(t, billing.Item{Code: "U-1", Name: "Basic user", UnitCode: "MON"},
		w.Catalog.Item(&billing.Line{Product: "basic", Recurrence: billing.Monthly}))
	require.Equal(t, billing.Item{UnitCode: "C62"}, w.Catalog.Item(&billing.Line{Manual: true}),
		"an adjustment without a product")
}
