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
	// leadersTime is how long a start waits for leaders of topics that were there: another process may just have made
	// them, and longer than an election takes.
	leadersTime = 15 * time.Second
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
	made := map[string]bool{}
	for _, spec := range specs {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("bus: create topics: %w", err)
		}
		_, err := reader.describe(spec.Name)
		if errors.Is(err, sarama.ErrUnknownTopicOrPartition) {
			made[spec.Name] = true
			err = create(admin, cfg.TopicPrefix, spec)
		}
		if err != nil {
			return fmt.Errorf("bus: ensure topic %s: %w", spec.Name, err)
		}
	}
	return reader.awaitAll(ctx, specs, made)
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

// Grow gives a topic more partitions; with as many as it has, nothing changes. try only asks whether it would be done.
func Grow(ctx context.Context, cfg Config, topic string, partitions int32, try bool) error {
	admin, err := cfg.admin("add partitions")
	if err != nil {
		return err
	}
	defer func() { _ = admin.Close() }()
	reader, err := NewTopicReader(cfg)
	if err != nil {
		return err
	}
	defer reader.Close()
	was, err := reader.counted(topic)
	if err == nil && was.Count() < partitions {
		err = admin.CreatePartitions(cfg.TopicPrefix+topic, partitions, nil, try)
	}
	if try && err == nil {
		return nil
	}
	if err != nil {
		return fmt.Errorf("bus: give topic %s %d partitions: %w", topic, partitions, err)
	}
	ctx, cancel := context.WithTimeout(ctx, topicsReadyTime)
	defer cancel()
	for {
		state, err := reader.await(ctx, topic)
		if err != nil || state.Count() >= partitions {
			return err
		}
		backoff.Sleep(ctx, topicsReadyPoll)
	}
}

// awaitAll waits until each topic answers, and compares partition counts. Of topics that were there a partition may
// have lost its leader: that is no reason for the others to wait.
func (l *TopicReader) awaitAll(ctx context.Context, specs []TopicSpec, made map[string]bool) error {
	all, cancel := context.WithTimeout(ctx, topicsReadyTime)
	defer cancel()
	present, end := context.WithTimeout(all, leadersTime)
	defer end()
	var differences []error
	for _, spec := range specs {
		wait := present
		if made[spec.Name] {
			wait = all
		}
		state, err := l.await(wait, spec.Name)
		if errors.Is(err, sarama.ErrLeaderNotAvailable) && !made[spec.Name] && ctx.Err() == nil {
			l.cfg.logger().Warn("bus: starting without a leader of some partition", "topic", spec.Name, "error", err)
			state, err = l.counted(spec.Name)
		}
		if err != nil {
			return err
		}
		if !spec.Fits(state.Count()) {
			differences = append(differences, countError(spec, state.Count()))
		}
	}
	return errors.Join(differences...)
}

// countError says that a topic has another number of partitions than it should, and what to do.
func countError(spec TopicSpec, has int32) error {
	if spec.Grows {
		return fmt.Errorf("bus: topic %s has %d partitions, the configuration says %d: configure %d, and give it more with: "+
			"tenure topics grow", spec.Name, has, spec.Partitions, has)
	}
	return fmt.Errorf("bus: topic %s has %d partitions, the configuration says %d; the number cannot be changed: "+
		"configure %d, or create the topic again with the right number", spec.Name, has, spec.Partitions, has)
}

// counted is the state of a topic without its ends.
func (l *TopicReader) counted(topic string) (TopicState, error) {
	meta, err := l.describe(topic)
	if err != nil {
		return TopicState{}, fmt.Errorf("bus: look at topic %s: %w", topic, err)
	}
	state := TopicState{Topic: topic, Partitions: make([]PartitionState, len(meta.Partitions))}
	if meta.Uuid != (sarama.Uuid{}) {
		state.ID = meta.Uuid.String()
	}
	return state, nil
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
