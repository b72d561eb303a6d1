package bus

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/IBM/sarama"
	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/require"
)

func outcomes(t *testing.T, cfg Config, topic string) *Outcomes {
	t.Helper()
	o, err := NewOutcomes(cfg, topic)
	require.NoError(t, err)
	t.Cleanup(o.Close)
	return o
}

func outcome(topic, subject, command, kind string) Message {
	e := full()
	e.Subject, e.CommandID, e.Type = subject, command, kind
	return Message{Topic: topic, Key: []byte(subject), Value: []byte(`{"kind":"` + kind + `"}`), Headers: e.Headers()}
}

// bounded is the test's context with an end.
func bounded(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

func TestOutcomes_ReachEachWhoWaitsAndNobodyElse(t *testing.T) {
	t.Parallel()
	cfg := brokers(t)
	name := topic(t, cfg, 4)
	p := publisher(t, cfg)
	require.NoError(t, p.Publish(t.Context(), []Message{outcome(name, "employee-1", "c-1", "old")}))
	o := outcomes(t, cfg, name)

	mine, too := o.Expect("employee-1", "c-1"), o.Expect("employee-1", "c-1")
	other := o.Expect("employee-2", "c-1")
	require.NoError(t, p.Publish(t.Context(), []Message{
		outcome(name, "employee-3", "c-9", "applied"),
		outcome(name, "employee-1", "c-2", "applied"),
		outcome(name, "employee-1", "c-1", "parked"),
		outcome(name, "employee-1", "c-1", "applied"),
		outcome(name, "employee-2", "c-1", "rejected"),
	}))
	for _, e := range []*Expected{mine, too} {
		for _, kind := range []string{"parked", "applied"} {
			m, err := e.Wait(bounded(t))
			require.NoError(t, err)
			got, err := DecodeEnvelope(m.Headers)
			require.NoError(t, err)
			require.Equal(t, kind, got.Type)
			require.Equal(t, "c-1", got.CommandID)
			require.Equal(t, name, m.Topic)
			require.Equal(t, "employee-1", string(m.Key))
		}
	}
	m, err := other.Wait(bounded(t))
	require.NoError(t, err)
	require.Contains(t, string(m.Value), "rejected")
}

func TestOutcomes_ServeManyWhoWait(t *testing.T) {
	t.Parallel()
	cfg := brokers(t)
	name := topic(t, cfg, 4)
	o, p := outcomes(t, cfg, name), publisher(t, cfg)
	const n = 300
	var all sync.WaitGroup
	for i := range n {
		e := o.Expect(fmt.Sprint("employee-", i), "c")
		all.Go(func() {
			defer e.Forget()
			m, err := e.Wait(bounded(t))
			if err != nil || string(m.Key) != fmt.Sprint("employee-", i) {
				t.Errorf("employee-%d: %v", i, err)
			}
		})
	}
	var messages []Message
	for i := range n {
		messages = append(messages, outcome(name, fmt.Sprint("employee-", i), "c", "applied"))
	}
	require.NoError(t, p.Publish(t.Context(), messages))
	all.Wait()
	require.Empty(t, o.waiting, "nothing is kept for those who are gone")
}

func TestOutcomes_WaitingEndsWithItsContextOrWithTheListening(t *testing.T) {
	t.Parallel()
	cfg := brokers(t)
	o := outcomes(t, cfg, topic(t, cfg, 1))
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := o.Expect("employee-1", "c-1").Wait(ended)
	require.ErrorIs(t, err, context.Canceled)

	waits := o.Expect("employee-1", "c-1")
	o.Close()
	_, err = waits.Wait(bounded(t))
	require.ErrorIs(t, err, ErrOutcomesMissed)
	_, err = o.Expect("employee-1", "c-2").Wait(bounded(t))
	require.ErrorIs(t, err, ErrOutcomesMissed, "nobody listens any more")
	waits.Forget()
}

// The topic is created again under the listener: those who wait are told that they
// may have missed it, and those who come later are served.
func TestOutcomes_ThatMayHaveBeenMissedAreReportedAndListeningContinues(t *testing.T) {
	t.Parallel()
	cfg := brokers(t)
	name := topic(t, cfg, 1)
	fill(t, cfg, name, 0, 0, 10)
	o := outcomes(t, cfg, name)
	before := o.Expect("employee-1", "c-1")
	recreate(t, cfg, name)
	_, err := before.Wait(bounded(t))
	require.ErrorIs(t, err, ErrOutcomesMissed)

	p := publisher(t, cfg)
	require.Eventually(t, func() bool {
		after := o.Expect("employee-1", "c-2")
		defer after.Forget()
		if err := p.Publish(t.Context(), []Message{outcome(name, "employee-1", "c-2", "applied")}); err != nil {
			return false
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := after.Wait(ctx)
		return err == nil
	}, patience, 1)
}

func TestOutcomes_OfATopicThatIsNotThereAreAnError(t *testing.T) {
	t.Parallel()
	_, err := NewOutcomes(brokers(t), "nowhere")
	require.ErrorContains(t, err, "nowhere")
}

// A handler that fails or panics costs its message and not those behind it.
func TestOutcomes_TheRouterDropsWhatItsHandlerCannotTake(t *testing.T) {
	t.Parallel()
	cfg := brokers(t)
	errs := make(chan error, 100)
	h := neverNack(errorsOf(errs))(func(*message.Message) ([]*message.Message, error) { return nil, errors.New("no") })
	_, err := h(message.NewMessage("1", nil))
	require.NoError(t, err)
	require.EqualError(t, <-errs, "no")

	name := topic(t, cfg, 1)
	heard := make(chan string, 10)
	l := &listener{cfg: cfg, topic: name, wanted: func(*sarama.ConsumerMessage) bool { return true },
		handle: func(m Message) {
			if string(m.Value) == "0" {
				panic("trouble")
			}
			heard <- string(m.Value)
		}}
	ctx, cancel := context.WithCancel(t.Context())
	ready, done := make(chan struct{}), make(chan error, 1)
	go func() { done <- l.listen(ctx, func() { close(ready) }) }()
	<-ready
	fill(t, cfg, name, 0, 0, 2)
	require.Equal(t, "1", <-heard)
	cancel()
	err = <-done
	_ = err
}
