package store

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"tenure/internal/test/database"
)

// cutConn loses the connection once armed: after the next write has left it, before an answer is read.
type cutConn struct {
	net.Conn
	armed *armed
}

// armed reports whether the next write is the last.
type armed struct {
	sync.Mutex
	cut, lost bool
}

func (c *cutConn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.armed.Lock()
	defer c.armed.Unlock()
	if c.armed.cut {
		c.armed.cut, c.armed.lost = false, true
	}
	return n, err
}

func (c *cutConn) Read(p []byte) (int, error) {
	c.armed.Lock()
	lost := c.armed.lost
	c.armed.Unlock()
	n, err := c.Conn.Read(p)
	c.armed.Lock()
	defer c.armed.Unlock()
	if lost || c.armed.lost {
		c.armed.lost = false
		_ = c.Conn.Close()
		return 0, io.ErrUnexpectedEOF
	}
	return n, err
}

// cuttable is a store whose connection can be lost at will.
func cuttable(t *testing.T, dsn string) (*Store, *armed) {
	t.Helper()
	armed := &armed{}
	return openStore(t, Config{DSN: dsn, MaxConns: 1, Dial: func(ctx context.Context, network, address string) (net.Conn,
		error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
		return &cutConn{Conn: conn, armed: armed}, err
	}}), armed
}

func TestFault_ACommitInDoubtIsReportedAndSeenByTheNextClaim(t *testing.T) {
	t.Parallel()
	s, armed := cuttable(t, database.Migrated(t))
	c := claimed(t, s, 1)
	require.NoError(t, s.Write(t.Context(), c, plain(c, 1, "employee/a")), "the statements are prepared now")

	armed.Lock()
	armed.cut = true
	armed.Unlock()
	err := s.Write(t.Context(), c, plain(c, 1, "employee/b"))
	require.ErrorIs(t, err, ErrInDoubt)
	require.False(t, IsTransient(err), "the same write must not be sent again")
	require.EqualValues(t, 1, c.Head, "the claim is as before")

	again := claimed(t, s, 1)
	require.EqualValues(t, 2, again.Head, "this time it was committed")
	require.EqualValues(t, 2, again.NextOffset)
	require.ErrorIs(t, s.Write(t.Context(), c, plain(c, 1, "employee/b")), ErrFenced, "sending it again does no harm")
}

func TestFault_AContextThatEndedBeforeSendingLeavesNoDoubt(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	c := claimed(t, s, 1)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := s.Write(ctx, c, plain(c, 1, "employee/a"))
	require.ErrorIs(t, err, context.Canceled)
	require.NotErrorIs(t, err, ErrInDoubt)
	require.False(t, IsTransient(err))
}

func TestFaults_OfTheInfrastructureAreTransientAndOthersAreNot(t *testing.T) {
	t.Parallel()
	for state, transient := range map[string]bool{
		"40001": true, "40P01": true, "55P03": true, "57014": true, "57P01": true, "57P03": true, "53100": true,
		"53300": true,
		"08006": true, "25P03": true, "25006": true, "58030": true, "22021": false, "23505": false, "42601": false,
		"42P01": false,
	} {
		err := classify(&pgconn.PgError{Severity: "ERROR", Code: state})
		require.Equal(t, transient, IsTransient(err), state)
	}
	require.False(t, IsTransient(nil))
	require.False(t, IsTransient(errors.New("a fault of ours")))
	require.True(t, IsTransient(&pgconn.PgError{Code: "0A000", Message: "cached plan must not change result type"}))

	_, err := Open(t.Context(), Config{DSN: "postgres://tenure@127.0.0.1:1/none", ConnectTimeout: time.Second})
	require.True(t, IsTransient(err), "nobody listens: %v", err)
	_, err = Open(t.Context(), Config{DSN: "postgres://tenure@127.0.0.1:notaport/"})
	require.Error(t, err)
	require.False(t, IsTransient(err))
}

func TestFault_AServerThatEndsTheSessionLeavesDoubtOnlyWhenSomethingWasSent(t *testing.T) {
	t.Parallel()
	fatal := &pgconn.PgError{Severity: "FATAL", Code: "57P01"}
	require.ErrorIs(t, classifySent(fatal), ErrInDoubt)
	require.False(t, IsTransient(classifySent(fatal)))
	require.True(t, IsTransient(fatal))
	require.NotErrorIs(t, classifySent(&pgconn.PgError{Severity: "ERROR", Code: "57014"}), ErrInDoubt)
}

func TestFault_ARowLockedForTooLongIsATransientError(t *testing.T) {
	t.Parallel()
	s := openStore(t, Config{DSN: database.Migrated(t), LockTimeout: 100 * time.Millisecond})
	c := claimed(t, s, 1)
	tx, err := s.pool.Begin(t.Context())
	require.NoError(t, err)
	defer func() { _ = tx.Rollback(context.Background()) }()
	_, err = tx.Exec(t.Context(), "SELECT 1 FROM shards WHERE shard = 1 FOR UPDATE")
	require.NoError(t, err)
	err = s.Write(t.Context(), c, plain(c, 1, "employee/a"))
	require.True(t, IsTransient(err), "%v", err)
	require.NoError(t, tx.Rollback(t.Context()))
	require.NoError(t, s.Write(t.Context(), c, plain(c, 1, "employee/a")), "the same write may be tried again")
}

// Two transactions of several nodes may wait for each other: the one that is ended is sent once more, with statements
// that the session no longer knows.
func TestFault_ATransactionThatIsEndedByADeadlockIsSentAgain(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	damage(t, s, "CREATE SEQUENCE attempts")
	var attempt int64
	b := &pgx.Batch{}
	b.Queue("SELECT nextval('attempts')").QueryRow(func(row pgx.Row) error { return row.Scan(&attempt) })
	b.Queue("SELECT CASE WHEN currval('attempts') < $1::bigint THEN tenure_refuse('40P01', 'deadlock detected') ELSE 0 "+
		"END",
		int64(3))
	require.NoError(t, s.InTx(t.Context(), b))
	require.EqualValues(t, 3, attempt)
}
