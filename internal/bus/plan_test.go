package bus

import (
	"crypto/rand"
	"strings"
	"testing"

	"tenure/contract"

	"github.com/IBM/sarama"
	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kfake"
)

// ownPrefix keeps the topics of a test apart from those of others on a shared broker.
func ownPrefix(cfg Config) Config {
	cfg.TopicPrefix = "plan-" + strings.ToLower(rand.Text()[:8]) + "."
	return cfg
}

// found plans and gives the differences as sentences.
func found(t *testing.T, cfg Config, d Declared) []string {
	t.Helper()
	list, err := Plan(t.Context(), cfg, d)
	require.NoError(t, err)
	return sentences(list)
}

func sentences(list []Difference) []string {
	texts := []string{}
	for _, d := range list {
		text := d.Object + " " + d.What + ": " + d.Has + ", wants " + d.Wants
		if d.Refused != "" {
			text += ", refused"
		}
		texts = append(texts, text)
	}
	return texts
}

// tamper changes a topic behind our back.
func tamper(t *testing.T, cfg Config, topic, name, value string) {
	t.Helper()
	admin, err := cfg.admin("test")
	require.NoError(t, err)
	defer func() { require.NoError(t, admin.Close()) }()
	require.NoError(t, admin.IncrementalAlterConfig(sarama.TopicResource, cfg.TopicPrefix+topic,
		map[string]sarama.IncrementalAlterConfigsEntry{
			name: {Operation: sarama.IncrementalAlterConfigsOperationSet, Value: &value},
		}, false))
}

func TestPlan_TopicsAreMadeAsDeclaredAndOnce(t *testing.T) {
	t.Parallel()
	cfg := ownPrefix(brokers(t))
	d := Declared{Topics: Replicated(Topics(2), 1, 1)}
	require.Len(t, found(t, cfg, d), len(d.Topics))
	require.Contains(t, found(t, cfg, d), "catalog.commands exists: no, wants 1 partitions")
	left, err := Apply(t.Context(), cfg, d)
	require.NoError(t, err)
	require.Empty(t, left)
	require.Empty(t, found(t, cfg, d), "a second time there is nothing to do")
	require.NoError(t, EnsureTopics(t.Context(), cfg, d.Topics))

	tamper(t, cfg, contract.EmployeeCommands, "retention.ms", "1000")
	tamper(t, cfg, contract.EmployeeActivity, "cleanup.policy", "delete")
	require.Equal(t, []string{
		"employee.commands retention.ms: 1000, wants 2592000000", "employee.activity cleanup.policy: delete, wants compact",
	}, found(t, cfg, d))
	left, err = Apply(t.Context(), cfg, d)
	require.NoError(t, err)
	require.Empty(t, left)
	require.Empty(t, found(t, cfg, d))
}

func TestPlan_PartitionsAndReplicasAreNeverChanged(t *testing.T) {
	t.Parallel()
	cfg := ownPrefix(brokers(t))
	_, err := Apply(t.Context(), cfg, Declared{Topics: []TopicSpec{commands(contract.EmployeeCommands, 2, 30),
		kept(contract.EmployeeEvents, 2, 1)}})
	require.NoError(t, err)
	other := Declared{Topics: []TopicSpec{commands(contract.EmployeeCommands, 4, 30), kept(contract.EmployeeEvents, 1, 1)}}
	other.Topics[0].ReplicationFactor = 3
	want := []string{
		"employee.commands partitions: 2, wants 4, refused", "employee.commands replication: 1, wants 3, refused",
		"employee.events partitions: 2, wants 1, refused",
	}
	require.Equal(t, want, found(t, cfg, other))
	left, err := Apply(t.Context(), cfg, other)
	require.NoError(t, err)
	require.Equal(t, want, sentences(left))
	require.Contains(t, left[0].Refused, "a key's partition, and with it its shard and its order, would change")
	require.Contains(t, left[1].Refused, "kafka-reassign-partitions")
}

func TestPlan_AccessIsMadeAsDeclaredAndPrunedWhenAsked(t *testing.T) {
	t.Parallel()
	cfg := ownPrefix(brokers(t))
	principals := []Principal{{PartWorker, "User:" + cfg.TopicPrefix + "worker"},
		{PartCost, "User:" + cfg.TopicPrefix + "cost"}}
	d := Declared{Rules: Rules(cfg.TopicPrefix, "tenure", principals)}
	first := found(t, cfg, d)
	if len(first) == 1 {
		require.Contains(t, first[0], "access authorizer: none, wants 11 rules, refused")
		t.Skip("the broker has no authorizer")
	}
	require.Len(t, first, 11)
	require.Contains(t, first, "access "+principals[0].Name+" may Read group "+cfg.TopicPrefix+"tenure.*: no, wants yes")
	_, err := Apply(t.Context(), cfg, d)
	require.NoError(t, err)
	require.Empty(t, found(t, cfg, d))

	more := Declared{Rules: Rules(cfg.TopicPrefix, "tenure",
		append(principals, Principal{PartCustomer, principals[1].Name}))}
	_, err = Apply(t.Context(), cfg, more)
	require.NoError(t, err)
	require.Empty(t, found(t, cfg, d), "what others may do is their operator's")
	d.Prune = true
	require.Len(t, found(t, cfg, d), 4)
	require.Contains(t, found(t, cfg, d),
		"access "+principals[1].Name+" may Read topic "+cfg.TopicPrefix+"billing.lines: yes, wants no")
	left, err := Apply(t.Context(), cfg, d)
	require.NoError(t, err)
	require.Empty(t, left)
	require.Len(t, found(t, cfg, more), 4)
}

func TestPlan_AnIntegratorReadsItsLedgerAndNoOther(t *testing.T) {
	t.Parallel()
	if onReal() {
		t.Skip("needs its own users")
	}
	admin := brokers(t, kfake.EnableSASL(), kfake.EnableACLs(), kfake.Superuser("PLAIN", "admin", "a"),
		kfake.User("PLAIN", "accounting", "b"))
	admin.SASL = SASL{Mechanism: "PLAIN", User: "admin", Password: "a"}
	_, err := Apply(t.Context(), admin, Declared{
		Topics: Topics(1), Rules: Rules("", "tenure", []Principal{{PartReseller, "User:accounting"}}),
	})
	require.NoError(t, err)
	accounting := admin
	accounting.SASL = SASL{Mechanism: "PLAIN", User: "accounting", Password: "b"}
	require.Empty(t, readAll(t, accounting, contract.BillingLinesWholesale))
	lookup, err := NewTopicReader(accounting)
	require.NoError(t, err)
	defer lookup.Close()
	for _, topic := range []string{contract.BillingLines, contract.BillingLinesCost, contract.EmployeeEvents,
		contract.EmployeeCommands} {
		_, err := lookup.TopicStates(t.Context(), []string{topic})
		require.True(t, Unauthorized(err), "%s: %v", topic, err)
	}
	_, err = NewPublisher(accounting)
	require.ErrorIs(t, err, sarama.ErrClusterAuthorizationFailed, "who may write nowhere gets no producer")
}

func TestPlan_PrincipalsAreReadOrRefused(t *testing.T) {
	t.Parallel()
	list, err := ParsePrincipals(" worker=User:w ;customer=User:CN=accounting,O=Sample; ; customer=User:two")
	require.NoError(t, err)
	require.Equal(t, []Principal{{PartWorker, "User:w"}, {PartCustomer, "User:CN=accounting,O=Sample"},
		{PartCustomer, "User:two"}}, list)
	for text, fails := range map[string]string{
		"boss=User:b": `"boss" is not one of worker, feed`, "worker": `"" is not a principal such as User:tenure-worker`,
		"worker=w": `"w" is not a principal`, "worker=User:": `"User:" is not a principal`,
		"feed=User:*": `"User:*" is not a principal`,
	} {
		_, err := ParsePrincipals(text)
		require.ErrorContains(t, err, fails)
	}
}

func TestPlan_EveryTopicBelongsToAParty(t *testing.T) {
	t.Parallel()
	var all []Principal
	for _, part := range Parts() {
		all = append(all, Principal{part, "User:" + string(part)})
	}
	readers, writers := map[string]int{}, map[string]int{}
	for _, rule := range Rules("", "g", all) {
		require.NotContains(t, rule.Name, "*")
		if rule.Resource == resourceTopic && rule.Operation == opRead {
			readers[rule.Name]++
		}
		if rule.Resource == resourceTopic && rule.Operation == opWrite {
			writers[rule.Name]++
		}
	}
	for _, spec := range Topics(1) {
		require.Positive(t, readers[spec.Name], spec.Name)
		require.Positive(t, writers[spec.Name], spec.Name)
	}
	for _, topic := range contract.WrittenTopics() {
		require.Equal(t, 2, writers[topic], "only the feed, and an operator's replay, publish to %s", topic)
	}
}
