package environment

import (
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/internal/bus"
	"tenure/internal/embedded"
	"tenure/internal/store"
	"tenure/internal/test/database"
)

// Partitions is how many partitions the command topics of a test have: enough for shards to be shared, few enough to
// start quickly.
const Partitions = 4

// SessionTimeout is after what silence a member of a group is taken for dead: short, since tests kill members, and long
// enough for a living one on a busy machine.
const SessionTimeout = 3 * time.Second

// RebalanceTimeout is how long a group waits for a member that a test killed while it joined.
const RebalanceTimeout = 6 * time.Second

// EnvBrokers names a broker to test on instead of the embedded one.
const EnvBrokers = "TENURE_KAFKA_BROKERS"

// number distinguishes the topics of one test from those of the next.
var number atomic.Int64

var steps = database.Steps{Migrate: store.Migrate, Distribute: store.Distribute}

// Main runs a package's tests with a PostgreSQL beside them; call it from TestMain.
func Main(m *testing.M) {
	os.Exit(database.Main(m, steps))
}

// Run is Main around more than the tests alone, and gives the exit code.
func Run(tests func() int) int { return database.Run(tests, steps) }

// Processes runs tests whose processes start private servers, or on a cluster get a database of it by
// database.ForProcess, and gives the exit code; call it from TestMain.
func Processes(run func() int) int {
	return database.Processes(run, steps)
}

// Database gives a migrated database of the test's own.
func Database(t testing.TB) string {
	t.Helper()
	return database.Migrated(t)
}

// Simulated gives a migrated database whose clock is simulated, so that tests may decide at any business time: a write
// whose time is ahead of a real clock is refused.
func Simulated(t testing.TB) string {
	t.Helper()
	dsn := Database(t)
	s, err := store.Open(t.Context(), store.Config{DSN: dsn})
	require.NoError(t, err)
	defer s.Close()
	require.NoError(t, s.SetClock(t.Context(), time.Unix(0, 0)))
	return dsn
}

// Store opens a database for the time of the test.
func Store(t testing.TB, dsn string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Config{DSN: dsn})
	require.NoError(t, err)
	t.Cleanup(s.Close)
	return s
}

// Bus gives a broker with all topics, fresh for the test.
func Bus(t testing.TB) bus.Config {
	t.Helper()
	cfg := bus.Config{
		ClientID:         "test",
		SessionTimeout:   SessionTimeout,
		RebalanceTimeout: RebalanceTimeout,
		Logger:           slog.New(slog.DiscardHandler),
	}
	if brokers := os.Getenv(EnvBrokers); brokers != "" {
		cfg.Brokers = strings.Split(brokers, ",")
		cfg.TopicPrefix = fmt.Sprintf("t%d-%d.", time.Now().UnixNano(), number.Add(1))
	} else {
		broker, err := embedded.StartBroker(t.Context(), embedded.BrokerOptions{})
		require.NoError(t, err)
		t.Cleanup(broker.Stop)
		cfg.Brokers = broker.Addrs()
	}
	require.NoError(t, bus.EnsureTopics(t.Context(), cfg, bus.Topics(Partitions)))
	return cfg
}
