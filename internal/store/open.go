package store

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Defaults of Config. Each bounds how long one fault may hold up the others.
const (
	// connectionsDefault is enough for 16 shards with readers beside them: a writer needs one only while it writes.
	connectionsDefault = 16
	// connectTimeoutDefault bounds a connect to a host that swallows packets.
	connectTimeoutDefault = 5 * time.Second
	// idleInTransactionDefault frees a shard's row when its writer was stopped inside a transaction. A live writer is
	// never idle there for longer than a round trip.
	idleInTransactionDefault = 5 * time.Second
	// lockTimeoutDefault bounds the wait for a row: locks are held for one batch, some tens of milliseconds.
	lockTimeoutDefault = 3 * time.Second
	// statementTimeoutDefault is far above the slowest statement of a batch, and below the patience of a Kafka session.
	statementTimeoutDefault = 30 * time.Second
)

// Config says which database to use and how long to wait for it. Zero values mean the defaults above.
type Config struct {
	DSN               string        // as libpq takes it: a URL or key=value pairs
	MaxConns          int32         // connections of the pool
	ApplicationName   string        // as pg_stat_activity shows it; "tenure" when empty
	ConnectTimeout    time.Duration // of one attempt to connect
	IdleInTransaction time.Duration // after which the server ends a session that does nothing inside a transaction
	LockTimeout       time.Duration // longest wait for a lock
	StatementTimeout  time.Duration // longest run of one statement
	// Unprepared keeps no prepared statements: for statements that differ each time, each of which would stay in the
	// server's memory.
	Unprepared bool
	// Dial connects to the server; nil means as the DSN says. It is where tests put another network.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// Store reads and writes the log. It is safe for concurrent use; a Claim is not.
type Store struct {
	pool    *pgxpool.Pool
	session settings
	layout  atomic.Pointer[layout] // nil: not read yet
	// cluster reports whether the tables are spread over nodes.
	cluster bool
	// unhurried has nodes of a cluster keep a transaction open for as long as it takes.
	unhurried bool
}

// Open connects to the database and proves it with one round trip. It does not migrate. Errors for which IsTransient
// holds are worth another attempt.
func Open(ctx context.Context, c Config) (*Store, error) {
	pc, err := pgxpool.ParseConfig(c.DSN)
	if err != nil {
		return nil, fmt.Errorf("store: read the database's address: %w", err)
	}
	s := &Store{session: c.apply(pc)}
	if err := s.connect(ctx, pc); err != nil {
		return nil, err
	}
	if !s.cluster {
		return s, nil
	}
	// A coordinator plans for the shard that a statement names: it has no plan for any.
	s.pool.Close()
	s.session["plan_cache_mode"] = "force_custom_plan"
	if err := s.connect(ctx, pc); err != nil {
		return nil, err
	}
	return s, nil
}

// connect makes the pool, and looks at the database through its first connection.
func (s *Store) connect(ctx context.Context, pc *pgxpool.Config) (err error) {
	s.session.applyTo(pc)
	if s.pool, err = pgxpool.NewWithConfig(ctx, pc); err != nil {
		return fmt.Errorf("store: open: %w", err)
	}
	err = s.pool.AcquireFunc(ctx, func(conn *pgxpool.Conn) error {
		if err := refuseShared(ctx, pc.ConnConfig, conn.Conn()); err != nil {
			return err
		}
		return conn.QueryRow(ctx, sqlIsCluster).Scan(&s.cluster)
	})
	if err != nil {
		s.pool.Close()
		return fmt.Errorf("store: open: %w", err)
	}
	return nil
}

// apply sets the pool up, and returns what its sessions shall have.
func (c Config) apply(pc *pgxpool.Config) settings {
	pc.MaxConns = cmp.Or(c.MaxConns, connectionsDefault)
	conn := pc.ConnConfig
	conn.ConnectTimeout = cmp.Or(c.ConnectTimeout, connectTimeoutDefault)
	// Statements are prepared once a connection: planning the eight statements of a write costs more than running them.
	conn.DefaultQueryExecMode = pgx.QueryExecModeCacheStatement
	if c.Unprepared {
		conn.DefaultQueryExecMode = pgx.QueryExecModeDescribeExec
	}
	if c.Dial != nil {
		conn.DialFunc = c.Dial
	}
	conn.RuntimeParams["application_name"] = cmp.Or(c.ApplicationName, "tenure")
	// Instants are read and written in binary, but what a query or a cast prints must not depend on the server's zone.
	conn.RuntimeParams["timezone"] = "UTC"
	return settings{
		// A writer that is stopped inside its transaction must not hang the next owner of its shard.
		"idle_in_transaction_session_timeout": milliseconds(cmp.Or(c.IdleInTransaction, idleInTransactionDefault)),
		// Whoever waits for a lock longer than a batch can take waits for a stopped session: give up and try again.
		"lock_timeout": milliseconds(cmp.Or(c.LockTimeout, lockTimeoutDefault)),
		// A statement that runs this long has lost its way (a plan gone wrong, a disk that hangs): fail loudly, back off.
		"statement_timeout": milliseconds(cmp.Or(c.StatementTimeout, statementTimeoutDefault)),
		// All statements take arrays. A plan made for one array's length scans a young table sequentially and is kept too
		// long, or is made again each time; the generic plan takes the index always.
		"plan_cache_mode": "force_generic_plan",
		// That plan lives until the table is analysed again. One made while the table was small would scan it, and continue
		// scanning it while the first night adds a million rows. No statement here is meant to scan but the audit.
		"enable_seqscan": "off",
		// Statements take milliseconds, compiling one takes hundreds; where a scan is the only way, its cost as marked by
		// the setting above would start that.
		"jit": "off",
		// A host that vanished acknowledges nothing: its sessions, and their locks, end after 25 s instead of two hours.
		"tcp_keepalives_idle":     "10",
		"tcp_keepalives_interval": "5",
		"tcp_keepalives_count":    "3",
	}
}

// Close ends all connections. It waits for those in use.
func (s *Store) Close() { s.pool.Close() }

// milliseconds writes a duration as PostgreSQL's settings take it.
func milliseconds(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }
