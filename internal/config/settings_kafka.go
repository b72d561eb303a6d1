package config

import (
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"tenure/internal/bus"
	"tenure/internal/store"
)

// kafkaSettings are those of brokers, groups and topics.
func kafkaSettings() []Setting {
	return []Setting{
		{Name: "kafka-brokers", Usage: "bootstrap addresses, host:port separated by commas", set: setBrokers},
		{Name: "kafka-client-id", Usage: "name of this process in the brokers' logs", Default: "tenure",
			set: text(func(c *Config) *string { return &c.Kafka.ClientID })},
		{Name: "kafka-group", Usage: "consumer group of the workers", Default: "tenure",
			set: text(func(c *Config) *string { return &c.Group })},
		{Name: "kafka-topic-prefix", Usage: "prefix of every topic and group, for several systems on one cluster",
			set: text(func(c *Config) *string { return &c.Kafka.TopicPrefix })},
		{Name: "kafka-session-timeout", Usage: "time after which a silent worker loses its partitions", Default: "10s",
			set: setSession},
		{Name: "kafka-partitions", Usage: "partitions of topics that do not exist yet",
			Default: strconv.Itoa(int(bus.PartitionsDefault)), set: setPartitions},
		{Name: "kafka-replication", Usage: "replicas of each topic; 0 leaves it to the cluster", Default: "0",
			set: setReplication},
		{Name: "kafka-min-insync", Default: "0", set: setMinInsync,
			Usage: "replicas that must have a message before it is acknowledged; 0 leaves it to the cluster"},
		{Name: "kafka-principals", set: setPrincipals,
			Usage: "rights of principals: PART=PRINCIPAL, separated by semicolons; parts are worker, feed, scheduler, api, " +
				"console, " +
				"platform, customer, reseller, cost"},
	}
}

// kafkaSecuritySettings are those of authentication and encryption.
func kafkaSecuritySettings() []Setting {
	return []Setting{
		{Name: "kafka-sasl-mechanism", Usage: "PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512; empty does not authenticate",
			set: setMechanism},
		{Name: "kafka-user", Usage: "user for SASL", set: text(func(c *Config) *string { return &c.Kafka.SASL.User })},
		{Name: "kafka-password", Usage: "password for SASL", Secret: true, NoFlag: true,
			set: text(func(c *Config) *string { return &c.Kafka.SASL.Password })},
		{Name: "kafka-tls", Usage: "encrypt the connection to the brokers", Default: "false",
			set: onOff(func(c *Config) *bool { return &c.Kafka.TLS.Enabled })},
		{Name: "kafka-tls-ca", Usage: "PEM file of the authorities to trust; empty takes the system's",
			set: text(func(c *Config) *string { return &c.Kafka.TLS.CAFile })},
		{Name: "kafka-tls-cert", Usage: "PEM file of the client certificate",
			set: text(func(c *Config) *string { return &c.Kafka.TLS.CertFile })},
		{Name: "kafka-tls-key", Usage: "PEM file of its key",
			set: text(func(c *Config) *string { return &c.Kafka.TLS.KeyFile })},
		{Name: "kafka-tls-server-name", Usage: "name in the brokers' certificates, if not their host",
			set: text(func(c *Config) *string { return &c.Kafka.TLS.ServerName })},
	}
}

// replicasMax bounds the replicas of a topic: more than this is a slip of the hand.
const replicasMax = 9

func setBrokers(c *Config, value string) error {
	c.Kafka.Brokers = nil
	for broker := range strings.SplitSeq(value, ",") {
		broker = strings.TrimSpace(broker)
		if broker == "" {
			continue
		}
		if _, _, err := net.SplitHostPort(broker); err != nil {
			return fmt.Errorf("%q is not host:port", broker)
		}
		c.Kafka.Brokers = append(c.Kafka.Brokers, broker)
	}
	return nil
}

func setSession(c *Config, value string) error {
	d, err := time.ParseDuration(value)
	if err != nil || d < sessionMin || d > sessionMax {
		return fmt.Errorf("%q is not a duration from %s to %s", value, sessionMin, sessionMax)
	}
	c.Kafka.SessionTimeout = d
	return nil
}

func setPartitions(c *Config, value string) error {
	n, err := bounded(value, 1, store.PartitionsMax)
	c.Partitions = n
	return err
}

func setReplication(c *Config, value string) error {
	n, err := bounded(value, 0, replicasMax)
	c.Replication = int16(n)
	return err
}

func setMinInsync(c *Config, value string) error {
	n, err := bounded(value, 0, replicasMax)
	c.MinInsync = n
	return err
}

func setPrincipals(c *Config, value string) (err error) {
	c.Principals, err = bus.ParsePrincipals(value)
	return err
}

func setMechanism(c *Config, value string) error {
	switch value {
	case "", "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512":
		c.Kafka.SASL.Mechanism = value
		return nil
	}
	return fmt.Errorf("%q is not one of PLAIN, SCRAM-SHA-256, SCRAM-SHA-512", value)
}
