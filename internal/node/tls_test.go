package node

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/internal/config"
	"tenure/internal/test/running"
)

// files writes a certificate of an authority into a folder, as whoever renews it does.
func (a authority) files(t *testing.T, dir string) config.ServerTLS {
	t.Helper()
	cert, key := a.server(t)
	f := config.ServerTLS{CertFile: filepath.Join(dir, "cert.pem"), KeyFile: filepath.Join(dir, "key.pem"),
		ClientCAFile: a.file}
	require.NoError(t, os.WriteFile(f.CertFile, cert, 0o600))
	require.NoError(t, os.WriteFile(f.KeyFile, key, 0o600))
	return f
}

func TestCertificates_AreReadAgainWhenTheyAreRenewed(t *testing.T) {
	t.Parallel()
	a, dir := newAuthority(t), t.TempDir()
	c, err := newCertificates(a.files(t, dir), tls.NoClientCert, running.Log())
	require.NoError(t, err)
	signature := func() string {
		c.checked = time.Time{}
		current, err := c.forClient(nil)
		require.NoError(t, err)
		leaf, err := x509.ParseCertificate(current.Certificates[0].Certificate[0])
		require.NoError(t, err)
		return string(leaf.Signature)
	}
	first := signature()
	require.Equal(t, first, signature())
	a.files(t, dir)
	later := time.Now().Add(time.Minute)
	require.NoError(t, os.Chtimes(c.files.CertFile, later, later))
	second := signature()
	require.NotEqual(t, first, second)
	require.NoError(t, os.WriteFile(c.files.KeyFile, []byte("half of it"), 0o600))
	later = later.Add(time.Minute)
	require.NoError(t, os.Chtimes(c.files.KeyFile, later, later))
	require.Equal(t, second, signature(), "the former one serves until the renewal is whole")
}

func TestWithClientCertificate_LetsProbesThrough(t *testing.T) {
	t.Parallel()
	handler := withClientCertificate(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusOK)
	}))
	for path, want := range map[string]int{"/livez": 200, "/readyz": 200, "/metrics": 403, "/debug/pprof/": 403} {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		require.Equal(t, want, w.Code, path)
	}
	r := httptest.NewRequest(http.MethodGet, "/metrics", nil)
	r.TLS = &tls.ConnectionState{VerifiedChains: [][]*x509.Certificate{{{}}}}
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	require.Equal(t, 200, w.Code)
}
