package threenodes

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"tenure/internal/test/environment"
)

// envCluster names the folder of three nodes that scripts/kafka/kafka.sh has started.
const envCluster = "TENURE_KAFKA_CLUSTER"

const (
	// waitMax bounds each wait of a test: an election takes ten seconds, and a node minutes to start on a busy machine.
	waitMax = 5 * time.Minute
	// waitPause is between two readings of what is waited for.
	waitPause = 100 * time.Millisecond
	// script is the program that starts nodes, from this folder.
	script = "../../../scripts/kafka/kafka.sh"
)

func TestMain(m *testing.M) { environment.Main(m) }

// oneTest has the nodes.
var oneTest sync.Mutex

// cluster is three nodes, by their numbers from 1 to 3.
type cluster struct {
	t       *testing.T
	dir     string
	brokers []string
	client  *kgo.Client
}

// newCluster gives the nodes to a test, all of them running, and takes them back.
func newCluster(t *testing.T) *cluster {
	t.Helper()
	dir := os.Getenv(envCluster)
	if dir == "" {
		t.Skip("needs three nodes of Apache Kafka, which make test-kafka-cluster starts where Java 17 is: " + envCluster)
	}
	oneTest.Lock()
	t.Cleanup(oneTest.Unlock)
	c := &cluster{t: t, dir: dir}
	for node := 1; node <= 3; node++ {
		ports, err := os.ReadFile(filepath.Join(c.folder(node), "ports"))
		require.NoError(t, err)
		c.brokers = append(c.brokers, "127.0.0.1:"+strings.Fields(string(ports))[0])
	}
	c.heal()
	t.Cleanup(c.heal)
	client, err := kgo.NewClient(kgo.SeedBrokers(c.brokers...))
	require.NoError(t, err)
	t.Cleanup(client.Close)
	c.client = client
	return c
}

func (c *cluster) folder(node int) string { return filepath.Join(c.dir, strconv.Itoa(node)) }

// run calls the script on a node.
func (c *cluster) run(verb string, node int) {
	c.t.Helper()
	cmd := exec.Command(script, verb, c.folder(node))
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	require.NoError(c.t, cmd.Run(), "%s of node %d: %s", verb, node, &output)
}

func (c *cluster) kill(node int)  { c.t.Helper(); c.run("kill", node) }
func (c *cluster) start(node int) { c.t.Helper(); c.run("start", node) }

// signal sends a signal to a node.
func (c *cluster) signal(node int, what syscall.Signal) {
	c.t.Helper()
	require.NoError(c.t, syscall.Kill(c.pid(node), what))
}

// pid is the process of a node; 0 while it is down.
func (c *cluster) pid(node int) int {
	c.t.Helper()
	text, err := os.ReadFile(filepath.Join(c.folder(node), "kafka.pid"))
	if err != nil {
		return 0
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	require.NoError(c.t, err)
	return pid
}

// heal starts what is down.
func (c *cluster) heal() {
	c.t.Helper()
	var started sync.WaitGroup
	for node := 1; node <= 3; node++ {
		if pid := c.pid(node); pid > 0 {
			_ = syscall.Kill(pid, syscall.SIGCONT)
			continue
		}
		started.Go(func() { c.start(node) }) // two of three need each other
	}
	started.Wait()
}

// others are the nodes but one.
func others(node int) (all []int) {
	return slices.DeleteFunc([]int{1, 2, 3}, func(n int) bool { return n == node })
}

// until waits for something, whose reading may fail meanwhile.
func (c *cluster) until(what string, reached func() bool) {
	c.t.Helper()
	require.Eventually(c.t, reached, waitMax, waitPause, what)
}

// answered sends a request until it has an answer without an error.
func answered[R any](c *cluster, what string, send func() (R, error), code func(R) int16) (answer R) {
	c.t.Helper()
	c.until(what, func() (done bool) {
		var err error
		answer, err = send()
		return err == nil && kerr.ErrorForCode(code(answer)) == nil
	})
	return answer
}

// settings changes settings of a topic.
func (c *cluster) settings(topic string, pairs ...string) {
	c.t.Helper()
	request := kmsg.NewPtrIncrementalAlterConfigsRequest()
	of := kmsg.NewIncrementalAlterConfigsRequestResource()
	of.ResourceType, of.ResourceName = kmsg.ConfigResourceTypeTopic, topic
	for i := 0; i < len(pairs); i += 2 {
		one := kmsg.NewIncrementalAlterConfigsRequestResourceConfig()
		one.Name, one.Value = pairs[i], kmsg.StringPtr(pairs[i+1])
		of.Configs = append(of.Configs, one)
	}
	request.Resources = append(request.Resources, of)
	answered(c, "settings of "+topic, func() (*kmsg.IncrementalAlterConfigsResponse, error) {
		return request.RequestWith(c.t.Context(), c.client)
	}, func(r *kmsg.IncrementalAlterConfigsResponse) int16 { return r.Resources[0].ErrorCode })
}

// place puts a partition on nodes, the first of which leads it.
func (c *cluster) place(topic string, partition int32, nodes ...int32) {
	c.t.Helper()
	request := kmsg.NewPtrAlterPartitionAssignmentsRequest()
	request.TimeoutMillis = 30_000
	of := kmsg.NewAlterPartitionAssignmentsRequestTopic()
	of.Topic = topic
	one := kmsg.NewAlterPartitionAssignmentsRequestTopicPartition()
	one.Partition, one.Replicas = partition, nodes
	of.Partitions = append(of.Partitions, one)
	request.Topics = append(request.Topics, of)
	answered(c, "replicas of "+topic, func() (*kmsg.AlterPartitionAssignmentsResponse, error) {
		return request.RequestWith(c.t.Context(), c.client)
	}, func(r *kmsg.AlterPartitionAssignmentsResponse) int16 { return r.Topics[0].Partitions[0].ErrorCode })
	c.until(fmt.Sprintf("%s/%d on %v", topic, partition, nodes), func() bool {
		at := c.partition(topic, partition)
		return len(at.Replicas) == len(nodes) && len(at.ISR) == len(nodes)
	})
	c.prefer(topic, partition)
	c.until("its leader", func() bool { return c.partition(topic, partition).Leader == nodes[0] })
}

// prefer elects the first replica of a partition.
func (c *cluster) prefer(topic string, partition int32) {
	c.t.Helper()
	request := kmsg.NewPtrElectLeadersRequest()
	request.TimeoutMillis = 30_000
	of := kmsg.NewElectLeadersRequestTopic()
	of.Topic, of.Partitions = topic, []int32{partition}
	request.Topics = append(request.Topics, of)
	answered(c, "leader of "+topic, func() (*kmsg.ElectLeadersResponse, error) {
		return request.RequestWith(c.t.Context(), c.client)
	}, func(r *kmsg.ElectLeadersResponse) int16 { return r.ErrorCode })
}

// partition is a partition as the cluster knows it; without a leader while it has none, or cannot be asked.
func (c *cluster) partition(topic string, partition int32) kmsg.MetadataResponseTopicPartition {
	c.t.Helper()
	none := kmsg.MetadataResponseTopicPartition{Leader: -1}
	request := kmsg.NewPtrMetadataRequest()
	of := kmsg.NewMetadataRequestTopic()
	of.Topic = kmsg.StringPtr(topic)
	request.Topics = append(request.Topics, of)
	answer, err := request.RequestWith(c.t.Context(), c.client)
	if err != nil || len(answer.Topics) == 0 {
		return none
	}
	for _, p := range answer.Topics[0].Partitions {
		if p.Partition == partition {
			return p
		}
	}
	return none
}

// coordinator is the node that coordinates a group.
func (c *cluster) coordinator(group string) int {
	c.t.Helper()
	request := kmsg.NewPtrFindCoordinatorRequest()
	request.CoordinatorKey, request.CoordinatorKeys = group, []string{group}
	answer := answered(c, "coordinator of "+group, func() (*kmsg.FindCoordinatorResponse, error) {
		return request.RequestWith(c.t.Context(), c.client)
	}, func(r *kmsg.FindCoordinatorResponse) int16 {
		if len(r.Coordinators) > 0 {
			return r.Coordinators[0].ErrorCode
		}
		return r.ErrorCode
	})
	if len(answer.Coordinators) > 0 {
		return int(answer.Coordinators[0].NodeID)
	}
	return int(answer.NodeID)
}
