package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
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
)

// Migrate brings the database to the newest version. Several processes may call it at once: one works, the others wait
// and find it done. Each migration is one transaction, so an interrupted one leaves nothing behind and runs again.
func Migrate(ctx context.Context, dsn string) error {
	for attempt := 1; ; attempt++ {
		err := migrateOnce(ctx, dsn)
		if err == nil {
			return nil
		}
		if !IsTransient(err) || attempt == migrationAttemptsMax {
			return fmt.Errorf("store: migrate: %w", err)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("store: migrate: %w", ctx.Err())
		case <-time.After(migrationPause):
		}
	}
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
	_, err = provider.Up(ctx)
	return err
}

// advisoryLock waits in the database for the lock. Goose's own locker polls, and its shortest pause is a second.
type advisoryLock struct{}

const sqlMigrationLock = `SELECT pg_advisory_lock($1::bigint)`

// SessionLock waits until no other process migrates.
func (advisoryLock) SessionLock(ctx context.Context, conn *sql.Conn) error {
	_, err := conn.ExecContext(ctx, sqlMigrationLock, migrationLock)
	return err
}

const sqlMigrationUnlock = `SELECT pg_advisory_unlock($1::bigint)`

// SessionUnlock lets the next process migrate.
func (advisoryLock) SessionUnlock(ctx context.Context, conn *sql.Conn) error {
	_, err := conn.ExecContext(ctx, sqlMigrationUnlock, migrationLock)
	return err
}
