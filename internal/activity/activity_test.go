package activity_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/internal/activity"
	"tenure/internal/bus"
	"tenure/internal/rig"
	"tenure/internal/store"
	"tenure/projections"
)

func TestMain(m *testing.M) { rig.Main(m) }

// patience bounds each wait of a test; nothing waits for it to pass.
const patience = 30 * time.Second

// system is a topic of activity and a directory.
type system struct {
	t         *testing.T
	store     *store.Store
	kafka     bus.Config
	publisher *bus.Publisher
	log       *journal
}

// journal is a log that is read while it is written.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

func newSystem(t *testing.T) *system {
	t.Helper()
	s := &system{t: t, store: rig.Store(t, rig.Database(t)), kafka: rig.Bus(t), log: &journal{}}
	var err error
	s.publisher, err = bus.NewPublisher(s.kafka)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.publisher.Close()) })
	return s
}

// take starts a process that takes activity; stop ends it.
func (s *system) take() (stop func()) {
	taker := &activity.Taker{Database: s.store, Log: slog.New(slog.NewTextHandler(s.log, nil))}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- bus.Consume(ctx, s.kafka, "takers", []string{bus.EmployeeActivity}, taker) }()
	stop = sync.OnceFunc(func() {
		cancel()
		require.NoError(s.t, <-ended)
	})
	s.t.Cleanup(stop)
	return stop
}

// tell publishes a message of an employee; an empty value takes back what is known.
func (s *system) tell(key, value string) {
	s.t.Helper()
	m := bus.Message{Topic: bus.EmployeeActivity, Key: []byte(key)}
	if value != "" {
		m.Value = []byte(value)
	}
	require.NoError(s.t, s.publisher.Publish(s.t.Context(), []bus.Message{m}))
}

// groups waits until an employee is in one group, or in none.
func (s *system) groups(employee, want string) {
	s.t.Helper()
	require.Eventually(s.t, func() bool {
		found, err := projections.GroupsOf(s.t.Context(), s.store, employee)
		if err != nil || want == "" {
			return err == nil && len(found) == 0
		}
		return len(found) == 1 && found[0].ID == want
	}, patience, 10*time.Millisecond, "%s in %q", employee, want)
}

func in(group string) string {
	return fmt.Sprintf(`{"groups":[{"_id":%q,"viewOtherParty":true}]}`, group)
}

const (
	first  = "5e0000000000000000000001"
	second = "5e0000000000000000000002"
)

func TestTheNewestMessageOfEachEmployeeIsKnown(t *testing.T) {
	t.Parallel()
	s := newSystem(t)
	s.tell(first, in("old"))
	s.tell(second, in("sales"))
	s.tell(first, in("support"))
	s.take()
	s.groups(first, "support")
	s.groups(second, "sales")
	s.tell(first, "")
	s.groups(first, "")
	s.groups(second, "sales")
}

func TestWhatIsNoActivityIsLeftOutAndStopsNobody(t *testing.T) {
	t.Parallel()
	s := newSystem(t)
	s.tell("not an id", in("nobody's"))
	s.tell(first, "{")
	s.tell(first, in("support"))
	s.take()
	s.groups(first, "support")
	require.Eventually(t, func() bool { return bytes.Contains([]byte(s.log.String()), []byte("left out")) }, patience, 10*time.Millisecond)
	assert.NotContains(t, s.log.String(), "nobody's", "no payload in a log")
	assert.NotContains(t, s.log.String(), first, "and no id")
}

func TestAnotherProcessGoesOnWhereTheFirstStopped(t *testing.T) {
	t.Parallel()
	s := newSystem(t)
	stop := s.take()
	s.tell(first, in("support"))
	s.groups(first, "support")
	stop()
	s.tell(first, in("sales"))
	s.tell(second, in("support"))
	s.take()
	s.groups(first, "sales")
	s.groups(second, "support")
}

func TestAPartitionIsTakenFromWhereItIsKnown(t *testing.T) {
	t.Parallel()
	db := rig.Store(t, rig.Database(t))
	taker := &activity.Taker{Database: db, Log: slog.New(slog.DiscardHandler)}
	_, err := projections.TakeActivity(t.Context(), db, "topic", 1, []projections.ActivityMessage{{Employee: first, Offset: 41, Value: []byte(in("g"))}})
	require.NoError(t, err)
	for _, row := range []struct {
		name  string
		id    string
		holds bus.PartitionState
		want  int64
	}{
		{"behind the last that was taken", "topic", bus.PartitionState{Oldest: 0, Newest: 100}, 42},
		{"at the end, when there is nothing new", "topic", bus.PartitionState{Oldest: 0, Newest: 42}, 42},
		{"from the oldest, when what follows was compacted away", "topic", bus.PartitionState{Oldest: 60, Newest: 100}, 60},
		{"from the oldest, when the topic was restored to an earlier state", "topic", bus.PartitionState{Oldest: 5, Newest: 30}, 5},
		{"from the oldest of a topic that was made anew", "another", bus.PartitionState{Oldest: 0, Newest: 100}, 0},
	} {
		at, err := taker.Claim(t.Context(), bus.EmployeeActivity, 1, bus.TopicState{ID: row.id, Partitions: []bus.PartitionState{{}, row.holds}})
		require.NoError(t, err, row.name)
		assert.Equal(t, row.want, at, row.name)
	}
}
