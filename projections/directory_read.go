package projections

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"tenure/contract"

	"github.com/jackc/pgx/v5"
)

// DirectoryExtension is an extension as the PBX directory publishes it.
type DirectoryExtension struct {
	ID       string          `json:"_id"`
	Number   string          `json:"number,omitempty"`
	Direct   string          `json:"direct,omitempty"`
	Mobile   []string        `json:"mobile,omitempty"` // E.164
	Primary  bool            `json:"primary"`
	State    string          `json:"state"` // IDLE, RINGING, BUSY
	Redirect string          `json:"redirect,omitempty"`
	Calls    []contract.Call `json:"calls,omitempty"`
	Phones   json.RawMessage `json:"phones,omitempty"`
}

// DirectoryEntry is an employee in the PBX directory.
type DirectoryEntry struct {
	ID         string
	Address    string // id; empty: that of the customer
	Entry      []byte // JSON object as published, without address, extensions and calendar
	Extensions []byte // JSON list as published, without what other systems report
	Activity   []byte // JSON of contract.Activity; nil: other systems report nothing
}

// DirectoryQuery asks for the entries of a customer, of all its employees or of some.
type DirectoryQuery struct {
	Customer string
	IDs      []string // nil: all
}

const (
	sqlDirectory = `
SELECT d.id, COALESCE(d.address, ''), d.entry, d.extensions, a.activity
FROM directory AS d LEFT JOIN employee_activity AS a ON a.employee = d.id
WHERE d.customer = $1::text AND d.state <> 'DELETED'
ORDER BY d.id`

	sqlDirectoryOfIDs = `
SELECT d.id, COALESCE(d.address, ''), d.entry, d.extensions, a.activity
FROM directory AS d LEFT JOIN employee_activity AS a ON a.employee = d.id
WHERE d.id = ANY($2::text[]) AND d.customer = $1::text AND d.state <> 'DELETED'
ORDER BY d.id`
)

// DirectoryOf reads entries by id. Ids of other customers' employees are not found.
func DirectoryOf(ctx context.Context, db Database, q DirectoryQuery) ([]DirectoryEntry, error) {
	sql, args := sqlDirectory, []any{q.Customer}
	if q.IDs != nil {
		sql, args = sqlDirectoryOfIDs, append(args, q.IDs)
	}
	var all []DirectoryEntry
	err := read(ctx, db, sql, func(rows pgx.Rows) error {
		v := rows.RawValues() // text and bytea are their own bytes; they hold until the next row
		kept := make([]byte, 0, len(v[0])+len(v[1])+len(v[2])+len(v[3])+len(v[4]))
		keep := func(b []byte) []byte {
			from := len(kept)
			kept = append(kept, b...)
			return kept[from:len(kept):len(kept)]
		}
		entry := DirectoryEntry{ID: string(v[0]), Address: string(v[1]), Entry: keep(v[2]), Extensions: keep(v[3])}
		if v[4] != nil {
			entry.Activity = keep(v[4])
		}
		all = append(all, entry)
		return nil
	}, args...)
	if err != nil {
		return nil, fmt.Errorf("projections: directory of %s: %w", q.Customer, err)
	}
	return all, nil
}

// LoneExtension is an extension that no employee has.
type LoneExtension struct {
	ID, Name string
	Document []byte // JSON of DirectoryExtension
	Activity []byte // JSON of what other systems report under the extension's id; nil: nothing
}

// An extension may have rows of several employees; it is alone when none of them holds it.
const sqlLoneExtensions = `
WITH free AS MATERIALIZED (
    SELECT x.id, x.employee, x.name, x.document FROM directory_extensions AS x
    WHERE x.customer = $1::text AND NOT x.held
), taken AS MATERIALIZED (
    SELECT o.id FROM directory_extensions AS o WHERE o.held AND o.id IN (SELECT f.id FROM free AS f)
)
SELECT DISTINCT ON (f.id) f.id, f.name, f.document, a.activity
FROM free AS f LEFT JOIN employee_activity AS a ON a.employee = f.id
WHERE NOT EXISTS (SELECT 1 FROM taken AS t WHERE t.id = f.id)
ORDER BY f.id, f.employee`

// LoneExtensions are those of a customer that no employee has, by id.
func LoneExtensions(ctx context.Context, db Database, customer string) ([]LoneExtension, error) {
	var all []LoneExtension
	err := read(ctx, db, sqlLoneExtensions, func(rows pgx.Rows) error {
		var x LoneExtension
		err := rows.Scan(&x.ID, &x.Name, &x.Document, &x.Activity)
		all = append(all, x)
		return err
	}, customer)
	if err != nil {
		return nil, fmt.Errorf("projections: lone extensions of %s: %w", customer, err)
	}
	return all, nil
}

// Person is what the directory knows of an employee in short: identity and rights.
type Person struct {
	ID, Customer, Reseller, AccessLevel, State string
	Number                                     int64
	// the login name, which is the e-mail address or user name; empty: none
	UID           string
	PresenceSince *time.Time // when the presence last changed; nil: never
}

const sqlPersonOfNumber = `
SELECT id, customer, reseller, access_level, state, number, COALESCE(email, ''), presence_since
FROM directory WHERE number = $1::bigint`

// PersonByNumber finds an employee by the stable integer; false when there is none. Deleted ones are found.
func PersonByNumber(ctx context.Context, db Database, number int64) (Person, bool, error) {
	found, err := people(ctx, db, sqlPersonOfNumber, number)
	if err != nil || len(found) == 0 {
		return Person{}, false, err
	}
	return found[0], true, nil
}

var sqlPeopleOf = `
SELECT id, customer, reseller, access_level, state, number, COALESCE(email, ''), presence_since
FROM directory
WHERE customer = $1::text AND (state <> 'DELETED' OR $2::boolean)
  AND ($3::text = '' OR strpos(` + folded("email", "$5", "$6") + `, $3::text) > 0)
ORDER BY email NULLS FIRST, number LIMIT $4::bigint`

// PeopleQuery asks for a customer's employees by login name.
type PeopleQuery struct {
	Customer       string
	UID            string // a part of the login name, in any case; empty: all
	IncludeDeleted bool
}

// peopleMax bounds a list without pages, as a customer has at most.
const peopleMax = 100_000

// PeopleOf reads a customer's employees by login name.
func PeopleOf(ctx context.Context, db Database, q PeopleQuery) ([]Person, error) {
	return people(ctx, db, sqlPeopleOf, q.Customer, q.IncludeDeleted, Fold(q.UID), int64(peopleMax), upperLetters,
		lowerLetters)
}

func people(ctx context.Context, db Database, sql string, args ...any) ([]Person, error) {
	var all []Person
	err := read(ctx, db, sql, func(rows pgx.Rows) error {
		var p Person
		err := rows.Scan(&p.ID, &p.Customer, &p.Reseller, &p.AccessLevel, &p.State, &p.Number, &p.UID, &p.PresenceSince)
		all = append(all, p)
		return err
	}, args...)
	if err != nil {
		return nil, fmt.Errorf("projections: people: %w", err)
	}
	return all, nil
}
