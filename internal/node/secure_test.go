package node

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kfake"

	"tenure/internal/bus"
	"tenure/internal/embedded"
	"tenure/internal/store"
	"tenure/internal/test/running"
)

// samplePassword is everybody's in these tests, on Kafka and in the database.
const samplePassword = "sample,password="

// authority signs the certificates of a test.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	file string // its certificate, PEM
}

func newAuthority(t *testing.T) authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	a := authority{key: key, file: filepath.Join(t.TempDir(), "ca.pem"), cert: &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Sample authority"},
		NotBefore: time.Now().Add(-time.Hour),
		NotAfter:  time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}}
	der, err := x509.CreateCertificate(rand.Reader, a.cert, a.cert, &key.PublicKey, key)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(a.file, block("CERTIFICATE", der), 0o600))
	return a
}

func block(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

// server signs a certificate for this machine's loopback address, and gives it with its key, PEM.
func (a authority) server(t *testing.T) (cert, key []byte) {
	t.Helper()
	own, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "server"}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}, a.cert, &own.PublicKey, a.key)
	require.NoError(t, err)
	raw, err := x509.MarshalPKCS8PrivateKey(own)
	require.NoError(t, err)
	return block("CERTIFICATE", der), block("PRIVATE KEY", raw)
}

// encrypted starts a PostgreSQL that speaks TLS with a certificate of the authority, and gives its address as the
// owner.
func encrypted(t *testing.T, a authority) string {
	t.Helper()
	server, err := embedded.StartPostgres(t.Context(), embedded.PostgresOptions{Ephemeral: true})
	require.NoError(t, err)
	t.Cleanup(func() { running.End(t, server.Stop) })
	conn, err := pgx.Connect(t.Context(), server.DSN())
	require.NoError(t, err)
	defer conn.Close(context.Background())
	cert, key := a.server(t)
	for _, sql := range []string{ // the server writes its files itself: it may run as another user
		fmt.Sprintf("COPY (SELECT unnest(string_to_array($$%s$$, E'\\n'))) TO PROGRAM 'umask 077; cat > server.crt'", cert),
		fmt.Sprintf("COPY (SELECT unnest(string_to_array($$%s$$, E'\\n'))) TO PROGRAM 'umask 077; cat > server.key'", key),
		"ALTER SYSTEM SET ssl = on", "SELECT pg_reload_conf()",
	} {
		_, err := conn.Exec(t.Context(), sql)
		require.NoError(t, err, sql[:20])
	}
	dsn := verified(t, server.DSN(), a.file)
	require.Eventually(t, func() bool {
		s, err := store.Open(t.Context(), store.Config{DSN: dsn})
		if err == nil {
			s.Close()
		}
		return err == nil
	}, waitMax, 20*time.Millisecond, "the server takes its new settings")
	return dsn
}

// verified is an address whose server must prove who it is.
func verified(t *testing.T, dsn, ca string) string {
	t.Helper()
	at, err := url.Parse(dsn)
	require.NoError(t, err)
	at.RawQuery = url.Values{"sslmode": {"verify-full"}, "sslrootcert": {ca}}.Encode()
	return at.String()
}

// within gives an address another query or user.
func within(t *testing.T, dsn string, change func(*url.URL)) string {
	t.Helper()
	at, err := url.Parse(dsn)
	require.NoError(t, err)
	change(at)
	return at.String()
}

func TestSecure_TheDatabaseMustProveWhoItIs(t *testing.T) {
	t.Parallel()
	ours, stranger := newAuthority(t), newAuthority(t)
	dsn := encrypted(t, ours)
	conn, err := pgx.Connect(t.Context(), dsn)
	require.NoError(t, err)
	defer conn.Close(context.Background())
	var secure bool
	require.NoError(t, conn.QueryRow(t.Context(), "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()").Scan(
		&secure))
	require.True(t, secure)

	_, err = store.Open(t.Context(), store.Config{DSN: verified(t, dsn, stranger.file)})
	require.ErrorContains(t, err, "certificate signed by unknown authority")
	_, err = store.Open(t.Context(), store.Config{DSN: within(t, dsn, func(u *url.URL) {
		u.Host = "localhost:" + u.Port()
	})})
	require.ErrorContains(t, err, "localhost", "the certificate is for the address")
	plain, err := embedded.StartPostgres(t.Context(), embedded.PostgresOptions{Ephemeral: true})
	require.NoError(t, err)
	t.Cleanup(func() { running.End(t, plain.Stop) })
	_, err = store.Open(t.Context(), store.Config{DSN: verified(t, plain.DSN(), ours.file)})
	require.ErrorContains(t, err, "server refused TLS connection", "without TLS there is no connection")
}

// guarded starts a broker that authenticates every client, speaks TLS and keeps rules of access, and gives how each
// user connects. The name admin may do everything.
func guarded(t *testing.T, a authority, users ...string) func(user string) bus.Config {
	t.Helper()
	addr := guardedBy(t, a, "admin", samplePassword, users...)
	return func(user string) bus.Config {
		return bus.Config{
			Brokers: []string{addr}, ClientID: user, SessionTimeout: 6 * time.Second, Logger: running.Log(),
			SASL: bus.SASL{Mechanism: "SCRAM-SHA-512", User: user, Password: samplePassword},
			TLS:  bus.TLS{Enabled: true, CAFile: a.file},
		}
	}
}

// guardedBy starts the broker with an administrator and users, and gives its address.
func guardedBy(t *testing.T, a authority, admin, password string, users ...string) string {
	t.Helper()
	cert, key := a.server(t)
	pair, err := tls.X509KeyPair(cert, key)
	require.NoError(t, err)
	options := []kfake.Opt{
		kfake.NumBrokers(1), kfake.TLS(&tls.Config{Certificates: []tls.Certificate{pair}}), kfake.EnableSASL(),
		kfake.EnableACLs(),
		kfake.GroupMinSessionTimeout(time.Second), kfake.Superuser("SCRAM-SHA-512", admin, password),
	}
	for _, user := range users {
		options = append(options, kfake.User("SCRAM-SHA-512", user, password))
	}
	cluster, err := kfake.NewCluster(options...)
	require.NoError(t, err)
	t.Cleanup(cluster.Close)
	return cluster.ListenAddrs()[0]
}
