package bus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"tenure/internal/backoff"

	"github.com/IBM/sarama"
	"github.com/ThreeDotsLabs/watermill"
	"github.com/ThreeDotsLabs/watermill-kafka/v3/pkg/kafka"
	"github.com/ThreeDotsLabs/watermill/message"
)

// Plain runs a watermill router as one would write it first: a consumer group, one message in flight per partition, and
// what the handler says published one by one before the message is acknowledged. It is what "tenure bench" compares
// with, and nothing else uses it: it has none of the guards that Consume has. It returns when ctx ends.
func Plain(ctx context.Context, cfg Config, group, topic string, handle func(ctx context.Context, m Message,
	say Say) error) error {
	conf, err := cfg.producing()
	if err != nil {
		return err
	}
	log := watermill.NewSlogLogger(slog.New(slog.DiscardHandler))
	subscriber, err := kafka.NewSubscriber(kafka.SubscriberConfig{
		Brokers: cfg.Brokers, ConsumerGroup: group, OverwriteSaramaConfig: conf,
		Unmarshaler: recordCodec{prefix: cfg.TopicPrefix},
	}, log)
	if err != nil {
		return fmt.Errorf("bus: plain subscriber: %w", err)
	}
	publisher, err := kafka.NewPublisher(kafka.PublisherConfig{
		Brokers: cfg.Brokers, OverwriteSaramaConfig: conf, Marshaler: kafka.NewWithPartitioningMarshaler(
			func(_ string, m *message.Message) (string, error) { return m.Metadata.Get(plainKey), nil }),
	}, log)
	if err != nil {
		return fmt.Errorf("bus: plain publisher: %w", err)
	}
	router, err := message.NewRouter(message.RouterConfig{CloseTimeout: routerCloseTime}, log)
	if err != nil {
		return fmt.Errorf("bus: plain router: %w", err)
	}
	say := func(m Message) error { return publisher.Publish(cfg.TopicPrefix+m.Topic, toWatermill(m)) }
	router.AddConsumerHandler("plain", cfg.TopicPrefix+topic, subscriber, func(m *message.Message) error {
		return handle(m.Context(), fromWatermill(m), say)
	})
	err = router.Run(ctx)
	return errors.Join(err, publisher.Close())
}

// Say publishes one message and waits until it is safe.
type Say func(Message) error

// plainKey is the metadata that carries a message's key through watermill.
const plainKey = "tenure_key"

func toWatermill(m Message) *message.Message {
	out := message.NewMessage(watermill.NewShortUUID(), m.Value)
	for _, h := range m.Headers {
		out.Metadata.Set(h.Key, string(h.Value))
	}
	out.Metadata.Set(plainKey, string(m.Key))
	return out
}

// Existing lists those of the topics that the brokers have.
func Existing(ctx context.Context, cfg Config, topics []string) ([]string, error) {
	lookup, err := NewTopicReader(cfg)
	if err != nil {
		return nil, err
	}
	defer lookup.Close()
	var there []string
	for _, topic := range topics {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		_, err := lookup.describe(topic)
		if errors.Is(err, sarama.ErrUnknownTopicOrPartition) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("bus: look at topic %s: %w", topic, err)
		}
		there = append(there, topic)
	}
	return there, nil
}

// RemoveTopics deletes topics with everything in them and returns when they are gone. One that does not exist is fine.
func RemoveTopics(ctx context.Context, cfg Config, topics []string) error {
	admin, err := cfg.admin("remove topics")
	if err != nil {
		return err
	}
	defer admin.Close()
	for _, topic := range topics {
		if err := admin.DeleteTopic(topic); err != nil && !errors.Is(err, sarama.ErrUnknownTopicOrPartition) {
			return fmt.Errorf("bus: remove topic %s: %w", topic, err)
		}
	}
	return awaitGone(ctx, cfg, topics)
}

// awaitGone polls, because a cluster says "deleted" before each broker knows.
func awaitGone(ctx context.Context, cfg Config, topics []string) error {
	ctx, cancel := context.WithTimeout(ctx, topicsReadyTime)
	defer cancel()
	for {
		there, err := Existing(ctx, cfg, topics)
		if err != nil || len(there) == 0 {
			return err
		}
		backoff.Sleep(ctx, topicsReadyPoll)
	}
}
