package embedded

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// CreateDatabase makes an empty database and returns its DSN. Many tests can
// share one server this way. It fails where the name is taken.
func (p *Postgres) CreateDatabase(ctx context.Context, name string) (string, error) {
	return p.CloneDatabase(ctx, name, "template1")
}

// CloneDatabase makes a copy of a database that nobody is connected to and
// returns the copy's DSN: tests migrate once and clone.
func (p *Postgres) CloneDatabase(ctx context.Context, name, from string) (string, error) {
	create := "create database " + quoted(name) + " template " + quoted(from)
	if err := p.maintain(ctx, create); err != nil {
		return "", fmt.Errorf("embedded: create database %s: %w", name, err)
	}
	return p.access.dsn(name), nil
}

// DropDatabase removes a database, ending the connections to it. A database
// that does not exist is no error.
func (p *Postgres) DropDatabase(ctx context.Context, name string) error {
	if err := p.maintain(ctx, "drop database if exists "+quoted(name)+" with (force)"); err != nil {
		return fmt.Errorf("embedded: drop database %s: %w", name, err)
	}
	return nil
}

// maintain runs one statement outside of any transaction.
func (p *Postgres) maintain(ctx context.Context, statement string) error {
	conn, err := pgx.Connect(ctx, p.access.dsn(maintenanceDatabase))
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	_, err = conn.Exec(ctx, statement)
	return err
}

// duplicateDatabase is the SQLSTATE for a database name that is taken.
const duplicateDatabase = "42P04"

// ensureDatabase creates a database unless it exists.
func ensureDatabase(ctx context.Context, conn *pgx.Conn, name string) error {
	_, err := conn.Exec(ctx, "create database "+quoted(name))
	var pgErr *pgconn.PgError
	if errors.As(err, &pgErr) && pgErr.Code == duplicateDatabase {
		return nil
	}
	return err
}

func quoted(name string) string { return pgx.Identifier{name}.Sanitize() }
