package config

import (
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// checkWire returns the settings of encryption that contradict each other: what is configured and would not be used is
// never ignored.
func (c *Config) checkWire() error {
	var wrong []error
	if t := c.Kafka.TLS; !t.Enabled {
		for name, value := range map[string]string{
			"KAFKA_TLS_CA": t.CAFile, "KAFKA_TLS_CERT": t.CertFile, "KAFKA_TLS_KEY": t.KeyFile,
			"KAFKA_TLS_SERVER_NAME": t.ServerName,
		} {
			if value != "" {
				wrong = append(wrong, fmt.Errorf("config: %s%s is set and %sKAFKA_TLS is not true: the connection would be "+
					"plain text",
					environmentPrefix, name, environmentPrefix))
			}
		}
	}
	if t := c.Kafka.TLS; (t.CertFile == "") != (t.KeyFile == "") {
		wrong = append(wrong, errors.New("config: TENURE_KAFKA_TLS_CERT and TENURE_KAFKA_TLS_KEY belong together"))
	}
	t := c.ServerTLS
	if (t.CertFile == "") != (t.KeyFile == "") {
		wrong = append(wrong, errors.New("config: TENURE_HTTP_TLS_CERT and TENURE_HTTP_TLS_KEY belong together"))
	}
	if t.ClientCAFile != "" && t.CertFile == "" {
		wrong = append(wrong, errors.New("config: TENURE_HTTP_TLS_CLIENT_CA needs TENURE_HTTP_TLS_CERT: client "+
			"certificates are part of TLS"))
	}
	return errors.Join(wrong...)
}

// Unencrypted lists the connections that the settings leave unencrypted although they leave the machine, each with what
// to set.
func (c *Config) Unencrypted() []string {
	var all []string
	if remote(c.Kafka.Brokers...) && !c.Kafka.TLS.Enabled {
		text := "brokers: plain text; set TENURE_KAFKA_TLS=true"
		if c.Kafka.SASL.Mechanism == "PLAIN" {
			text = "brokers: plain text, and SASL PLAIN sends the password in it; set TENURE_KAFKA_TLS=true"
		}
		all = append(all, text)
	}
	if text := unencryptedDSN(c.Postgres.DSN); text != "" {
		all = append(all, text)
	}
	for name, addr := range map[string]string{"http": c.HTTP, "admin": c.Admin} {
		if c.ServerTLS.CertFile == "" && addr != "" && remote(addr) {
			all = append(all, name+": "+addr+" is plain HTTP; set TENURE_HTTP_TLS_CERT, or put TLS in front of it")
		}
	}
	return all
}

// unencryptedDSN says that a database on another machine may be reached without encryption, or with any certificate.
func unencryptedDSN(dsn string) string {
	if dsn == "" {
		return ""
	}
	parsed, err := pgconn.ParseConfig(dsn)
	if err != nil || !remote(parsed.Host+":5432") || strings.HasPrefix(parsed.Host, "/") {
		return ""
	}
	switch {
	case parsed.TLSConfig == nil:
		return "database: plain text; set sslmode=verify-full in TENURE_POSTGRES_DSN"
	case len(parsed.Fallbacks) > 0 && parsed.Fallbacks[len(parsed.Fallbacks)-1].TLSConfig == nil:
		return "database: encrypted only if it wants to be; set sslmode=verify-full in TENURE_POSTGRES_DSN"
	case parsed.TLSConfig.InsecureSkipVerify && parsed.TLSConfig.VerifyPeerCertificate == nil:
		return "database: any certificate is accepted; set sslmode=verify-full in TENURE_POSTGRES_DSN"
	}
	return ""
}

// remote reports whether any address is not this machine's loopback.
func remote(addrs ...string) bool {
	for _, addr := range addrs {
		host, _, err := net.SplitHostPort(addr)
		if err != nil {
			continue
		}
		ip := net.ParseIP(host)
		if host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			return true
		}
	}
	return false
}

// DSNHasPassword reports whether the database's DSN contains a password.
func (c *Config) DSNHasPassword() bool {
	parsed, err := pgconn.ParseConfig(c.Postgres.DSN)
	return err == nil && parsed.Password != "" && strings.Contains(c.Postgres.DSN, parsed.Password)
}
