package worker_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/domain"
)

func TestPlan_ComparesWithWhatTheLastRunsCatalogueWouldBill(t *testing.T) {
	t.Parallel()
	s := afterOctober(t)
	plan, err := s.driver().Planner(t.Context(), billing.MustDate("2026-11-01"))
	require.NoError(t, err)
	require.Nil(t, plan.Summary.Forecast, "what holds is what held: a night after a busy one is no alarm")

	price := order("catalog.set_price.v1", pbxUser, "price", object{"amount": "490.00", "effective": "2026-11-01"})
	s.send(price, hire(2)) // a tenfold price, and an employee more
	require.Equal(t, domain.StatusApplied, s.outcome(price).Status)
	require.Equal(t, domain.StatusApplied, s.outcome(hire(2)).Status)
	plan, err = s.driver().Planner(t.Context(), billing.MustDate("2026-11-01"))
	require.NoError(t, err)
	forecast := plan.Summary.Forecast
	require.NotNil(t, forecast)
	require.Equal(t, "nightly/2026-10-31", forecast.Run)
	require.EqualValues(t, 2, forecast.Billed, "commands since then move the forecast")
	is, was := plan.Summary.Totals[0], forecast.Totals[0]
	require.Equal(t, is.Lines, was.Lines)
	require.Equal(t, "882.00", is.Amount.Sub(was.Amount.Decimal).StringFixed(2), "2 × (490 − 49)")
}
