package config

import (
	"errors"
	"fmt"
	"math"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"tenure/internal/secret"
	"tenure/internal/signing"
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
	// NoFlag keeps the value off the command line, which others on the machine can read; its file may be named there.
	NoFlag bool

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
	return slices.Concat(
		[]Setting{{
			Name: "data", Usage: "directory of tenure up, for its files and for the commands that connect to it",
			set: text(func(c *Config) *string { return &c.Data }),
		}},
		kafkaSettings(), kafkaSecuritySettings(), storeSettings(), httpSettings(), processSettings(), runSettings(),
		policySettings(),
	)
}

// storeSettings are those of the database and of secrets.
func storeSettings() []Setting {
	return []Setting{
		{Name: "postgres-dsn", Usage: "the database, as a URL or key=value pairs", Secret: true, set: setDSN},
		{Name: "postgres-conns", Usage: "connections of this process at most", Default: "16", set: setConnections},
		{Name: "secret-key", Usage: "key that PIN codes are sealed with, 64 hexadecimal characters", Secret: true,
			NoFlag: true,
			set:    setSecretKey},
		{Name: "command-key", Usage: "key that this process signs its commands with, as tenure keys create writes it",
			Secret: true, NoFlag: true, set: setCommandKey},
		{Name: "commands-unsigned", Default: string(signing.Take), set: setUnsigned,
			Usage: "commands without a signature: take, warn (count and log them) or refuse"},
	}
}

// setDSN checks the form here, in words that do not repeat it: what is no DSN may be a password in the wrong place.
func setDSN(c *Config, value string) error {
	if _, err := pgconn.ParseConfig(value); err != nil {
		return errors.New("it is neither a URL such as postgres://USER@HOST:5432/NAME nor key=value pairs, or names a " +
			"file that " +
			"cannot be read; it is not shown here")
	}
	c.Postgres.DSN = value
	return nil
}

func setCommandKey(c *Config, value string) (err error) {
	c.Kafka.CommandKey, err = signing.ParseKey(value)
	return err
}

func setUnsigned(c *Config, value string) (err error) {
	c.Unsigned, err = signing.ParseUnsigned(value)
	return err
}

// httpSettings are those of the APIs and of the admin server.
func httpSettings() []Setting {
	return []Setting{
		{Name: "http", Usage: "address on which the APIs listen", Default: "127.0.0.1:8080",
			set: address(func(c *Config) *string { return &c.HTTP })},
		{Name: "http-trusted-proxies",
			Usage: "addresses or networks, separated by commas, whose X-Forwarded-For is trusted", set: setProxies},
		{Name: "admin", Usage: "address of /livez, /readyz, /metrics and profiles, for operators only",
			Default: "127.0.0.1:9090", set: address(func(c *Config) *string { return &c.Admin })},
		{Name: "http-tls-cert", Usage: "PEM file of the certificate of APIs, console and admin server; renewed files are " +
			"read again",
			set: text(func(c *Config) *string { return &c.ServerTLS.CertFile })},
		{Name: "http-tls-key", Usage: "PEM file of its key",
			set: text(func(c *Config) *string { return &c.ServerTLS.KeyFile })},
		{Name: "http-tls-client-ca",
			Usage: "PEM file of the authorities whose client certificates APIs and admin server require; probes need none",
			set:   text(func(c *Config) *string { return &c.ServerTLS.ClientCAFile })},
		{Name: "console", Usage: "address of the pages for operators", Default: "127.0.0.1:8090",
			set: address(func(c *Config) *string { return &c.Console })},
		{Name: "console-https", Default: "false", set: onOff(func(c *Config) *bool { return &c.ConsoleTLS }),
			Usage: "the console is reached over HTTPS only: its cookie is sent over nothing else"},
		{Name: "callgear-day-limit", Usage: "calls a day of an access token of CallGear's API", Default: "3000",
			set: calls(func(c *Config) *int64 { return &c.CallGear.Day })},
		{Name: "callgear-minute-limit", Usage: "calls a minute of such a token", Default: "60",
			set: calls(func(c *Config) *int64 { return &c.CallGear.Minute })},
	}
}

// processSettings are those of the process and its log.
func processSettings() []Setting {
	return []Setting{
		{Name: "roles", Usage: "roles of the process: worker, feed, scheduler, api, console",
			Default: "worker,feed,scheduler,api,console", set: setRoles},
		{Name: "log-level", Usage: "debug, info, warn or error", Default: "info", set: setLogLevel},
		{Name: "log-format", Usage: "text or json", Default: "text", set: setLogFormat},
	}
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
