package embedded

import (
	"context"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/sasl/scram"
)

const topicsTimeoutMillis = 10_000

// Topic is a topic to create.
type Topic struct {
	// Name is the topic's name as clients use it.
	Name string
	// Partitions is how many it has, at least 1.
	Partitions int32
	// Configs are topic settings, such as cleanup.policy=compact.
	Configs map[string]string
}

// clientOf is a client of the broker, with its user.
func clientOf(addrs []string, opts BrokerOptions) (*kgo.Client, error) {
	options := []kgo.Opt{kgo.SeedBrokers(addrs...)}
	if opts.User != "" {
		options = append(options, kgo.SASL(scram.Auth{User: opts.User, Pass: opts.Password}.AsSha256Mechanism()))
	}
	return kgo.NewClient(options...)
}

// createTopics creates what does not exist yet. The embedded broker writes a
// created topic down at once; one that appears by itself on first use would be
// lost by a kill.
func createTopics(ctx context.Context, client *kgo.Client, topics []Topic) error {
	if len(topics) == 0 {
		return nil
	}
	response, err := topicRequest(topics).RequestWith(ctx, client)
	if err != nil {
		return fmt.Errorf("create topics: %w", err)
	}
	for _, created := range response.Topics {
		err := kerr.ErrorForCode(created.ErrorCode)
		if err != nil && !errors.Is(err, kerr.TopicAlreadyExists) {
			return fmt.Errorf("create topic %s: %w", created.Topic, err)
		}
	}
	return nil
}

func topicRequest(topics []Topic) *kmsg.CreateTopicsRequest {
	request := kmsg.NewPtrCreateTopicsRequest()
	request.TimeoutMillis = topicsTimeoutMillis
	for _, topic := range topics {
		wanted := kmsg.NewCreateTopicsRequestTopic()
		wanted.Topic = topic.Name
		wanted.NumPartitions = topic.Partitions
		wanted.ReplicationFactor = 1
		for name, value := range topic.Configs {
			config := kmsg.NewCreateTopicsRequestTopicConfig()
			config.Name = name
			config.Value = &value
			wanted.Configs = append(wanted.Configs, config)
		}
		request.Topics = append(request.Topics, wanted)
	}
	return request
}
