package provider

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/contract"
	"tenure/events"
	"tenure/internal/bus"
	"tenure/internal/test/environment"
	"tenure/internal/test/running"
)

// patience bounds each wait of a test; nothing waits for it to pass.
const patience = running.Patience

var noon = time.Date(2026, 10, 30, 12, 0, 0, 0, time.UTC)

// movable is a clock that a test moves.
type movable struct{ at atomic.Pointer[time.Time] }

func (c *movable) Now() time.Time { return *c.at.Load() }

func (c *movable) set(t time.Time) { c.at.Store(&t) }

// world is the topics, and what stands on them.
type world struct {
	t         *testing.T
	kafka     bus.Config
	publisher *bus.Publisher
	lookup    *bus.TopicReader
	published int
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, kafka: environment.Bus(t)}
	var err error
	w.publisher, err = bus.NewPublisher(w.kafka)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, w.publisher.Close()) })
	w.lookup, err = bus.NewTopicReader(w.kafka)
	require.NoError(t, err)
	t.Cleanup(w.lookup.Close)
	return w
}

// happened publishes events of an employee as the relay does.
func (w *world) happened(employee string, at time.Time, all ...events.Event) {
	w.t.Helper()
	for _, event := range all {
		raw, err := events.Encode(event)
		require.NoError(w.t, err)
		w.published++
		e := bus.Envelope{ID: fmt.Sprintf("event-%d", w.published), Type: event.EventType(), Source: "tenure",
			Subject: employee, Time: at}
		m := bus.Message{Topic: contract.EmployeeEvents, Key: []byte(employee), Value: raw, Headers: e.Headers()}
		require.NoError(w.t, w.publisher.Publish(w.t.Context(), []bus.Message{m}))
	}
}

// provider makes one that a test looks through by hand.
func (w *world) provider(b Behaviour) *Simulated {
	return &Simulated{Kafka: w.kafka, Publisher: w.publisher, Behaviour: b, Log: slog.New(slog.DiscardHandler)}
}

// told is a command as it stands on the topic.
type told struct {
	kind, subject, id, level string
	what, reason             string
}

// commands reads all that providers have said so far.
func (w *world) commands() (all []told) {
	w.t.Helper()
	require.NoError(w.t, w.lookup.ReadAll(w.t.Context(), []string{contract.EmployeeCommands},
		nil, func(m bus.Message) error {
			var value struct {
				Actor events.Actor
				Data  struct {
					ID     string `json:"_id"`
					Reason string
				}
			}
			if err := json.Unmarshal(m.Value, &value); err != nil {
				return err
			}
			all = append(all, told{string(m.Header("ce_type")), string(m.Header("ce_subject")), string(m.Header("ce_commandid")),
				value.Actor.System, value.Data.ID, value.Data.Reason})
			return nil
		}))
	return all
}

const who = "5e0000000000000000000001"

func TestProvider_AnswersARequestByItsOwnCommand(t *testing.T) {
	t.Parallel()
	phone, account := events.ExtensionDeletionRequested{ID: "x-1", Attempt: 1},
		events.MvnoDeletionRequested{ID: "m-1", Attempt: 1}
	for _, row := range []struct {
		name string
		says Behaviour
		asks events.Event
		want []told
	}{
		{"an extension is confirmed", Answer, phone, []told{{"employee.confirm_extension_deleted.v1", who, "provider/event-1",
			"provider", "x-1", ""}}},
		{"an account is confirmed", Answer, account,
			[]told{{"employee.confirm_mvno_account_deleted.v1", who, "provider/event-1", "provider", "m-1", ""}}},
		{"an extension is refused with a reason", Refuse, phone,
			[]told{{"employee.refuse_deletion.v1", who, "provider/event-1", "provider", "x-1", reason}}},
		{"one that is silent says nothing", Silent, account, nil},
		{"what is no request is not answered", Answer, events.ExtensionUnassigned{ID: "x-1"}, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.happened(who, noon, row.asks)
			s := w.provider(row.says)
			for range 3 {
				require.NoError(t, s.poll(t.Context(), w.lookup))
			}
			assert.Equal(t, row.want, w.commands(), "said once, however often it looks")
		})
	}
}

func TestProvider_DoesNotAnswerWhatWasConfirmedMeanwhile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.happened(who, noon,
		events.ExtensionDeletionRequested{ID: "x-1", Attempt: 1}, events.ExtensionDeleted{ID: "x-1"},
		events.MvnoDeletionRequested{ID: "m-1", Attempt: 1}, events.MvnoAccountDeleted{ID: "m-1"},
		events.MvnoDeletionRequested{ID: "m-2", Attempt: 1},
		events.MvnoAccountRestored{Account: events.MvnoAccount{ID: "m-2"}},
		events.MvnoDeletionRequested{ID: "m-3", Attempt: 1})
	require.NoError(t, w.provider(Answer).poll(t.Context(), w.lookup))
	require.Len(t, w.commands(), 1)
	assert.Equal(t, "m-3", w.commands()[0].what)
}

func TestProvider_AnswersARepeatedRequestAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.provider(Refuse)
	w.happened(who, noon, events.MvnoDeletionRequested{ID: "m-1", Attempt: 1})
	require.NoError(t, s.poll(t.Context(), w.lookup))
	w.happened(who, noon.Add(24*time.Hour), events.DeletionRefused{ID: "m-1", Reason: reason},
		events.MvnoDeletionRequested{ID: "m-1", Attempt: 2})
	require.NoError(t, s.poll(t.Context(), w.lookup))
	var ids []string
	for _, c := range w.commands() {
		ids = append(ids, c.id)
	}
	assert.Equal(t, []string{"provider/event-1", "provider/event-3"}, ids, "under the id of what asked")
}

func TestProvider_TwoSayTheSameUnderTheSameID(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.happened(who, noon, events.MvnoDeletionRequested{ID: "m-1", Attempt: 1})
	for range 2 { // the second is the first one after a restart: it knows nothing of what was said
		require.NoError(t, w.provider(Answer).poll(t.Context(), w.lookup))
	}
	all := w.commands()
	require.Len(t, all, 2)
	assert.Equal(t, all[0], all[1], "so that it takes effect once")
}

func TestProvider_ADelayIsBusinessTimeSinceTheFirstRequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	clock := &movable{}
	clock.set(noon)
	s := w.provider(Answer)
	s.Delay, s.Clock = 26*time.Hour, clock
	look := func(at time.Time) int {
		clock.set(at)
		require.NoError(t, s.poll(t.Context(), w.lookup))
		return len(w.commands())
	}
	w.happened(who, noon, events.MvnoDeletionRequested{ID: "m-1", Attempt: 1})
	assert.Zero(t, look(noon.Add(25*time.Hour)))
	w.happened(who, noon.Add(24*time.Hour), events.MvnoDeletionRequested{ID: "m-1", Attempt: 2})
	assert.Zero(t, look(noon.Add(26*time.Hour-time.Second)))
	assert.Equal(t, 1, look(noon.Add(26*time.Hour)), "being asked again does not begin again")
	assert.Equal(t, "provider/event-2", w.commands()[0].id, "and the newest request is answered")
}

func TestProvider_RunsUntilItIsStopped(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- w.provider(Answer).Run(ctx) }()
	w.happened(who, noon, events.ExtensionDeletionRequested{ID: "x-1", Attempt: 1})
	require.Eventually(t, func() bool { return len(w.commands()) == 1 }, patience, 20*time.Millisecond)
	cancel()
	require.NoError(t, <-ended)
}

func TestBehaviour_IsOneOfThree(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"answer", "refuse", "silent"} {
		b, err := Parse(text)
		require.NoError(t, err)
		assert.Equal(t, text, string(b))
	}
	_, err := Parse("shout")
	assert.ErrorContains(t, err, `"shout" is not one of answer, refuse, silent`)
}
