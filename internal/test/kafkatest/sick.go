package kafkatest

import (
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// SickNode is the broker of Sick that refuses.
const SickNode = 1

// notEnoughReplicas is the code of the protocol for a partition whose replicas are gone.
const notEnoughReplicas = 19

// Sick starts a cluster of three brokers of which number 1 refuses what is produced to it while sick is set, as a
// broker does that is without its replicas.
func Sick(t testing.TB) (cluster *kfake.Cluster, sick *atomic.Bool) {
	t.Helper()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(3))
	require.NoError(t, err)
	t.Cleanup(cluster.Close)
	sick = &atomic.Bool{}
	cluster.ControlKey(int16(kmsg.Produce), func(request kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		if cluster.CurrentNode() != SickNode || !sick.Load() {
			return nil, nil, false
		}
		return Refused(request.(*kmsg.ProduceRequest), notEnoughReplicas), nil, true
	})
	return cluster, sick
}

// Refused is the response to a request of which every partition is refused with a code of the protocol.
func Refused(request *kmsg.ProduceRequest, code int16) kmsg.Response {
	response := request.ResponseKind().(*kmsg.ProduceResponse)
	for _, topic := range request.Topics {
		one := kmsg.NewProduceResponseTopic()
		one.Topic = topic.Topic
		for _, p := range topic.Partitions {
			answer := kmsg.NewProduceResponseTopicPartition()
			answer.Partition, answer.ErrorCode = p.Partition, code
			one.Partitions = append(one.Partitions, answer)
		}
		response.Topics = append(response.Topics, one)
	}
	return response
}
