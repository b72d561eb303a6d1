// Package config reads the settings: from flags, from TENURE_… variables of the environment, from a file and from
// defaults, in this order of precedence, each value with its source.
//
// It owns the names of all settings, their defaults, the file's format and the masking of secrets. It does not act on
// them: connections belong to bus and store, the meaning of policy keys to billing.
//
// The file holds NAME=VALUE lines under the names of the environment, so that the same file serves as a systemd
// EnvironmentFile or docker's --env-file. Empty lines and lines that begin with # are skipped, spaces around name and
// value are dropped, and a value in double quotes is taken without them. A name that does not exist is an error.
//
// A secret is better kept in a separate file: each has a second setting whose name ends in _FILE (on
// the command line, -file).
//
//	config.go    the typed configuration
//	settings.go  the table of all settings, but for those of Kafka, runs and policy
//	settings_kafka.go  those of Kafka
//	wire.go      what is encrypted, and what contradicts itself
//	policy.go    the keys of the billing policy as settings
//	load.go      which source wins
//	file.go      the file's format
package config
