package bus

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"

	"github.com/IBM/sarama"
)

// TLS says how the connection is encrypted and whom it trusts.
type TLS struct {
	// Enabled encrypts the connection.
	Enabled bool
	// CAFile holds the authorities to trust, PEM; empty means the system's.
	CAFile string
	// CertFile and KeyFile are our own certificate, PEM; both or none.
	CertFile, KeyFile string
	// ServerName is the name to expect in the broker's certificate; empty means
	// the host of its address.
	ServerName string
}

func (t TLS) apply(s *sarama.Config) error {
	if !t.Enabled {
		return nil
	}
	conf := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: t.ServerName}
	if t.CAFile != "" {
		var err error
		if conf.RootCAs, err = trusted(t.CAFile); err != nil {
			return err
		}
	}
	if t.CertFile != "" || t.KeyFile != "" {
		pair, err := tls.LoadX509KeyPair(t.CertFile, t.KeyFile)
		if err != nil {
			return fmt.Errorf("bus: load client certificate: %w", err)
		}
		conf.Certificates = []tls.Certificate{pair}
	}
	s.Net.TLS.Enable, s.Net.TLS.Config = true, conf
	return nil
}

func (a SASL) apply(s *sarama.Config) error {
	if a.Mechanism == "" {
		return nil
	}
	s.Net.SASL.Enable = true
	s.Net.SASL.User, s.Net.SASL.Password = a.User, a.Password
	switch mechanism := sarama.SASLMechanism(a.Mechanism); mechanism {
	case sarama.SASLTypePlaintext:
		s.Net.SASL.Mechanism = mechanism
	case sarama.SASLTypeSCRAMSHA256, sarama.SASLTypeSCRAMSHA512:
		s.Net.SASL.Mechanism = mechanism
		s.Net.SASL.SCRAMClientGeneratorFunc = func() sarama.SCRAMClient { return newScram(mechanism) }
	default:
		return fmt.Errorf("bus: SASL mechanism %q is not one of PLAIN, SCRAM-SHA-256, SCRAM-SHA-512", a.Mechanism)
	}
	return nil
}

// trusted reads the authorities that may sign the brokers' certificates.
func trusted(file string) (*x509.CertPool, error) {
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("bus: read CA file: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("bus: CA file %s holds no PEM certificate", file)
	}
	return pool, nil
}
