package node

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"sync"
	"time"

	"tenure/internal/config"
	"tenure/internal/telemetry"
)

// certificateCheckInterval is the time between two looks for a renewed certificate: handshakes in between use the one
// in memory.
const certificateCheckInterval = time.Second

// certificates serves a certificate that may be renewed while the process runs: whoever renews it replaces the files.
type certificates struct {
	files  config.ServerTLS
	accept tls.ClientAuthType
	log    *slog.Logger

	mu      sync.Mutex
	current *tls.Config
	changed time.Time // of the newest of the files, when they were read
	checked time.Time
}

// newCertificates reads the files; nil when none are configured.
func newCertificates(files config.ServerTLS, accept tls.ClientAuthType, log *slog.Logger) (*certificates, error) {
	if files.CertFile == "" {
		return nil, nil
	}
	if files.ClientCAFile == "" {
		accept = tls.NoClientCert
	}
	c := &certificates{files: files, accept: accept, log: log}
	return c, c.load()
}

// config returns the configuration of a listener, which asks for the current certificate at each handshake.
func (c *certificates) config() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, GetConfigForClient: c.forClient}
}

func (c *certificates) forClient(*tls.ClientHelloInfo) (*tls.Config, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := time.Now(); now.Sub(c.checked) > certificateCheckInterval {
		c.checked = now
		if newest, err := c.newest(); err == nil && newest.After(c.changed) {
			if err := c.load(); err != nil { // half of a renewal: the next look has the rest
				c.log.Warn("node: a renewed certificate cannot be used, the former one is", telemetry.Err(err))
			} else {
				c.log.Info("node: the certificate was renewed")
			}
		}
	}
	return c.current, nil
}

// newest is when the files were changed last.
func (c *certificates) newest() (newest time.Time, err error) {
	for _, path := range []string{c.files.CertFile, c.files.KeyFile, c.files.ClientCAFile} {
		if path == "" {
			continue
		}
		info, err := os.Stat(path)
		if err != nil {
			return newest, err
		}
		if at := info.ModTime(); at.After(newest) {
			newest = at
		}
	}
	return newest, nil
}

func (c *certificates) load() error {
	changed, err := c.newest()
	if err != nil {
		return fmt.Errorf("node: certificate: %w", err)
	}
	pair, err := tls.LoadX509KeyPair(c.files.CertFile, c.files.KeyFile)
	if err != nil {
		return fmt.Errorf("node: certificate: %w", err)
	}
	next := &tls.Config{
		MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pair}, ClientAuth: c.accept,
		NextProtos: []string{"h2", "http/1.1"},
	}
	if c.files.ClientCAFile != "" {
		pem, err := os.ReadFile(c.files.ClientCAFile)
		if err != nil {
			return fmt.Errorf("node: client authorities: %w", err)
		}
		next.ClientCAs = x509.NewCertPool()
		if !next.ClientCAs.AppendCertsFromPEM(pem) {
			return errors.New("node: client authorities: " + c.files.ClientCAFile + " holds no PEM certificate")
		}
	}
	c.current, c.changed = next, changed
	return nil
}

// withClientCertificate refuses calls without a client certificate, but for the probes of whoever runs the process.
func withClientCertificate(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		probe := r.URL.Path == "/livez" || r.URL.Path == "/readyz"
		if !probe && (r.TLS == nil || len(r.TLS.VerifiedChains) == 0) {
			http.Error(w, "a client certificate is required", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// scheme is how the HTTP servers of the process are reached.
func (n *Node) scheme() string {
	if n.config.ServerTLS.CertFile != "" {
		return "https://"
	}
	return "http://"
}

func (n *Node) serveAdmin(context.Context) (err error) {
	handler := n.admin.Handler()
	if n.config.ServerTLS.ClientCAFile != "" {
		handler = withClientCertificate(handler)
	}
	n.Admin, err = n.serve("admin", n.config.Config.Admin, handler, tls.VerifyClientCertIfGiven)
	return err
}
