package bus

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"tenure/internal/backoff"

	"github.com/IBM/sarama"
)

const (
	// topicsReadyTime is how long a cluster may take to elect the leaders of
	// topics that it has just created.
	topicsReadyTime = 30 * time.Second
	// topicsReadyPoll is how often we look whether it has.
	topicsReadyPoll = 50 * time.Millisecond
)

// EnsureTopics creates the topics that are missing and returns when all can be
// used. A topic that exists with another number of partitions is an error, as its
// keys lie where its own number put them; other settings of existing topics are
// their operator's and are left alone. All differences are reported at once.
func EnsureTopics(ctx context.Context, cfg Config, specs []TopicSpec) error {
	deadline := time.Now().Add(topicsReadyTime)
	for failures := 1; ; failures++ {
		err := ensureTopics(ctx, cfg, specs)
		if err == nil || ctx.Err() != nil || !awayError(err) || time.Now().After(deadline) {
			return err
		}
		wait := pauses.Pause(failures)
		cfg.logger().Warn("bus: a broker does not answer, preparing topics again", "error", err, "wait", wait)
		backoff.Sleep(ctx, wait)
	}
}

// awayError reports whether an error says that a broker could not be reached: a cluster takes seconds to notice that
// one is dead, and names it as a leader or controller until then.
func awayError(err error) bool {
	var network net.Error
	switch {
	// none of them could: the addresses are wrong, or it is no moment to start
	case errors.Is(err, sarama.ErrOutOfBrokers):
		return false
	case errors.Is(err, sarama.ErrNotController), errors.Is(err, sarama.ErrControllerNotAvailable),
		errors.Is(err, sarama.ErrLeaderNotAvailable), errors.Is(err, io.EOF):
		return true
	}
	return errors.As(err, &network)
}

func ensureTopics(ctx context.Context, cfg Config, specs []TopicSpec) error {
	admin, err := cfg.admin("create topics")
	if err != nil {
		return err
	}
	defer admin.Close()
	reader, err := NewTopicReader(cfg)
	if err != nil {
		return err
	}
	defer reader.Close()
	for _, spec := range specs {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("bus: create topics: %w", err)
		}
		_, err := reader.describe(spec.Name)
		if errors.Is(err, sarama.ErrUnknownTopicOrPartition) {
			err = create(admin, cfg.TopicPrefix, spec)
		}
		if err != nil {
			return fmt.Errorf("bus: ensure topic %s: %w", spec.Name, err)
		}
	}
	return reader.awaitAll(ctx, specs)
}

// admin connects to the cluster; its error says what for.
func (c Config) admin(purpose string) (sarama.ClusterAdmin, error) {
	conf, err := c.sarama()
	if err != nil {
		return nil, err
	}
	admin, err := sarama.NewClusterAdmin(c.Brokers, conf)
	if err != nil {
		return nil, fmt.Errorf("bus: connect to %s: %w", purpose, err)
	}
	return admin, nil
}

func create(admin sarama.ClusterAdmin, prefix string, spec TopicSpec) error {
	detail := &sarama.TopicDetail{
		NumPartitions: spec.Partitions, ReplicationFactor: spec.ReplicationFactor,
		ConfigEntries: make(map[string]*string, len(spec.Configs)),
	}
	for name, value := range spec.Configs {
		detail.ConfigEntries[name] = &value
	}
	err := admin.CreateTopic(prefix+spec.Name, detail, false)
	if err != nil && !errors.Is(err, sarama.ErrTopicAlreadyExists) { // another process was first
		return fmt.Errorf("create with %d partitions: %w", spec.Partitions, err)
	}
	return nil
}

// awaitAll waits until each topic answers, and compares partition counts.
func (l *TopicReader) awaitAll(ctx context.Context, specs []TopicSpec) error {
	ctx, cancel := context.WithTimeout(ctx, topicsReadyTime)
	defer cancel()
	var differences []error
	for _, spec := range specs {
		state, err := l.await(ctx, spec.Name)
		if err != nil {
			return err
		}
		if state.Count() != spec.Partitions {
			differences = append(differences, fmt.Errorf(
				"bus: topic %s has %d partitions, the configuration says %d; the number cannot be changed: "+
					"configure %d, or create the topic again with the right number",
				spec.Name, state.Count(), spec.Partitions, state.Count()))
		}
	}
	return errors.Join(differences...)
}

// await polls, because a cluster says "created" before each broker knows.
func (l *TopicReader) await(ctx context.Context, topic string) (TopicState, error) {
	for {
		state, err := l.state(topic)
		if err == nil {
			return state, nil
		}
		backoff.Sleep(ctx, topicsReadyPoll)
		if ctx.Err() != nil {
			return TopicState{}, fmt.Errorf("bus: topic %s is not ready: %w", topic, err)
		}
	}
}
