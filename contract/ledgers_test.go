package contract_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/contract"
)

func TestLedgerOf_IsWhoseAmountsATopicCarries(t *testing.T) {
	t.Parallel()
	for _, topic := range contract.EventTopics() {
		want := billing.Customer
		switch {
		case len(topic) > 10 && topic[len(topic)-10:] == ".wholesale":
			want = billing.Reseller
		case topic[len(topic)-5:] == ".cost":
			want = billing.Cost
		}
		require.Equal(t, want, contract.LedgerOf(topic), topic)
	}
}
