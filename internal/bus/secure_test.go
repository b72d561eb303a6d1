package bus

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kfake"
)

func TestSecure_WeAuthenticateWithEachMechanism(t *testing.T) {
	t.Parallel()
	for _, mechanism := range []string{"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"} {
		t.Run(mechanism, func(t *testing.T) {
			t.Parallel()
			cfg := brokers(t, kfake.EnableSASL(), kfake.Superuser(mechanism, "tenure", "pass,word="))
			cfg.SASL = SASL{Mechanism: mechanism, User: "tenure", Password: "pass,word="}
			name := topic(t, cfg, 1)
			require.NoError(t, publisher(t, cfg).Publish(t.Context(), numbered(name, 0, 3)))
			require.Len(t, readAll(t, cfg, name), 3)

			cfg.SASL.Password = "wrong"
			_, err := NewTopicReader(cfg)
			require.Error(t, err)
		})
	}
}

// The example of RFC 7677, with its nonce.
func TestSecure_ScramComputesTheExampleOfTheRFC(t *testing.T) {
	t.Parallel()
	s := newScram("SCRAM-SHA-256")
	require.NoError(t, s.Begin("user", "pencil", ""))
	s.nonce = "rOprNGfwEbeRWgbNEkqO"
	first, err := s.Step("")
	require.NoError(t, err)
	require.Equal(t, "n,,n=user,r=rOprNGfwEbeRWgbNEkqO", first)
	final, err := s.Step("r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096")
	require.NoError(t, err)
	require.Equal(
		t, "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
		final)
	_, err = s.Step("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")
	require.NoError(t, err)
	require.True(t, s.Done())
	_, err = s.Step("more")
	require.Error(t, err)
}

func TestSecure_ScramDoesNotTrustAServerThatCheats(t *testing.T) {
	t.Parallel()
	for name, challenge := range map[string]string{
		"few iterations":         "r=noncex,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=1",
		"endless iterations":     "r=noncex,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=999999999",
		"another nonce":          "r=other,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
		"our nonce alone":        "r=nonce,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
		"a salt that is not one": "r=noncex,s=!,i=4096",
		"nothing":                "",
	} {
		s := newScram("SCRAM-SHA-512")
		require.NoError(t, s.Begin("u", "p", ""))
		s.nonce = "nonce"
		_, err := s.Step("")
		require.NoError(t, err)
		_, err = s.Step(challenge)
		require.Error(t, err, name)
	}
	s := newScram("SCRAM-SHA-512")
	require.Error(t, s.verify("v=AAAA"), "a server that does not know the password")
	require.ErrorContains(t, s.verify("e=invalid-proof"), "invalid-proof")
	require.False(t, s.Done())
}

func TestSecure_WeConnectOverTLSToWhomWeTrust(t *testing.T) {
	t.Parallel()
	server, certFile, keyFile := certificate(t)
	cfg := brokers(t, kfake.TLS(&tls.Config{Certificates: []tls.Certificate{server}}))
	cfg.TLS = TLS{Enabled: true, CAFile: certFile, CertFile: certFile, KeyFile: keyFile}
	name := topic(t, cfg, 1)
	require.NoError(t, publisher(t, cfg).Publish(t.Context(), numbered(name, 0, 1)))

	stranger := cfg
	stranger.TLS = TLS{Enabled: true}
	_, err := NewTopicReader(stranger)
	require.ErrorContains(t, err, "certificate")
}

func TestSecure_TLSFilesThatCannotWorkAreNamed(t *testing.T) {
	t.Parallel()
	_, certFile, keyFile := certificate(t)
	for name, conf := range map[string]TLS{
		"no such authority":        {Enabled: true, CAFile: "/does/not/exist"},
		"a key for an authority":   {Enabled: true, CAFile: keyFile},
		"a certificate and no key": {Enabled: true, CertFile: certFile},
		"a key and no certificate": {Enabled: true, KeyFile: keyFile},
		"the two the wrong way":    {Enabled: true, CertFile: keyFile, KeyFile: certFile},
	} {
		_, err := Config{Brokers: []string{"localhost:1"}, TLS: conf}.producing()
		require.Error(t, err, name)
	}
}

// certificate makes a certificate for the loopback address that signs itself.
func certificate(t *testing.T) (pair tls.Certificate, certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"localhost"},
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	certFile, keyFile = filepath.Join(t.TempDir(), "cert.pem"), filepath.Join(t.TempDir(), "key.pem")
	require.NoError(t, os.WriteFile(certFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	require.NoError(t, os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}), 0o600))
	pair, err = tls.LoadX509KeyPair(certFile, keyFile)
	require.NoError(t, err)
	return pair, certFile, keyFile
}
