package node

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestStop_ARequestUnderWayIsAnsweredBeforeTheProcessStops(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	n := start(t, nil)
	at, err := n.Announce(t.Context(), dir)
	require.NoError(t, err)
	taken := make(chan struct{})
	trace := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{Got100Continue: func() { close(taken) }})
	body, more := io.Pipe()
	request, err := http.NewRequestWithContext(trace, http.MethodPost, at.HTTP+"/pbx/app/employees", body)
	require.NoError(t, err)
	request.Header.Set("X-API-Key", at.Token)
	request.Header.Set("Expect", "100-continue")
	status := make(chan int, 1)
	go func() {
		response, err := (&http.Transport{ExpectContinueTimeout: waitMax}).RoundTrip(request)
		if err != nil {
			status <- 0
			return
		}
		_ = response.Body.Close()
		status <- response.StatusCode
	}()
	<-taken // the handler reads the body

	stopped := make(chan error, 1)
	go func() { stopped <- n.Stop(context.Background()) }()
	require.Eventually(t, func() bool {
		conn, err := net.DialTimeout("tcp", n.HTTP, time.Second)
		if err == nil {
			_ = conn.Close()
		}
		return err != nil
	}, waitMax, 10*time.Millisecond, "nobody new is let in")
	_, err = more.Write([]byte("[]"))
	require.NoError(t, err)
	require.NoError(t, more.Close())
	require.Equal(t, http.StatusForbidden, <-status, "an answer: an ADMIN has no customer")
	require.NoError(t, <-stopped)
}
