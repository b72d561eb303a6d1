package bench

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Machine is what figures were taken on: two of them compare only where these agree.
type Machine struct {
	OS         string  `json:"os"`
	Processor  string  `json:"processor,omitempty"`
	Cores      int     `json:"cores"` // that the process may use
	MemoryMiB  int64   `json:"memoryMiB,omitempty"`
	LoadBefore float64 `json:"loadBefore"` // of the last minute: above 0.5 the machine was busy
	Go         string  `json:"go"`
	Postgres   string  `json:"postgres"`
	Broker     string  `json:"broker"`
}

// describe reads the properties of the machine. What it does not report stays empty.
func describe() Machine {
	m := Machine{OS: runtime.GOOS + "/" + runtime.GOARCH, Cores: runtime.GOMAXPROCS(0), Go: runtime.Version()}
	m.Processor = field("/proc/cpuinfo", "model name")
	if kib, err := strconv.ParseInt(strings.TrimSuffix(field("/proc/meminfo", "MemTotal"), " kB"), 10, 64); err == nil {
		m.MemoryMiB = kib / 1024
	}
	if raw, err := os.ReadFile("/proc/loadavg"); err == nil {
		first, _, _ := strings.Cut(string(raw), " ")
		m.LoadBefore, _ = strconv.ParseFloat(first, 64)
	}
	return m
}

// field is the value of the first "name: value" line of a file; empty when there is none.
func field(path, name string) string {
	raw, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	for line := range bytes.Lines(raw) {
		key, value, ok := strings.Cut(string(line), ":")
		if ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// peakOf is the most memory that a process held at once, in bytes (VmHWM); 0 where the system does not report it.
func peakOf(pid int) int64 {
	kib, err := strconv.ParseInt(strings.TrimSuffix(field(fmt.Sprintf("/proc/%d/status", pid), "VmHWM"), " kB"), 10, 64)
	if err != nil {
		return 0
	}
	return kib << 10
}

const sqlServerVersion = `SELECT current_setting('server_version')`

// serverVersion asks the database for its version.
func serverVersion(ctx context.Context, dsn string) (version string, err error) {
	err = connected(ctx, dsn, func(conn *pgx.Conn) error {
		return conn.QueryRow(ctx, sqlServerVersion).Scan(&version)
	})
	return version, err
}

const sqlWALBytes = `SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint`

// walBytes is how much the server has written to its log since it was made.
func walBytes(ctx context.Context, dsn string) (written int64, err error) {
	err = connected(ctx, dsn, func(conn *pgx.Conn) error {
		return conn.QueryRow(ctx, sqlWALBytes).Scan(&written)
	})
	return written, err
}

// once queries on a separate connection, so that the store's pool does not interfere.
func connected(ctx context.Context, dsn string, query func(*pgx.Conn) error) error {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return fmt.Errorf("bench: connect: %w", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	return query(conn)
}
