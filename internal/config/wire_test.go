package config

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLoad_RefusesEncryptionThatWouldNotBeUsed(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		environment []string
		want        string
	}{
		"an authority without TLS": {[]string{"TENURE_KAFKA_TLS_CA", "ca.pem"}, "TENURE_KAFKA_TLS_CA is set"},
		"a certificate without TLS": {[]string{"TENURE_KAFKA_TLS_CERT", "c", "TENURE_KAFKA_TLS_KEY", "k"},
			"plain text"},
		"a certificate without its key": {[]string{"TENURE_KAFKA_TLS", "true", "TENURE_KAFKA_TLS_CERT", "c"},
			"belong together"},
		"a server's key without its own": {[]string{"TENURE_HTTP_TLS_KEY", "k"}, "belong together"},
		"client certificates without TLS": {[]string{"TENURE_HTTP_TLS_CLIENT_CA", "ca"},
			"client certificates are part of TLS"},
		"a DSN that is something else": {[]string{"TENURE_POSTGRES_DSN", "sEcretPw"}, "it is not shown here"},
		"also where it is nearly a URL": {[]string{"TENURE_POSTGRES_DSN", "postgres://u:sEcretPw@db:notaport/x"},
			"it is not shown here"},
		"all of TLS": {[]string{"TENURE_KAFKA_TLS", "true", "TENURE_KAFKA_TLS_CA", "ca.pem"}, ""},
		"a DSN with the line break of its file": {[]string{"TENURE_POSTGRES_DSN", "postgres://db/tenure?sslmode=disable\n"},
			""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Load(Input{Environ: environ(row.environment...)})
			if row.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, row.want)
			require.NotContains(t, err.Error(), "sEcretPw")
		})
	}
}

func TestUnencrypted_ListsWhatLeavesTheMachine(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		environment []string
		want        []string
	}{
		"nothing is configured": {nil, nil},
		"loopback": {[]string{"TENURE_KAFKA_BROKERS", "127.0.0.1:9092,localhost:9093", "TENURE_POSTGRES_DSN",
			"postgres://127.0.0.1/x?sslmode=disable"}, nil},
		"brokers": {[]string{"TENURE_KAFKA_BROKERS", "kafka:9092"},
			[]string{"brokers: plain text; set TENURE_KAFKA_TLS=true"}},
		"a password in clear": {[]string{"TENURE_KAFKA_BROKERS", "kafka:9092", "TENURE_KAFKA_SASL_MECHANISM", "PLAIN"},
			[]string{"brokers: plain text, and SASL PLAIN sends the password in it; set TENURE_KAFKA_TLS=true"}},
		"encrypted brokers": {[]string{"TENURE_KAFKA_BROKERS", "kafka:9092", "TENURE_KAFKA_TLS", "true"}, nil},
		"a DSN without sslmode": {[]string{"TENURE_POSTGRES_DSN", "postgres://db/x"},
			[]string{"database: encrypted only if it wants to be; set sslmode=verify-full in TENURE_POSTGRES_DSN"}},
		"a DSN in plain text": {[]string{"TENURE_POSTGRES_DSN", "postgres://db/x?sslmode=disable"},
			[]string{"database: plain text; set sslmode=verify-full in TENURE_POSTGRES_DSN"}},
		"a DSN that verifies": {[]string{"TENURE_POSTGRES_DSN", "postgres://db/x?sslmode=verify-full&sslrootcert=system"},
			nil},
		"an open HTTP address": {[]string{"TENURE_HTTP", ":8080"},
			[]string{"http: :8080 is plain HTTP; set TENURE_HTTP_TLS_CERT, or put TLS in front of it"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, err := Load(Input{Environ: environ(row.environment...)})
			require.NoError(t, err)
			require.Equal(t, row.want, c.Unencrypted())
		})
	}
}
