package rebuild

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"tenure/internal/store"
)

// table is how a live table is defined.
type table struct {
	name    string
	full    string // schema and name, as PostgreSQL writes them in definitions
	columns []string
	textual []bool   // of each column: compared as a text
	key     []string // columns of the primary key
	options []string // storage parameters, NAME=VALUE
	indexes []index
	grants  []string // everything of a GRANT before the name of the table and behind it: "SELECT ON", "TO reader"
}

// index is an index of a table, in the words of PostgreSQL.
type index struct {
	Name       string
	Definition string // CREATE INDEX …
	Constraint string // PRIMARY KEY, UNIQUE, or empty
}

const (
	sqlTable = `
SELECT format('%I.%I', n.nspname, c.relname), COALESCE(c.reloptions, '{}')
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = $1::text AND c.relname = $2::text AND c.relkind = 'r'`

	sqlColumns = `
SELECT a.attname::text, format_type(a.atttypid, a.atttypmod) || ' ' || a.attcollation || ' ' || a.attnotnull || ' '
       || COALESCE(pg_get_expr(d.adbin, d.adrelid), ''),
       EXISTS (SELECT 1 FROM pg_index AS i WHERE i.indrelid = a.attrelid AND i.indisprimary AND a.attnum = ANY(i.indkey)),
       a.atttypid NOT IN ('text'::regtype, 'bytea'::regtype, 'uuid'::regtype, 'boolean'::regtype, 'integer'::regtype,
                          'bigint'::regtype, 'date'::regtype, 'timestamptz'::regtype)
FROM pg_attribute AS a LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attrelid = ($1::text)::regclass AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum`

	sqlIndexes = `
SELECT i.relname::text, pg_get_indexdef(x.indexrelid),
       CASE k.contype WHEN 'p' THEN 'PRIMARY KEY' WHEN 'u' THEN 'UNIQUE' ELSE '' END
FROM pg_index AS x JOIN pg_class AS i ON i.oid = x.indexrelid
LEFT JOIN pg_constraint AS k ON k.conindid = x.indexrelid AND k.conrelid = x.indrelid
WHERE x.indrelid = ($1::text)::regclass
ORDER BY i.relname`

	// The owner's own rights are not among them: whoever makes the new table is its owner.
	sqlGrants = `
SELECT a.privilege_type, CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END
FROM pg_class AS c, aclexplode(c.relacl) AS a
WHERE c.oid = ($1::text)::regclass AND a.grantee <> c.relowner
ORDER BY 2, 1`

	// A view or a foreign key belongs to a table and not to its name: it would go on showing the old one.
	sqlDependants = `
SELECT r.ev_class::regclass::text
FROM pg_depend AS d JOIN pg_rewrite AS r ON r.oid = d.objid AND d.classid = 'pg_rewrite'::regclass
WHERE d.refobjid = ($1::text)::regclass AND r.ev_class <> d.refobjid
UNION
SELECT k.conname::text FROM pg_constraint AS k WHERE k.confrelid = ($1::text)::regclass
ORDER BY 1`
)

const sqlOwner = `
SELECT CASE WHEN t.tableowner = current_user THEN '' ELSE t.tableowner::text END
FROM pg_tables AS t WHERE t.schemaname = $1::text AND t.tablename = $2::text`

// ownerOf is the role that a live table belongs to, and its successor must belong to; empty: the one that is logged in.
func ownerOf(ctx context.Context, s *store.Store, schema, table string) (role string, err error) {
	err = s.Transact(ctx, pgx.TxOptions{AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, sqlOwner, schema, table).Scan(&role)
	})
	if err != nil {
		return "", fmt.Errorf("owner of %s: %w", table, err)
	}
	return role, nil
}

// shapeOf reads how tables in a schema are defined, and a hash over all of it but the rights.
func shapeOf(ctx context.Context, tx pgx.Tx, schema string, names []string) (tables []table, hash string, err error) {
	sum := sha256.New()
	for _, name := range names {
		t, definition, err := tableOf(ctx, tx, schema, name)
		if err != nil {
			return nil, "", fmt.Errorf("definition of %s: %w", name, err)
		}
		sum.Write([]byte(definition))
		tables = append(tables, t)
	}
	return tables, hex.EncodeToString(sum.Sum(nil)), nil
}

func tableOf(ctx context.Context, tx pgx.Tx, schema, name string) (t table, definition string, err error) {
	t.name = name
	if err := tx.QueryRow(ctx, sqlTable, schema, name).Scan(&t.full, &t.options); err != nil {
		return t, "", err
	}
	var text strings.Builder
	fmt.Fprintln(&text, t.full, t.options)
	if err := t.readColumns(ctx, tx, &text); err != nil {
		return t, "", err
	}
	rows, err := tx.Query(ctx, sqlIndexes, t.full)
	if err == nil {
		t.indexes, err = pgx.CollectRows(rows, pgx.RowToStructByPos[index])
	}
	if err != nil {
		return t, "", err
	}
	fmt.Fprintln(&text, t.indexes)
	if err := t.readGrants(ctx, tx); err != nil {
		return t, "", err
	}
	return t, text.String(), t.refuseDependants(ctx, tx)
}

func (t *table) readColumns(ctx context.Context, tx pgx.Tx, text *strings.Builder) error {
	rows, err := tx.Query(ctx, sqlColumns, t.full)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var name, definition string
		var key, textual bool
		if err := rows.Scan(&name, &definition, &key, &textual); err != nil {
			return err
		}
		fmt.Fprintln(text, name, definition)
		t.columns, t.textual = append(t.columns, name), append(t.textual, textual)
		if key {
			t.key = append(t.key, name)
		}
	}
	if len(t.key) == 0 && rows.Err() == nil {
		return fmt.Errorf("it has no primary key to compare rows by")
	}
	return rows.Err()
}

func (t *table) readGrants(ctx context.Context, tx pgx.Tx) error {
	rows, err := tx.Query(ctx, sqlGrants, t.full)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var privilege, grantee string
		if err := rows.Scan(&privilege, &grantee); err != nil {
			return err
		}
		t.grants = append(t.grants, "GRANT "+privilege+" ON %s TO "+grantee)
	}
	return rows.Err()
}

func (t *table) refuseDependants(ctx context.Context, tx pgx.Tx) error {
	rows, err := tx.Query(ctx, sqlDependants, t.full)
	if err != nil {
		return err
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err == nil && len(names) > 0 {
		err = fmt.Errorf("%s would go on pointing to the old table: drop it first", strings.Join(names, ", "))
	}
	return err
}
