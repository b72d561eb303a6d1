package node

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"tenure/billing"
)

func TestComparePolicy_RefusesAnotherPolicyWithTheCommandThatChangesIt(t *testing.T) {
	t.Parallel()
	holds := billing.DefaultPolicy().Values()
	assert.NoError(t, comparePolicy(nil, holds))
	assert.NoError(t, comparePolicy(map[string]string{"ledgers": "CUSTOMER"}, holds))
	err := comparePolicy(map[string]string{"ledgers": "CUSTOMER,RESELLER", "changeDay": "OLD_STATE"}, holds)
	assert.ErrorContains(t, err,
		`changeDay is "NEW_STATE" and not "OLD_STATE", ledgers is "CUSTOMER" and not "CUSTOMER,RESELLER"`)
	assert.ErrorContains(t, err, "tenure policy set changeDay=OLD_STATE ledgers=CUSTOMER,RESELLER --from DAY")
}
