package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"tenure/migrations"
)

const (
	// migrationLock is the key of the advisory lock under which one process at a time migrates: "tenure" in ASCII.
	migrationLock int64 = 0x74656e757265
	// migrationAttemptsMax bounds the attempts after a lost connection: enough for a restart of the server.
	migrationAttemptsMax = 5
	// migrationPause lies between two attempts.
	migrationPause = 500 * time.Millisecond
	// migrationPoll lies between two attempts to get the lock of migrations.
	migrationPoll = 50 * time.Millisecond
	// migrationLockedMax bounds how long a migration is tried that gets no lock on a table, and migrationLockedPause lies
	// between two of those attempts: long enough for those who waited behind it.
	migrationLockedMax   = 10 * time.Minute
	migrationLockedPause = 3 * time.Second
)

// Migrate brings the database to the newest version. Several processes may call it at once: one works, the others wait
// and find it done. Each migration is one transaction, so an interrupted one leaves nothing behind and runs again.
func Migrate(ctx context.Context, dsn string) error {
	began := time.Now()
	for attempt := 1; ; attempt++ {
		err := migrateOnce(ctx, dsn)
		if err == nil {
			return nil
		}
		pause := migrationPause
		switch {
		case lockRefused(err) && time.Since(began) < migrationLockedMax:
			pause, attempt = migrationLockedPause, 1 // the table is in use without a pause
		case lockRefused(err):
			return fmt.Errorf("store: migrate: a table is in use for %s; end the transaction that holds it, "+
				"see pg_stat_activity, then: tenure migrate: %w", migrationLockedMax, err)
		case !IsTransient(err) || attempt == migrationAttemptsMax:
			return fmt.Errorf("store: migrate: %w", err)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("store: migrate: %w", ctx.Err())
		case <-time.After(pause):
		}
	}
}

// lockRefused reports whether a statement waited for a lock as long as it may.
func lockRefused(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == "55P03"
}

// migrateOnce runs goose under the advisory lock. The statements go without preparation and without the limits of a
// writer's session: building an index may take long.
func migrateOnce(ctx context.Context, dsn string) error {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return err
	}
	config.DefaultQueryExecMode = pgx.QueryExecModeExec
	config.ConnectTimeout = connectTimeoutDefault
	config.RuntimeParams["application_name"] = "tenure migrate"
	config.RuntimeParams["timezone"] = "UTC"
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if err := refuseShared(ctx, config, conn); err != nil {
		return err
	}
	db := stdlib.OpenDB(*config)
	defer func() { _ = db.Close() }()
	provider, err := goose.NewProvider(
		goose.DialectPostgres,
		db,
		migrations.Files,
		goose.WithSessionLocker(advisoryLock{}),
	)
	if err != nil {
		return err
	}
	if err := mendOnce(ctx, db); err != nil { // goose takes no lock where no migration is left
		return err
	}
	_, err = provider.Up(ctx)
	return err
}

// mendOnce mends what a migration of before has left.
func mendOnce(ctx context.Context, db *sql.DB) error {
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	err = advisoryLock{}.SessionLock(ctx, conn)
	return errors.Join(err, advisoryLock{}.SessionUnlock(context.WithoutCancel(ctx), conn))
}

// advisoryLock takes the lock of the database. The shortest pause of goose's own locker is a second.
type advisoryLock struct{}

const sqlMigrationLock = `SELECT pg_try_advisory_lock($1::bigint)`

// sqlMigrationPatience bounds what a migration waits for a lock: everybody who comes to the table later waits behind
// it, the APIs among them. A statement that gets no lock fails, and is tried again after a pause.
const sqlMigrationPatience = `SET lock_timeout = '2s'`

// SessionLock waits until no other process migrates. It asks again and again: a statement that waits in the server
// would hold a snapshot, which an index that is built concurrently waits for.
func (advisoryLock) SessionLock(ctx context.Context, conn *sql.Conn) error {
	for {
		var mine bool
		if err := conn.QueryRowContext(ctx, sqlMigrationLock, migrationLock).Scan(&mine); err != nil {
			return err
		}
		if mine {
			if _, err := conn.ExecContext(ctx, sqlMigrationPatience); err != nil {
				return err
			}
			return mendIndexes(ctx, conn)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(migrationPoll):
		}
	}
}

// sqlBrokenIndexes finds the indexes of ours whose concurrent build was interrupted, by a lock that took too long or by
// a death: CREATE INDEX IF NOT EXISTS takes them for built, and no statement uses them.
const sqlBrokenIndexes = `
SELECT c.relname::text,
       CASE WHEN EXISTS (SELECT FROM pg_extension WHERE extname = 'citus') THEN pg_get_indexdef(c.oid) ELSE '' END
FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
WHERE NOT i.indisvalid AND c.relkind = 'i' AND c.relnamespace = current_schema()::regnamespace ORDER BY 1`

// mendIndexes builds them again, before a migration that goes on drops what they replace.
func mendIndexes(ctx context.Context, conn *sql.Conn) error {
	rows, err := conn.QueryContext(ctx, sqlBrokenIndexes)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	broken := map[string]string{}
	for rows.Next() {
		var name, definition string
		if err := rows.Scan(&name, &definition); err != nil {
			return err
		}
		broken[name] = definition
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return err
	}
	for name, definition := range broken {
		if err := mendIndex(ctx, conn, pgx.Identifier{name}.Sanitize(), definition); err != nil {
			return err
		}
	}
	return nil
}

// mendIndex builds an index again, and drops what an interruption of that has left. On a cluster, where some nodes may
// have nothing of it to build again, it is dropped and made by its definition.
func mendIndex(ctx context.Context, conn *sql.Conn, name, definition string) error {
	const drop = "DROP INDEX CONCURRENTLY IF EXISTS "
	statements := []string{"REINDEX INDEX CONCURRENTLY " + name}
	switch {
	case strings.Contains(name, "_ccnew"):
		statements = []string{drop + name}
	case definition != "":
		statements = []string{drop + name, strings.Replace(definition, "INDEX ", "INDEX CONCURRENTLY ", 1)}
	}
	for _, statement := range statements {
		if _, err := conn.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

const sqlMigrationUnlock = `SELECT pg_advisory_unlock($1::bigint)`

// SessionUnlock lets the next process migrate.
func (advisoryLock) SessionUnlock(ctx context.Context, conn *sql.Conn) error {
	_, err := conn.ExecContext(ctx, sqlMigrationUnlock, migrationLock)
	return err
}
