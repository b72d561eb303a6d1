package config

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/billing"
)

// environ is an environment with these variables only.
func environ(pairs ...string) func(string) (string, bool) {
	variables := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		variables[pairs[i]] = pairs[i+1]
	}
	return func(name string) (string, bool) {
		v, ok := variables[name]
		return v, ok
	}
}

// file writes a file of the test's own.
func file(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "settings")
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}

// value finds a setting among those that were loaded.
func value(t *testing.T, c Config, name string) Value {
	t.Helper()
	for _, v := range c.Values {
		if v.Name == name {
			return v
		}
	}
	t.Fatalf("%s is not among the values", name)
	return Value{}
}

func TestLoad_TheStrongestSourceWins(t *testing.T) {
	t.Parallel()
	path := file(t, "# a comment\n\nTENURE_HTTP = \"127.0.0.1:3\"\nTENURE_ADMIN=127.0.0.1:4\nTENURE_LOG_LEVEL=debug\n")
	c, err := Load(Input{
		File:    path,
		Environ: environ("TENURE_HTTP", "127.0.0.1:2", "TENURE_ADMIN", "127.0.0.1:5", "TENURE_LOG_FORMAT", ""),
		Flags:   map[string]string{"http": "127.0.0.1:1"},
	})
	require.NoError(t, err)
	require.Equal(t, Value{"TENURE_HTTP", "127.0.0.1:1", "flag --http"}, value(t, c, "TENURE_HTTP"))
	require.Equal(t, Value{"TENURE_ADMIN", "127.0.0.1:5", "environment"}, value(t, c, "TENURE_ADMIN"))
	require.Equal(t, Value{"TENURE_LOG_LEVEL", "debug", "file " + path + ":5"}, value(t, c, "TENURE_LOG_LEVEL"))
	require.Equal(t, Value{"TENURE_LOG_FORMAT", "text", "default"}, value(t, c, "TENURE_LOG_FORMAT"),
		"an empty variable is none")
	require.Equal(t, "127.0.0.1:1", c.HTTP)
}

func TestLoad_TheFileMayBeNamedInTheEnvironment(t *testing.T) {
	t.Parallel()
	c, err := Load(Input{Environ: environ("TENURE_CONFIG", file(t, "TENURE_ROLES=worker,api\n"))})
	require.NoError(t, err)
	require.Equal(t, []Role{RoleWorker, RoleAPI}, c.Roles)
	require.True(t, c.Has(RoleAPI))
	require.False(t, c.Has(RoleFeed))
}

func TestLoad_DefaultsAreThoseOfTheirPackages(t *testing.T) {
	t.Parallel()
	c, err := Load(Input{})
	require.NoError(t, err)
	ready, err := billing.DefaultPolicy().Ready()
	require.NoError(t, err)
	require.Equal(t, ready, c.Policy)
	require.Equal(t, Roles(), c.Roles)
	require.Empty(t, c.Kafka.Brokers)
	require.EqualValues(t, 16, c.Partitions)
}

func TestLoad_ASecretMayStandInAFileAndIsNeverShown(t *testing.T) {
	t.Parallel()
	secret := file(t, "postgres://tenure:only-here@db/tenure\n")
	for name, in := range map[string]Input{
		"the environment names its file": {Environ: environ("TENURE_POSTGRES_DSN_FILE", secret)},
		"a flag names its file":          {Flags: map[string]string{"postgres-dsn-file": secret}},
		"the settings name its file":     {File: file(t, "TENURE_POSTGRES_DSN_FILE="+secret)},
		"it is given directly":           {Environ: environ("TENURE_POSTGRES_DSN", "postgres://tenure:only-here@db/tenure")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, err := Load(in)
			require.NoError(t, err)
			require.Equal(t, "postgres://tenure:only-here@db/tenure", c.Postgres.DSN)
			require.Equal(t, masked, value(t, c, "TENURE_POSTGRES_DSN").Value)
		})
	}
}

func TestLoad_PolicyKeysAreSettings(t *testing.T) {
	t.Parallel()
	c, err := Load(Input{
		Environ: environ("TENURE_POLICY_LEDGERS", "CUSTOMER,COST", "TENURE_POLICY_BILLING_MODE", "IN_ARREARS"),
		Flags:   map[string]string{"policy-periods-max": "12", "policy-timezone": "Europe/London"},
	})
	require.NoError(t, err)
	require.Equal(t, []billing.Ledger{billing.Customer, billing.Cost}, c.Policy.Ledgers)
	require.Equal(t, billing.InArrears, c.Policy.BillingMode)
	require.Equal(t, 12, c.Policy.PeriodsMax)
	require.Equal(t, "Europe/London", c.Policy.Zone().String())
}

func TestLoad_EveryPolicyKeyIsKnownToBilling(t *testing.T) {
	t.Parallel()
	for _, key := range policyKeys {
		_, err := billing.DefaultPolicy().With(key, defaultOf(key))
		require.NoError(t, err, key)
	}
}

func TestLoad_WhatIsWrongIsNamed(t *testing.T) {
	t.Parallel()
	for want, in := range map[string]Input{
		`TENURE_HTTP (flag --http): "8080" is not host:port`: {Flags: map[string]string{"http": "8080"}},
		`TENURE_HTTP_TRUSTED_PROXIES (environment): "10.0.0.0/99" is neither`: {Environ: environ(
			"TENURE_HTTP_TRUSTED_PROXIES", "10.0.0.1,10.0.0.0/99")},
		`TENURE_KAFKA_BROKERS (environment): "kafka" is not host:port`: {Environ: environ("TENURE_KAFKA_BROKERS",
			"kafka")},
		`TENURE_KAFKA_SESSION_TIMEOUT (environment): "1ms" is not a duration`: {Environ: environ(
			"TENURE_KAFKA_SESSION_TIMEOUT", "1ms")},
		`TENURE_KAFKA_PARTITIONS (environment): "0" is not a number from 1 to`: {Environ: environ("TENURE_KAFKA_PARTITIONS",
			"0")},
		`TENURE_KAFKA_SASL_MECHANISM (environment): "MD5" is not one of`: {Environ: environ(
			"TENURE_KAFKA_SASL_MECHANISM", "MD5")},
		`TENURE_KAFKA_TLS (environment): "maybe" is neither true nor false`: {Environ: environ("TENURE_KAFKA_TLS",
			"maybe")},
		`TENURE_ROLES (environment): "boss" is not one of worker`: {Environ: environ("TENURE_ROLES",
			"worker,boss")},
		`TENURE_LOG_LEVEL (environment): log level "loud"`: {Environ: environ("TENURE_LOG_LEVEL",
			"loud")},
		`TENURE_POLICY_PRORATION (environment): "SOME" is not one of`: {Environ: environ("TENURE_POLICY_PRORATION",
			"SOME")},
		`policy timezone: "Mars/North" is not a known zone`: {Environ: environ("TENURE_POLICY_TIMEZONE",
			"Mars/North")},
		`settings:1: TENURE_HTPT is not a setting`: {File: file(t, "TENURE_HTPT=1")},
		`settings:2: TENURE_HTTP is given twice`: {File: file(t,
			"TENURE_HTTP=:1\nTENURE_HTTP=:2")},
		`settings:1: not of the form NAME=VALUE`: {File: file(t, "TENURE_HTTP")},
		`both the value and TENURE_POSTGRES_DSN_FILE are given`: {
			Environ: environ("TENURE_POSTGRES_DSN", "x", "TENURE_POSTGRES_DSN_FILE", "y")},
		`TENURE_KAFKA_PASSWORD (environment, from missing): open missing`: {Environ: environ("TENURE_KAFKA_PASSWORD_FILE",
			"missing")},
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			_, err := Load(in)
			require.ErrorContains(t, err, want)
		})
	}
}

func TestLoad_AllThatIsWrongIsReportedAtOnce(t *testing.T) {
	t.Parallel()
	_, err := Load(Input{Flags: map[string]string{"http": "1", "admin": "2", "postgres-conns": "many"}})
	require.ErrorContains(t, err, "TENURE_HTTP")
	require.ErrorContains(t, err, "TENURE_ADMIN")
	require.ErrorContains(t, err, "TENURE_POSTGRES_CONNS")
}
