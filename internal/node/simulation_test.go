package node

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/events"
	"tenure/internal/bus"
	"tenure/internal/clock"
	"tenure/internal/command"
	"tenure/internal/config"
	"tenure/internal/provider"
	"tenure/internal/test/running"
)

func livePolicy(t *testing.T) billing.Policy {
	t.Helper()
	policy, err := billing.DefaultPolicy().Ready()
	require.NoError(t, err)
	return policy
}

// live is a data directory of a system that has lived on real time.
func live(t *testing.T, c Config) {
	t.Helper()
	n, err := Start(t.Context(), c)
	require.NoError(t, err)
	publisher, err := bus.NewPublisher(n.Kafka)
	require.NoError(t, err)
	sender, err := command.New(n.Kafka, publisher, n.Store)
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), waitMax)
	defer cancel()
	outcomes, err := sender.Send(ctx,
		[]command.Command{{Type: "catalog.put_reseller.v1", Subject: "5a0000000000000000000001", ID: "r",
			Actor: events.Actor{AccessLevel: "ADMIN"}, Data: map[string]any{"name": "Sample reseller"}}}, nil)
	require.NoError(t, err)
	require.Equal(t, "applied", outcomes[0].Status)
	sender.Close()
	require.NoError(t, publisher.Close())
	running.End(t, n.Stop)
}

func TestStart_RefusesASimulatedClockOnALiveDatabase(t *testing.T) {
	t.Parallel()
	c := Config{
		Config: config.Config{
			Data: t.TempDir(), Roles: []config.Role{config.RoleWorker, config.RoleFeed}, Policy: livePolicy(t), Group: "test",
			Partitions: 2, Kafka: bus.Config{ClientID: "tenure-test"},
		},
		Prepare: true, Ephemeral: true, Log: running.Log(),
	}
	live(t, c)
	at := c
	at.Clock = time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC)
	_, err := Start(t.Context(), at)
	require.ErrorIs(t, err, ErrLive)
	n, err := Start(t.Context(), c)
	require.NoError(t, err, "and it is as it was")
	require.False(t, n.simulated())
	running.End(t, n.Stop)
}

func TestMayConfirm_OnlySimulatedOrPrivateSystems(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name string
		set  func(*Node)
		want error
	}{
		{"a private system", func(*Node) {}, nil},
		{"configured brokers on real time", func(n *Node) { n.config.Kafka.Brokers = []string{"kafka:9092"} }, ErrLive},
		{"a configured database on real time", func(n *Node) { n.config.Postgres.DSN = "postgres://db" }, ErrLive},
		{"configured brokers on a simulated clock", func(n *Node) {
			n.config.Kafka.Brokers, n.Clock = []string{"kafka:9092"}, fixedClock{}
		}, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			n := &Node{Clock: clock.System{}, config: Config{Provider: provider.Answer}}
			row.set(n)
			require.ErrorIs(t, n.mayConfirm(), row.want)
		})
	}
}

type fixedClock struct{}

func (fixedClock) Now() time.Time { return time.Date(2026, 10, 30, 12, 0, 0, 0, time.UTC) }
