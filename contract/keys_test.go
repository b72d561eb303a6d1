package contract_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"tenure/contract"
)

func TestKeyOf_IsTheSubjectAndOfADocumentThePayer(t *testing.T) {
	t.Parallel()
	rows := []struct{ name, stream, given, want string }{
		{"an employee goes by its id", "employee/e1", "", "e1"},
		{"a product by its id", "product/p1", "other", "p1"},
		{"a customer by its id", "customer/c1", "", "c1"},
		{"a reseller by its id", "reseller/r1", "", "r1"},
		{"a run by its id", "run/nightly/2026-06-01", "", "nightly/2026-06-01"},
		{"a shard's part by the key that reaches the shard", "runshard/nightly/2026-06-01/3", "k7", "k7"},
		{"a monthly document by its payer", "document/2026-06/CUSTOMER/c1/DKK", "", "c1"},
		{"a nightly document by its payer", "document/2026-06-02/RESELLER/r1/DKK", "", "r1"},
		{"the platform's by the platform", "document/2026-06/COST/PLATFORM/DKK", "", "PLATFORM"},
		{"a payer with a slash stays whole", "document/2026-06/CUSTOMER/a/b/DKK", "", "a/b"},
		{"what is no reference by itself", "document/7", "", "7"},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, r.want, contract.KeyOf(r.stream, r.given))
		})
	}
}

func TestShardOf_IsAPartitionOfACommandTopic(t *testing.T) {
	t.Parallel()
	for topic, want := range map[string]int32{
		contract.EmployeeCommands: 3, contract.CatalogCommands: 1027, contract.BillingCommands: 2051,
	} {
		got, ok := contract.ShardOf(topic, 3)
		assert.True(t, ok, topic)
		assert.Equal(t, want, got, topic)
	}
	_, ok := contract.ShardOf(contract.EmployeeActivity, 3)
	assert.False(t, ok, "what no command comes from is no shard")
}
