package config

import (
	"errors"
	"fmt"
	"math"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"tenure/internal/bus"
	"tenure/internal/secret"
	"tenure/internal/store"
	"tenure/internal/telemetry"
)

// Setting is one thing that can be configured.
type Setting struct {
	// Name is the flag's name, such as kafka-brokers.
	Name string
	// Usage describes it in one sentence without a full stop.
	Usage string
	// Default is the value where no source has one.
	Default string
	// Secret values are masked, and may come from a file.
	Secret bool

	set func(*Config, string) error
}

// environmentPrefix begins the name of every setting in the environment.
const environmentPrefix = "TENURE_"

// fileSuffix ends the name of the setting for the file of a secret.
const fileSuffix = "_FILE"

// Env is the setting's name in the environment and in the file.
func (s Setting) Env() string {
	return environmentPrefix + strings.ToUpper(strings.ReplaceAll(s.Name, "-", "_"))
}

// Settings lists every setting, in the order in which they are shown.
func Settings() []Setting {
	return append([]Setting{
		{Name: "data", Usage: "directory of tenure up, for its files and for the commands that connect to it",
			set: text(func(c *Config) *string { return &c.Data })},
		{Name: "kafka-brokers", Usage: "bootstrap addresses, host:port separated by commas", set: setBrokers},
		{Name: "kafka-client-id", Usage: "name of this process in the brokers' logs", Default: "tenure",
			set: text(func(c *Config) *string { return &c.Kafka.ClientID })},
		{Name: "kafka-group", Usage: "consumer group of the workers", Default: "tenure",
			set: text(func(c *Config) *string { return &c.Group })},
		{Name: "kafka-topic-prefix", Usage: "prefix of every topic and group, for several systems on one cluster",
			set: text(func(c *Config) *string { return &c.Kafka.TopicPrefix })},
		{
			Name:    "kafka-session-timeout",
			Usage:   "time after which a silent worker loses its partitions",
			Default: "10s",
			set:     setSession,
		},
		{
			Name:    "kafka-partitions",
			Usage:   "partitions of topics that do not exist yet",
			Default: strconv.Itoa(int(bus.PartitionsDefault)),
			set:     setPartitions,
		},
		{
			Name:    "kafka-replication",
			Usage:   "replicas of each topic; 0 leaves it to the cluster",
			Default: "0",
			set:     setReplication,
		},
		{
			Name:    "kafka-min-insync",
			Usage:   "replicas that must have a message before it counts as sent; 0 leaves it to the cluster",
			Default: "0",
			set:     setMinInsync,
		},
		{
			Name: "kafka-principals",
			Usage: "rights of principals: PART=PRINCIPAL, separated by semicolons; parts are worker, feed, scheduler, api, " +
				"platform, customer, reseller, cost",
			set: setPrincipals,
		},
		{
			Name:  "kafka-sasl-mechanism",
			Usage: "PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512; empty does not authenticate",
			set:   setMechanism,
		},
		{Name: "kafka-user", Usage: "user for SASL", set: text(func(c *Config) *string { return &c.Kafka.SASL.User })},
		{Name: "kafka-password", Usage: "password for SASL", Secret: true,
			set: text(func(c *Config) *string { return &c.Kafka.SASL.Password })},
		{Name: "kafka-tls", Usage: "encrypt the connection to the brokers", Default: "false", set: onOff(func(c *Config) *bool { return &c.Kafka.TLS.Enabled })},
		{Name: "kafka-tls-ca", Usage: "PEM file of the authorities to trust; empty takes the system's",
			set: text(func(c *Config) *string { return &c.Kafka.TLS.CAFile })},
		{
			Name:  "kafka-tls-cert",
			Usage: "PEM file of the client certificate",
			set:   text(func(c *Config) *string { return &c.Kafka.TLS.CertFile }),
		},
		{
			Name:  "kafka-tls-key",
			Usage: "PEM file of its key",
			set:   text(func(c *Config) *string { return &c.Kafka.TLS.KeyFile }),
		},
		{Name: "kafka-tls-server-name", Usage: "name in the brokers' certificates, if not their host",
			set: text(func(c *Config) *string { return &c.Kafka.TLS.ServerName })},
		{Name: "postgres-dsn", Usage: "the database, as a URL or key=value pairs", Secret: true,
			set: text(func(c *Config) *string { return &c.Postgres.DSN })},
		{Name: "postgres-conns", Usage: "connections of this process at most", Default: "16", set: setConnections},
		{
			Name:   "secret-key",
			Usage:  "key that PIN codes are sealed with, 64 hexadecimal characters",
			Secret: true,
			set:    setSecretKey,
		},
		{Name: "http", Usage: "address on which the APIs listen", Default: "127.0.0.1:8080",
			set: address(func(c *Config) *string { return &c.HTTP })},
		{
			Name:  "http-trusted-proxies",
			Usage: "addresses or networks, separated by commas, whose X-Forwarded-For is trusted",
			set:   setProxies,
		},
		{
			Name:    "admin",
			Usage:   "address of /livez, /readyz, /metrics and profiles, for operators only",
			Default: "127.0.0.1:9090",
			set:     address(func(c *Config) *string { return &c.Admin }),
		},
		{Name: "console", Usage: "address of the pages for operators", Default: "127.0.0.1:8090",
			set: address(func(c *Config) *string { return &c.Console })},
		{
			Name:    "console-https",
			Usage:   "the console is reached over HTTPS only: its cookie is sent over nothing else",
			Default: "false",
			set:     onOff(func(c *Config) *bool { return &c.ConsoleTLS }),
		},
		{Name: "callgear-day-limit", Usage: "calls a day of an access token of CallGear's API", Default: "3000",
			set: calls(func(c *Config) *int64 { return &c.CallGear.Day })},
		{Name: "callgear-minute-limit", Usage: "calls a minute of such a token", Default: "60",
			set: calls(func(c *Config) *int64 { return &c.CallGear.Minute })},
		{
			Name:    "roles",
			Usage:   "roles of the process: worker, feed, scheduler, api, console",
			Default: "worker,feed,scheduler,api,console",
			set:     setRoles,
		},
		{Name: "log-level", Usage: "debug, info, warn or error", Default: "info", set: setLogLevel},
		{Name: "log-format", Usage: "text or json", Default: "text", set: setLogFormat},
	}, append(runSettings(), policySettings()...)...)
}

func setSecretKey(c *Config, value string) (err error) {
	c.SecretKey, err = secret.ParseKey(value)
	return err
}

// text is the setter of a text that needs no check here.
func text(field func(*Config) *string) func(*Config, string) error {
	return func(c *Config, value string) error {
		*field(c) = value
		return nil
	}
}

// address is the setter of a listen address.
func address(field func(*Config) *string) func(*Config, string) error {
	return func(c *Config, value string) error {
		if _, _, err := net.SplitHostPort(value); err != nil {
			return fmt.Errorf("%q is not host:port", value)
		}
		*field(c) = value
		return nil
	}
}

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

func setProxies(c *Config, value string) error {
	c.Proxies = nil
	for text := range strings.SplitSeq(value, ",") {
		text = strings.TrimSpace(text)
		if text == "" {
			continue
		}
		network, err := netip.ParsePrefix(text)
		if at, wrong := netip.ParseAddr(text); wrong == nil {
			network, err = at.Prefix(at.BitLen())
		}
		if err != nil {
			return fmt.Errorf("%q is neither an address nor a network such as 10.0.0.0/8", text)
		}
		c.Proxies = append(c.Proxies, network.Masked())
	}
	return nil
}

// The bounds of what may be set. A session below a second ends with every pause of the garbage collector; one above
// five minutes leaves a dead worker's shards alone for as long.
const (
	sessionMin     = time.Second
	sessionMax     = 5 * time.Minute
	connectionsMax = 1000
)

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

// replicasMax bounds the replicas of a topic: more than this is a slip of the hand.
const replicasMax = 9

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

func setConnections(c *Config, value string) error {
	n, err := bounded(value, 2, connectionsMax)
	c.Postgres.MaxConns = n
	return err
}

func bounded(value string, low, high int32) (int32, error) {
	n, err := strconv.ParseInt(value, 10, 32)
	if err != nil || int32(n) < low || int32(n) > high {
		return 0, fmt.Errorf("%q is not a number from %d to %d", value, low, high)
	}
	return int32(n), nil
}

func setMechanism(c *Config, value string) error {
	switch value {
	case "", "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512":
		c.Kafka.SASL.Mechanism = value
		return nil
	}
	return fmt.Errorf("%q is not one of PLAIN, SCRAM-SHA-256, SCRAM-SHA-512", value)
}

// onOff is the setter of a switch.
func onOff(field func(*Config) *bool) func(*Config, string) error {
	return func(c *Config, value string) error {
		on, err := strconv.ParseBool(value)
		if err != nil {
			return fmt.Errorf("%q is neither true nor false", value)
		}
		*field(c) = on
		return nil
	}
}

// calls is the setter of a limit of calls.
func calls(field func(*Config) *int64) func(*Config, string) error {
	return func(c *Config, value string) error {
		n, err := bounded(value, 1, math.MaxInt32)
		*field(c) = int64(n)
		return err
	}
}

func setRoles(c *Config, value string) (err error) {
	c.Roles, err = parseRoles(value)
	return err
}

func setLogLevel(c *Config, value string) (err error) {
	c.LogLevel, err = telemetry.ParseLevel(value)
	return unwrapped(err)
}

func setLogFormat(c *Config, value string) (err error) {
	c.LogFormat, err = telemetry.ParseFormat(value)
	return unwrapped(err)
}

// unwrapped drops the other package's name, since the setting's name goes before it.
func unwrapped(err error) error {
	if err == nil {
		return nil
	}
	return errors.New(strings.TrimPrefix(err.Error(), "telemetry: "))
}
