package rebuild

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"tenure/internal/store"
	"tenure/projections"
)

// in is the name of a table in a schema.
func (t *table) in(schema string) string { return pgx.Identifier{schema, t.name}.Sanitize() }

// makePlace makes a schema with empty tables like the live ones, without their indexes. Whatever stood there is
// dropped. Tables that are only compared need not survive a crash: unlogged. On a cluster they are spread like the live
// ones.
func (b *build) makePlace(ctx context.Context, tx pgx.Tx, unlogged bool) error {
	schema, tables := b.place, b.tables
	kind := "CREATE TABLE"
	if unlogged {
		kind = "CREATE UNLOGGED TABLE"
	}
	if err := dropPlace(ctx, tx, schema); err != nil {
		return err
	}
	statements := []string{"CREATE SCHEMA " + pgx.Identifier{schema}.Sanitize()}
	for i := range tables {
		t := &tables[i]
		make := fmt.Sprintf("%s %s (LIKE %s INCLUDING ALL EXCLUDING INDEXES)", kind, t.in(schema), t.full)
		if len(t.options) > 0 {
			make += " WITH (" + strings.Join(t.options, ", ") + ")"
		}
		statements = append(statements, make)
		for _, grant := range t.grants {
			statements = append(statements, fmt.Sprintf(grant, t.in(schema)))
		}
	}
	if err := execAll(ctx, tx, statements...); err != nil || !b.aside.Cluster() {
		return err
	}
	for i := range tables {
		if err := store.Spread(ctx, tx, tables[i].in(schema)); err != nil {
			return err
		}
	}
	return nil
}

func dropPlace(ctx context.Context, tx pgx.Tx, schema string) error {
	return execAll(ctx, tx, "DROP SCHEMA IF EXISTS "+pgx.Identifier{schema}.Sanitize()+" CASCADE")
}

// execAll runs statements of definition. They are not prepared: each runs once.
func execAll(ctx context.Context, tx pgx.Tx, statements ...string) error {
	for _, sql := range statements {
		if _, err := tx.Exec(ctx, sql, pgx.QueryExecModeSimpleProtocol); err != nil {
			return fmt.Errorf("%s: %w", firstWords(sql), err)
		}
	}
	return nil
}

// firstWords names a statement in an error.
func firstWords(sql string) string {
	const most = 80
	if len(sql) > most {
		sql = sql[:most] + "…"
	}
	return sql
}

const sqlIndexesThere = `
SELECT c.relname::text, EXISTS (SELECT 1 FROM pg_constraint AS k WHERE k.conindid = c.oid)
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = $1::text AND c.relkind = 'i'`

// index makes the indexes that are missing, several at once, each in its own transaction, so that a rebuild that is
// killed goes on with the next one; then their constraints. There is one more at work than there are processors, since
// each waits for the disk in the end. A constraint locks the whole table for an instant: asked for any earlier it would
// wait for the indexes that are being made, and those that are not yet begun would wait for it.
func (b *build) index(ctx context.Context) error {
	there, err := b.indexesThere(ctx)
	if err != nil {
		return err
	}
	g, making := errgroup.WithContext(ctx)
	g.SetLimit(b.workers + 1)
	var constraints []string
	for i := range b.tables {
		t := &b.tables[i]
		for _, x := range t.indexes {
			constrained, made := there[x.Name]
			if !made {
				g.Go(func() error { return b.makeIndex(making, t, x) })
			}
			if x.Constraint != "" && !constrained {
				constraints = append(constraints, t.constrain(b.place, x))
			}
		}
	}
	if err := g.Wait(); err != nil || len(constraints) == 0 {
		return err
	}
	return b.define(ctx, constraints...)
}

// analyze takes the statistics that plans are made by.
func (b *build) analyze(ctx context.Context) error {
	return b.aside.Transact(ctx, pgx.TxOptions{}, func(tx pgx.Tx) error {
		for i := range b.tables {
			if err := execAll(ctx, tx, "ANALYZE "+b.tables[i].in(b.place)); err != nil {
				return err
			}
		}
		return nil
	})
}

func (b *build) makeIndex(ctx context.Context, t *table, x index) error {
	definition := strings.Replace(x.Definition, " ON "+t.full+" ", " ON "+t.in(b.place)+" ", 1)
	err := b.define(ctx, definition)
	if err == nil {
		b.step("index")
	}
	return err
}

// constrain puts a constraint before an index that is there.
func (t *table) constrain(schema string, x index) string {
	name := pgx.Identifier{x.Name}.Sanitize()
	return fmt.Sprintf("ALTER TABLE %s ADD CONSTRAINT %s %s USING INDEX %s", t.in(schema), name, x.Constraint, name)
}

func (b *build) define(ctx context.Context, statements ...string) error {
	return b.aside.Transact(ctx, pgx.TxOptions{}, func(tx pgx.Tx) error { return execAll(ctx, tx, statements...) })
}

// indexesThere tells which indexes a place has, and whether each is behind a constraint already.
func (b *build) indexesThere(ctx context.Context) (map[string]bool, error) {
	there := map[string]bool{}
	err := b.aside.Transact(ctx, pgx.TxOptions{AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, sqlIndexesThere, b.place)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var name string
			var constrained bool
			if err := rows.Scan(&name, &constrained); err != nil {
				return err
			}
			there[name] = constrained
		}
		return rows.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("indexes of %s: %w", b.place, err)
	}
	return there, nil
}

// DropOld drops the tables that a rebuild of a projection has replaced; false: there are none.
func DropOld(ctx context.Context, s *store.Store, p projections.Projection) (dropped bool, err error) {
	old := p.Name() + suffixOld
	b, err := newBuild(ctx, s, p, suffixOld, Options{})
	if err == nil {
		defer b.close()
		err = b.aside.Transact(ctx, pgx.TxOptions{}, func(tx pgx.Tx) error {
			if err := tx.QueryRow(ctx, sqlPlaceThere, old).Scan(&dropped); err != nil || !dropped {
				return err
			}
			return dropPlace(ctx, tx, old)
		})
	}
	if err != nil {
		return false, fmt.Errorf("rebuild: drop the old tables of %s: %w", p.Name(), err)
	}
	return dropped, nil
}

const sqlPlaceThere = `SELECT EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = $1::text)`
