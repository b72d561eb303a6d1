package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Login is a login name, in lower case, and the stream of the employee that has it or asks for it.
type Login struct {
	Name   string
	Stream string
}

// sqlLoginsReserve inserts what is free and returns who has each name. Names go in by order, so that two shards that
// want the same ones wait for each other in one direction; of two that want one name in a call the first gets it.
//
// The share lock on the shard's row lets no new owner in before the reservation is committed. Whoever owns the shard
// next takes the same commands again, finds the reservations, and frees those that come to nothing; one that was made
// later, by an owner that has lost the shard, would never be freed.
const sqlLoginsReserve = `
WITH mine AS (
    SELECT s.shard FROM shards AS s WHERE s.shard = $1::integer AND s.epoch = $2::bigint FOR SHARE
), wanted AS (
    SELECT w.name, w.stream, w.n FROM unnest($3::text[], $4::text[]) WITH ORDINALITY AS w(name, stream, n)
    WHERE CASE WHEN EXISTS (SELECT 1 FROM mine) THEN true
               ELSE tenure_refuse('` + stateFenced + `', 'the shard has another owner') = 0 END
), inserted AS (
    INSERT INTO logins (name, stream)
    SELECT w.name, w.stream FROM wanted AS w ORDER BY w.name, w.n
    ON CONFLICT ON CONSTRAINT logins_name DO NOTHING
    RETURNING name, stream
)
SELECT i.name, i.stream FROM inserted AS i
UNION ALL
SELECT l.name, l.stream FROM logins AS l WHERE l.name = ANY($3::text[])`

// reserveTriesMax bounds how often a name is looked for that another shard takes, or gives back, at the same moment.
const reserveTriesMax = 10

// ReserveLogins reserves names for employees of the claim's shard, in a separate transaction before their commands are
// decided, and returns by name which stream has it now: the one that asked, now or before, or another one. The write of
// the decision frees what it does not give (Write.Freed). The error is ErrFenced when the shard has another owner.
func (s *Store) ReserveLogins(ctx context.Context, c *Claim, wanted []Login) (map[string]string, error) {
	names, streams := make([]string, len(wanted)), make([]string, len(wanted))
	for i, w := range wanted {
		names[i], streams[i] = w.Name, w.Stream
	}
	holders := make(map[string]string, len(wanted))
	for range reserveTriesMax {
		if err := s.reserveOnce(ctx, c, names, streams, holders); err != nil {
			return nil, fmt.Errorf("store: reserve %d logins: %w", len(wanted), classify(err))
		}
		if complete(holders, names) {
			if hook := failpoint.Load(); hook != nil {
				(*hook)("logins.reserved")
			}
			return holders, nil
		}
	}
	return nil, fmt.Errorf("store: reserve %d logins: names change hands faster than they are read", len(wanted))
}

func (s *Store) reserveOnce(ctx context.Context, c *Claim, names, streams []string, holders map[string]string) error {
	rows, err := s.pool.Query(ctx, sqlLoginsReserve, int32(c.Shard), c.Epoch, names, streams)
	if err != nil {
		return err
	}
	var name, stream string
	_, err = pgx.ForEachRow(rows, []any{&name, &stream}, func() error {
		holders[name] = stream
		return nil
	})
	return err
}

// complete reports whether every name has a holder. One that another shard inserted after our statement began blocks
// ours and is not seen by it: the next statement sees it.
func complete(holders map[string]string, names []string) bool {
	for _, name := range names {
		if _, ok := holders[name]; !ok {
			return false
		}
	}
	return true
}

const sqlLoginsFree = `
DELETE FROM logins AS l
USING unnest($1::text[], $2::text[]) AS f(name, stream)
WHERE l.name = f.name AND l.stream = f.stream`

// queueFreed gives names back, those that their streams still have.
func queueFreed(b *pgx.Batch, freed []Login) error {
	names, streams := make([]string, len(freed)), make([]string, len(freed))
	for i, f := range freed {
		names[i], streams[i] = f.Name, f.Stream
	}
	b.Queue(sqlLoginsFree, names, streams)
	return nil
}

const sqlLoginHolder = `
SELECT stream FROM logins WHERE name = $1::text`

// LoginHolder returns which employee's stream has a login name, given in lower case; false: none.
func (s *Store) LoginHolder(ctx context.Context, name string) (stream string, ok bool, err error) {
	rows, err := s.pool.Query(ctx, sqlLoginHolder, name)
	if err != nil {
		return "", false, fmt.Errorf("store: holder of a login: %w", err)
	}
	_, err = pgx.ForEachRow(rows, []any{&stream}, func() error { ok = true; return nil })
	if err != nil {
		return "", false, fmt.Errorf("store: holder of a login: %w", err)
	}
	return stream, ok, nil
}
