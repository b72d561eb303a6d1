package contract_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/contract"
)

func TestLedgerOf_IsWhoseAmountsATopicCarries(t *testing.T) {
	t.Parallel()
	several := 0
	for _, topic := range contract.EventTopics() {
		want := billing.Customer
		switch {
		case len(topic) > 10 && topic[len(topic)-10:] == ".wholesale":
			want = billing.Reseller
		case topic[len(topic)-5:] == ".cost":
			want = billing.Cost
		}
		require.Equal(t, want, contract.LedgerOf(topic), topic)
		if contract.SeveralPerEvent(topic) {
			several++
		}
	}
	require.Equal(t, 3, several, "lines of each ledger: an event bills many")
}
