package node

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"golang.org/x/net/netutil"
)

// The time limits of an HTTP server: without them a silent client holds a connection indefinitely.
const (
	headerTimeMax = 5 * time.Second
	readTimeMax   = 30 * time.Second
	writeTimeMax  = 90 * time.Second // a profile of 60 seconds comes through
	idleTimeMax   = 2 * time.Minute
	drainTimeMax  = 10 * time.Second // for requests under way when the process stops
)

const (
	// headerBytesMax bounds the headers of a request: what is read before any token is looked at.
	headerBytesMax = 32 << 10
	// connectionsMax bounds the connections of a server; further ones wait to be accepted.
	connectionsMax = 1_024
)

// serve listens immediately, so that a taken address fails the start, and serves in the background. accept is
// what is asked of clients where an authority for them is configured.
func (n *Node) serve(name, addr string, handler http.Handler, accept tls.ClientAuthType) (string, error) {
	certificates, err := newCertificates(n.config.ServerTLS, accept, n.log)
	if err != nil {
		return "", err
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return "", err
	}
	listener = netutil.LimitListener(listener, connectionsMax)
	if certificates != nil {
		listener = tls.NewListener(listener, certificates.config())
	}
	server := &http.Server{
		MaxHeaderBytes: headerBytesMax,
		Handler:        handler, ReadHeaderTimeout: headerTimeMax, ReadTimeout: readTimeMax, WriteTimeout: writeTimeMax,
		IdleTimeout: idleTimeMax, ErrorLog: slog.NewLogLogger(n.log.Handler(), slog.LevelDebug),
	}
	n.run(name, func(ctx context.Context) error {
		drained := make(chan error, 1)
		stop := context.AfterFunc(ctx, func() {
			limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTimeMax)
			defer cancel()
			drained <- server.Shutdown(limit)
		})
		defer stop()
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return <-drained
	})
	return listener.Addr().String(), nil
}
