package command

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/contract"
	"tenure/domain"
	"tenure/internal/bus"
)

// parking is a command that no worker can read.
func parking(like Command) Command {
	like.ID, like.Data = "parked", json.RawMessage(`{"name":"a","name":"b"}`)
	return like
}

func TestSilence_AnAnswerThatNobodyHeardIsLookedUp(t *testing.T) {
	t.Parallel()
	s := newSystem(t)
	elsewhere, err := bus.NewOutcomes(s.kafka, contract.BillingRuns)
	require.NoError(t, err)
	t.Cleanup(elsewhere.Close)
	d := &Sender{publisher: s.publisher, listener: elsewhere, store: s.store, silence: 50 * time.Millisecond}
	list := company(1)
	answers, err := d.Send(patiently(t), append(list, parking(list[2])), nil)
	require.NoError(t, err)
	require.Len(t, answers, 4)
	require.Equal(t, domain.StatusApplied, answers[2].Status)
	require.Equal(t, domain.StatusParked, answers[3].Status, "a parked command has an answer too")
	require.NotEmpty(t, answers[3].Reason)
}

func TestSilence_AParkedCommandWhoseOutcomeWasMissedIsNotWaitedForUntilTheEnd(t *testing.T) {
	t.Parallel()
	s := newSystem(t)
	d := s.dispatcher(t, s.store)
	d.listener.Close()
	answers, err := d.Send(patiently(t), []Command{parking(company(1)[2])}, nil)
	require.NoError(t, err)
	require.Equal(t, domain.StatusParked, answers[0].Status)
}

func TestSilence_AnEmployeeIsAnsweredForInWhateverCaseItsIDIsWritten(t *testing.T) {
	t.Parallel()
	s := newSystem(t)
	list := company(1)
	list[2].Subject = strings.ToUpper(list[2].Subject)
	answers, err := s.dispatcher(t, nil).Send(patiently(t), list, nil)
	require.NoError(t, err)
	require.Equal(t, domain.StatusApplied, answers[2].Status)
	require.Equal(t, strings.ToLower(list[2].Subject), answers[2].Subject)
}
