package bus

import (
	"testing"

	"tenure/contract"

	"github.com/IBM/sarama"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestPartitioner_PartitionOfAgreesWithTheProducersPartitioner(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.SliceOfN(rapid.Byte(), 1, 60).Draw(t, "key")
		n := rapid.Int32Range(1, 1024).Draw(t, "n")
		want, err := sarama.NewMurmur2Partitioner("").Partition(&sarama.ProducerMessage{Key: sarama.ByteEncoder(key)}, n)
		require.NoError(t, err)
		require.Equal(t, want, contract.PartitionOf(key, n))
	})
}

func TestPartitioner_KeyForGivesAKeyOfThatPartition(t *testing.T) {
	t.Parallel()
	for _, n := range []int32{1, 16, 1024} {
		for partition := range n {
			key := KeyFor("run-2026-04-01", partition, n)
			require.Equal(t, partition, contract.PartitionOf([]byte(key), n))
			require.Equal(t, key, KeyFor("run-2026-04-01", partition, n), "the same key each time")
		}
	}
	require.Panics(t, func() { KeyFor("run", 16, 16) })
}

func TestPartitioner_TopicsAreNamedOnceAndOnlyTheCatalogueHasOnePartition(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	for _, spec := range Topics(PartitionsDefault) {
		require.False(t, names[spec.Name], spec.Name)
		names[spec.Name] = true
		want := PartitionsDefault
		if spec.Name == contract.CatalogCommands {
			want = 1
		}
		require.Equal(t, want, spec.Partitions, spec.Name)
	}
	require.Contains(t, names, contract.BillingLinesCost)
	require.Contains(t, names, contract.EmployeeActivity)
}
