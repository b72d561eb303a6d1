package config

import (
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/internal/bus"
	"tenure/internal/telemetry"
)

// TestSources_EverySettingIsAFlagAVariableAndALineOfTheFile tries each in each place. What a setting means is another
// test's.
func TestSources_EverySettingIsAFlagAVariableAndALineOfTheFile(t *testing.T) {
	t.Parallel()
	const chosen = "chosen"
	for _, s := range Settings() {
		if s.Default != "" || s.set(&Config{}, chosen) != nil {
			continue // one that takes not every text: below
		}
		if strings.Contains(s.Name, "-tls-") { // one that needs others
			continue
		}
		for where, in := range map[string]Input{
			"flag --" + s.Name: {Flags: map[string]string{s.Name: chosen}},
			"environment":      {Environ: environ(s.Env(), chosen)},
			"file":             {File: file(t, s.Env()+"="+chosen)},
		} {
			c, err := Load(in)
			require.NoError(t, err, "%s in %s", s.Name, where)
			found := value(t, c, s.Env())
			assert.True(t, strings.HasPrefix(found.Source, where), "%s: %s", s.Name, found.Source)
			if !s.Secret {
				assert.Equal(t, chosen, found.Value, s.Name)
			}
		}
	}
}

func TestSources_NamesFollowFromEachOther(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, s := range Settings() {
		assert.Equal(t, "TENURE_"+strings.ToUpper(strings.ReplaceAll(s.Name, "-", "_")), s.Env())
		assert.Regexp(t, `^[a-z][a-z0-9]*(-[a-z0-9]+)*$`, s.Name, "a long flag")
		assert.NotEmpty(t, s.Usage, s.Name)
		assert.False(t, seen[s.Name], "%s twice", s.Name)
		seen[s.Name] = true
		if s.Default != "" {
			assert.NoError(t, s.set(&Config{}, s.Default), "%s takes its own default", s.Name)
		}
	}
}

func TestSources_WhatIsSetReachesItsOwner(t *testing.T) {
	t.Parallel()
	c, err := Load(Input{File: file(t, strings.Join([]string{
		"TENURE_DATA=/var/lib/tenure",
		"TENURE_KAFKA_BROKERS= k-0:9092, k-1:9092,",
		"TENURE_KAFKA_CLIENT_ID=one",
		"TENURE_KAFKA_GROUP=two",
		"TENURE_KAFKA_TOPIC_PREFIX=test.",
		"TENURE_KAFKA_SESSION_TIMEOUT=30s",
		"TENURE_KAFKA_PARTITIONS=32",
		"TENURE_KAFKA_REPLICATION=3",
		"TENURE_KAFKA_MIN_INSYNC=2",
		"TENURE_KAFKA_PRINCIPALS=worker=User:w; feed=User:f",
		"TENURE_KAFKA_SASL_MECHANISM=SCRAM-SHA-512",
		"TENURE_KAFKA_USER=u",
		"TENURE_KAFKA_PASSWORD=\" p \"",
		"TENURE_KAFKA_TLS=true",
		"TENURE_KAFKA_TLS_CA=ca.pem",
		"TENURE_KAFKA_TLS_CERT=c.pem",
		"TENURE_KAFKA_TLS_KEY=k.pem",
		"TENURE_KAFKA_TLS_SERVER_NAME=k",
		"TENURE_POSTGRES_DSN=postgres://db/tenure",
		"TENURE_POSTGRES_CONNS=4",
		"TENURE_HTTP=:80",
		"TENURE_ADMIN=:90",
		"TENURE_HTTP_TRUSTED_PROXIES= 10.1.2.3/8, ::1,",
		"TENURE_CALLGEAR_DAY_LIMIT=10",
		"TENURE_CALLGEAR_MINUTE_LIMIT=2",
		"TENURE_ROLES=feed,feed , api",
		"TENURE_LOG_LEVEL=warn",
		"TENURE_LOG_FORMAT=json",
	}, "\n"))})
	require.NoError(t, err)
	assert.Equal(t, "/var/lib/tenure", c.Data)
	assert.Equal(t, []string{"k-0:9092", "k-1:9092"}, c.Kafka.Brokers, "blanks and an empty end do not count")
	assert.Equal(t, []string{"one", "two", "test."}, []string{c.Kafka.ClientID, c.Group, c.Kafka.TopicPrefix})
	assert.Equal(t, 30*time.Second, c.Kafka.SessionTimeout)
	assert.EqualValues(t, 32, c.Partitions)
	assert.Equal(t, []bus.Principal{{Part: bus.PartWorker, Name: "User:w"}, {Part: bus.PartFeed, Name: "User:f"}},
		c.Principals)
	for _, spec := range c.Topics() {
		assert.EqualValues(t, 3, spec.ReplicationFactor, spec.Name)
		assert.Equal(t, "2", spec.Configs["min.insync.replicas"], spec.Name)
	}
	assert.Equal(t, []string{"SCRAM-SHA-512", "u", " p "},
		[]string{c.Kafka.SASL.Mechanism, c.Kafka.SASL.User, c.Kafka.SASL.Password},
		"blanks in quotes belong to the value")
	assert.True(t, c.Kafka.TLS.Enabled)
	assert.Equal(t, []string{"ca.pem", "c.pem", "k.pem", "k"},
		[]string{c.Kafka.TLS.CAFile, c.Kafka.TLS.CertFile, c.Kafka.TLS.KeyFile, c.Kafka.TLS.ServerName})
	assert.Equal(t, "postgres://db/tenure", c.Postgres.DSN)
	assert.EqualValues(t, 4, c.Postgres.MaxConns)
	assert.Equal(t, []string{":80", ":90"}, []string{c.HTTP, c.Admin})
	assert.Equal(t, []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::1/128")}, c.Proxies)
	assert.EqualValues(t, 10, c.CallGear.Day)
	assert.EqualValues(t, 2, c.CallGear.Minute)
	assert.Equal(t, []Role{RoleFeed, RoleAPI}, c.Roles, "a role that is named twice is one")
	assert.Equal(t, slog.LevelWarn, c.LogLevel)
	assert.Equal(t, telemetry.Format("json"), c.LogFormat)
}

func TestSources_ASecretComesFromTheStrongestSourceWhicheverWayItIsGiven(t *testing.T) {
	t.Parallel()
	kept := file(t, "from a file\r\n")
	for _, row := range []struct {
		name   string
		in     Input
		want   string
		source string
	}{
		{"a flag that names a file wins over a variable that has the value",
			Input{Flags: map[string]string{"kafka-password-file": kept},
				Environ: environ("TENURE_KAFKA_PASSWORD", "from a variable")},
			"from a file", "flag --kafka-password-file, from " + kept},
		{"a flag with the value wins over a variable that names a file",
			Input{Flags: map[string]string{"kafka-password": "from a flag"},
				Environ: environ("TENURE_KAFKA_PASSWORD_FILE", kept)},
			"from a flag", "flag --kafka-password"},
		{"a variable that names a file wins over the file of settings",
			Input{Environ: environ("TENURE_KAFKA_PASSWORD_FILE", kept), File: file(t, "TENURE_KAFKA_PASSWORD=from settings")},
			"from a file", "environment, from " + kept},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			c, err := Load(row.in)
			require.NoError(t, err)
			assert.Equal(t, row.want, c.Kafka.SASL.Password, "without the line break of an editor")
			found := value(t, c, "TENURE_KAFKA_PASSWORD")
			assert.Equal(t, row.source, found.Source)
			assert.Equal(t, masked, found.Value)
		})
	}
}

func TestSources_NoSecretIsInAnError(t *testing.T) {
	t.Parallel()
	_, err := Load(Input{Environ: environ("TENURE_KAFKA_PASSWORD", "only-here", "TENURE_POSTGRES_DSN",
		"postgres://only-here@db", "TENURE_HTTP", "x")})
	require.ErrorContains(t, err, "TENURE_HTTP")
	assert.NotContains(t, err.Error(), "only-here")
}

func TestSources_AFileThatIsNoSecretIsRefused(t *testing.T) {
	t.Parallel()
	big := file(t, strings.Repeat("x", fileBytesMax+1))
	_, err := Load(Input{Environ: environ("TENURE_KAFKA_PASSWORD_FILE", big)})
	require.ErrorContains(t, err, "a secret at most")
	dir := t.TempDir()
	_, err = Load(Input{Environ: environ("TENURE_KAFKA_PASSWORD_FILE", dir)})
	require.ErrorContains(t, err, "is a directory")
	_, err = Load(Input{File: filepath.Join(dir, "missing")})
	require.ErrorIs(t, err, os.ErrNotExist)
	_, err = Load(Input{Environ: environ("TENURE_CONFIG", filepath.Join(dir, "missing"))})
	require.ErrorIs(t, err, os.ErrNotExist, "one that the environment names must be there too")
}

func TestSources_TheFileOnTheCommandLineTakesThePlaceOfTheNamedOne(t *testing.T) {
	t.Parallel()
	c, err := Load(Input{File: file(t, "TENURE_HTTP=:1"), Environ: environ("TENURE_CONFIG",
		file(t, "TENURE_HTTP=:2\nTENURE_ADMIN=:3"))})
	require.NoError(t, err)
	assert.Equal(t, ":1", c.HTTP)
	assert.Equal(t, "127.0.0.1:9090", c.Admin, "the other file is not read at all")
}
