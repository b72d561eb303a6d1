package config

import (
	"fmt"
	"io/fs"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"time"

	"tenure/api"
	"tenure/billing"
	"tenure/internal/bus"
	"tenure/internal/signing"
	"tenure/internal/store"
	"tenure/internal/telemetry"
	"tenure/scheduler"
)

// Config is the effective configuration.
type Config struct {
	Data        string           // directory of a tenure up; empty: none
	Kafka       bus.Config       // no brokers: none is configured
	Group       string           // the consumer group of the workers
	Partitions  int32            // of topics that do not exist yet
	Replication int16            // of topics; 0: what the cluster is configured for
	MinInsync   int32            // replicas that must have a message; 0: what the cluster is configured for
	Principals  []bus.Principal  // who has rights on the topics; none: tenure topics does not manage access
	Postgres    store.Config     // no DSN: none is configured
	SecretKey   []byte           // PIN codes are sealed with; none: they are refused
	Proxies     []netip.Prefix   // whose X-Forwarded-For is trusted
	HTTP        string           // listen address of the APIs, host:port
	Admin       string           // listen address of the admin server, host:port
	Console     string           // listen address of the console, host:port
	ConsoleTLS  bool             // the console is reached over HTTPS only
	CallGear    api.Limits       // calls of an access token
	Roles       []Role           // what this process does
	ServerTLS   ServerTLS        // of the APIs, the console and the admin server; no certificate: plain HTTP
	Unsigned    signing.Unsigned // what the workers do with commands without a signature
	Policy      billing.Policy   // ready
	Bounds      scheduler.Bounds // of runs that start by themselves
	ExpectBy    time.Duration    // after local midnight: by when tonight's run is to be complete; 0: no check
	LogLevel    slog.Level
	LogFormat   telemetry.Format

	// Values are all settings with their sources, in the order of the table; secrets are masked.
	Values []Value
	// Exposed are the files with secrets that others than their owner and its group can read, or others than their owner
	// can write.
	Exposed []Exposed
}

// Exposed is a file with a secret whose permissions are too wide.
type Exposed struct {
	Setting string      // as in the environment
	Path    string      // of the file
	Mode    fs.FileMode // its permissions
}

// String names the problem and the command that corrects it.
func (e Exposed) String() string {
	return fmt.Sprintf(
		"%s is in %s, which others can read or write (mode %04o): chmod 600 %s",
		e.Setting,
		e.Path,
		e.Mode,
		e.Path,
	)
}

// Value is one setting as it was found.
type Value struct {
	Name   string `json:"name"`   // as in the environment
	Value  string `json:"value"`  // masked where it is a secret
	Source string `json:"source"` // "flag --http", "environment", "file PATH:LINE", "default"
}

// Role is a part of the program that a process may run.
type Role string

// The roles.
const (
	RoleWorker    Role = "worker"    // decides commands and bills
	RoleFeed      Role = "feed"      // read models and the relay to Kafka
	RoleScheduler Role = "scheduler" // starts and closes runs
	RoleAPI       Role = "api"       // HTTP
	RoleConsole   Role = "console"   // pages for operators
)

// Roles lists all of them.
func Roles() []Role { return []Role{RoleWorker, RoleFeed, RoleScheduler, RoleAPI, RoleConsole} }

// Topics are all topics as they are declared.
func (c Config) Topics() []bus.TopicSpec {
	return bus.Replicated(bus.Topics(c.Partitions), c.Replication, c.MinInsync)
}

// Has reports whether the process runs a role.
func (c Config) Has(r Role) bool { return slices.Contains(c.Roles, r) }

func parseRoles(text string) ([]Role, error) {
	var roles []Role
	for word := range strings.SplitSeq(text, ",") {
		role := Role(strings.TrimSpace(word))
		if !slices.Contains(Roles(), role) {
			return nil, fmt.Errorf("%q is not one of worker, feed, scheduler, api, console", role)
		}
		if !slices.Contains(roles, role) {
			roles = append(roles, role)
		}
	}
	return roles, nil
}

// ServerTLS is how the HTTP servers of the process are encrypted.
type ServerTLS struct {
	CertFile, KeyFile string // PEM; both or none
	// ClientCAFile has the authorities whose client certificates the APIs and the admin server require.
	ClientCAFile string
}
