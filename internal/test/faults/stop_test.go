package faults

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/internal/test/environment"
)

const (
	// stopTime is how long a process may take to end that was told to, whatever hangs beside it.
	stopTime = 30 * time.Second
	// hangTime is how long something hangs before a process is told to end: some of its calls wait by then.
	hangTime = time.Second
)

// TestStop_EndsBesideADatabaseThatHangs ends a process whose questions get no answer.
func TestStop_EndsBesideADatabaseThatHangs(t *testing.T) {
	t.Parallel()
	life := newScript(seed(t), lifeBegins, 1, ordersADay)
	s := newSystem(t, life)
	w, through := newWire(t, s.dsn)
	cmd := s.startWithin(through, s.bus)
	s.live(life, nil)
	w.hangs.Store(true)
	<-time.After(hangTime)
	requireEnds(t, cmd)
}

// TestStop_EndsBesideABrokerThatHangs stops the broker's process and ends one that needs it.
func TestStop_EndsBesideABrokerThatHangs(t *testing.T) {
	t.Parallel()
	if os.Getenv(environment.EnvBrokers) != "" {
		t.Skip("other tests need this broker")
	}
	life := newScript(seed(t), lifeBegins, 1, ordersADay)
	s := newSystem(t, life)
	cmd := s.start()
	s.live(life, nil)
	require.NoError(t, s.broker.process.Process.Signal(syscall.SIGSTOP))
	<-time.After(hangTime)
	requireEnds(t, cmd)
	require.NoError(t, s.broker.process.Process.Signal(syscall.SIGCONT))
}

// TestStop_EndsBesideABrokerThatHangsSinceTheStart ends a process that is still about to start.
func TestStop_EndsBesideABrokerThatHangsSinceTheStart(t *testing.T) {
	t.Parallel()
	if os.Getenv(environment.EnvBrokers) != "" {
		t.Skip("other tests need this broker")
	}
	s := newSystem(t, newScript(seed(t), lifeBegins, 1, ordersADay))
	require.NoError(t, s.broker.process.Process.Signal(syscall.SIGSTOP))
	cmd := s.start()
	<-time.After(hangTime)
	requireEnds(t, cmd)
	require.NoError(t, s.broker.process.Process.Signal(syscall.SIGCONT))
}

// requireEnds tells a process to end and wants it to, in time.
func requireEnds(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
	began, ended := time.Now(), make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case err := <-ended:
		if err != nil { // it may say what it left behind
			require.True(t, strings.HasPrefix(err.Error(), "exit status "), err)
		}
		t.Logf("ended after %s", time.Since(began).Round(time.Millisecond))
	case <-time.After(stopTime):
		t.Errorf("the process has not ended after %s", stopTime)
	}
}
