package bus

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"tenure/internal/backoff"

	"github.com/IBM/sarama"
)

// Declared is what a cluster should have.
type Declared struct {
	// Topics by name, with the settings that are declared; others are their operator's.
	Topics []TopicSpec
	// Rules of access. Without any, access is not looked at.
	Rules []Rule
	// Prune removes what principals of Rules may do with our topics and groups besides Rules.
	Prune bool
}

// Difference is one thing in which a cluster is not as declared.
type Difference struct {
	Object string `json:"object"` // topic, or access
	What   string `json:"what"`   // exists, partitions, replication, a setting's name, or the rule
	Has    string `json:"has"`
	Wants  string `json:"wants"`
	// Refused says why Apply leaves it as it is; empty: Apply makes it so.
	Refused string `json:"refused,omitempty"`

	apply func(sarama.ClusterAdmin) error
}

// Why some differences stay.
const (
	refusedPartitions = "a key's partition, and with it its shard and its order, would change; " +
		"declare what is there, or create the topic again under another prefix"
	refusedReplication = "replicas are moved by the cluster's operator: kafka-reassign-partitions"
)

// accessObject stands for the rules in a list of differences.
const accessObject = "access"

// Plan compares the cluster with what is declared, and changes nothing. Differences come in the order of the
// declaration.
func Plan(ctx context.Context, cfg Config, d Declared) ([]Difference, error) {
	admin, err := cfg.admin("compare topics")
	if err != nil {
		return nil, err
	}
	defer func() { _ = admin.Close() }()
	return plan(ctx, admin, cfg.TopicPrefix, d)
}

// Apply makes the cluster as declared, as far as Plan does not refuse it, and returns what Plan says then: without an
// error only what is refused. Doing it twice changes nothing.
func Apply(ctx context.Context, cfg Config, d Declared) ([]Difference, error) {
	admin, err := cfg.admin("change topics")
	if err != nil {
		return nil, err
	}
	defer func() { _ = admin.Close() }()
	differences, err := plan(ctx, admin, cfg.TopicPrefix, d)
	if err != nil {
		return nil, err
	}
	for _, one := range differences {
		if one.apply == nil {
			continue
		}
		if err := one.apply(admin); err != nil {
			return differences, fmt.Errorf("bus: %s: make %s %s: %w", one.Object, one.What, one.Wants, err)
		}
	}
	return settled(ctx, admin, cfg.TopicPrefix, d)
}

// settled asks again until nothing is left that could have been made: a cluster answers before each broker knows.
func settled(ctx context.Context, admin sarama.ClusterAdmin, prefix string, d Declared) ([]Difference, error) {
	ctx, cancel := context.WithTimeout(ctx, topicsReadyTime)
	defer cancel()
	for {
		left, err := plan(ctx, admin, prefix, d)
		open := slices.ContainsFunc(left, func(one Difference) bool { return one.Refused == "" })
		if err == nil && !open {
			return left, nil
		}
		backoff.Sleep(ctx, topicsReadyPoll)
		if ctx.Err() != nil {
			return left, cmp.Or(err, errors.New("bus: what was changed does not show on the cluster; look again with: tenure "+
				"topics plan"))
		}
	}
}

func plan(ctx context.Context, admin sarama.ClusterAdmin, prefix string, d Declared) ([]Difference, error) {
	names := make([]string, len(d.Topics))
	for i, spec := range d.Topics {
		names[i] = prefix + spec.Name
	}
	found, err := admin.DescribeTopics(names)
	if err != nil {
		return nil, fmt.Errorf("bus: look at topics: %w", err)
	}
	there := map[string]*sarama.TopicMetadata{}
	for _, one := range found {
		there[one.Name] = one
	}
	var all []Difference
	for _, spec := range d.Topics {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("bus: look at topics: %w", err)
		}
		more, err := planTopic(admin, prefix, spec, there[prefix+spec.Name])
		if err != nil {
			return nil, err
		}
		all = append(all, more...)
	}
	if len(d.Rules) == 0 {
		return all, nil
	}
	more, err := planAccess(admin, prefix, d)
	return append(all, more...), err
}

// planTopic compares one topic.
func planTopic(admin sarama.ClusterAdmin, prefix string, spec TopicSpec, is *sarama.TopicMetadata) ([]Difference,
	error) {
	if is == nil || errors.Is(is.Err, sarama.ErrUnknownTopicOrPartition) {
		return []Difference{{
			Object: spec.Name, What: "exists", Has: "no", Wants: fmt.Sprintf("%d partitions", spec.Partitions),
			apply: func(admin sarama.ClusterAdmin) error { return create(admin, prefix, spec) },
		}}, nil
	}
	if !errors.Is(is.Err, sarama.ErrNoError) {
		return nil, fmt.Errorf("bus: look at topic %s: %w", spec.Name, is.Err)
	}
	var all []Difference
	if n := int32(len(is.Partitions)); !spec.Fits(n) {
		all = append(all, Difference{
			Object: spec.Name, What: "partitions", Has: number(n), Wants: number(spec.Partitions), Refused: refusedPartitions,
		})
	}
	if n := leastReplicas(is); spec.ReplicationFactor > 0 && n != spec.ReplicationFactor {
		all = append(all, Difference{
			Object: spec.Name, What: "replication", Has: number(n), Wants: number(spec.ReplicationFactor),
			Refused: refusedReplication,
		})
	}
	more, err := planSettings(admin, prefix, spec)
	return append(all, more...), err
}

func number[N int16 | int32](n N) string { return strconv.Itoa(int(n)) }

// leastReplicas is the replication of the partition that has the fewest.
func leastReplicas(is *sarama.TopicMetadata) int16 {
	least := int16(0)
	for i, p := range is.Partitions {
		if n := int16(len(p.Replicas)); i == 0 || n < least {
			least = n
		}
	}
	return least
}

// settingsOf reads the settings of a topic.
func settingsOf(admin sarama.ClusterAdmin, topic string) (map[string]string, error) {
	resource := &sarama.ConfigResource{Type: sarama.TopicResource, Name: topic}
	results, err := admin.DescribeConfigs([]*sarama.ConfigResource{resource}, sarama.DescribeConfigsOptions{})
	if err != nil {
		return nil, err
	}
	has := map[string]string{}
	for _, r := range results {
		if r.ErrorCode != 0 {
			return nil, &sarama.DescribeConfigError{Err: r.ErrorCode, ErrMsg: r.ErrorMsg}
		}
		for _, e := range r.Configs {
			has[e.Name] = e.Value
		}
	}
	return has, nil
}

// planSettings compares the settings that are declared.
func planSettings(admin sarama.ClusterAdmin, prefix string, spec TopicSpec) ([]Difference, error) {
	has, err := settingsOf(admin, prefix+spec.Name)
	if err != nil {
		return nil, fmt.Errorf("bus: read the settings of topic %s: %w", spec.Name, err)
	}
	var all []Difference
	for _, name := range slices.Sorted(maps.Keys(spec.Configs)) {
		wants := spec.Configs[name]
		if has[name] == wants {
			continue
		}
		all = append(all, Difference{Object: spec.Name, What: name, Has: has[name], Wants: wants,
			apply: func(admin sarama.ClusterAdmin) error {
				return admin.IncrementalAlterConfig(sarama.TopicResource, prefix+spec.Name,
					map[string]sarama.IncrementalAlterConfigsEntry{
						name: {Operation: sarama.IncrementalAlterConfigsOperationSet, Value: &wants},
					}, false)
			}})
	}
	return all, nil
}

// Replicated declares how many replicas each topic has and how many of them must have a message before it counts as
// sent. 0 leaves either to the cluster.
func Replicated(specs []TopicSpec, replicas int16, inSync int32) []TopicSpec {
	out := make([]TopicSpec, len(specs))
	for i, spec := range specs {
		spec.Configs = maps.Clone(spec.Configs)
		if replicas > 0 {
			spec.ReplicationFactor = replicas
		}
		if inSync > 0 {
			spec.Configs["min.insync.replicas"] = number(inSync)
		}
		out[i] = spec
	}
	return out
}
