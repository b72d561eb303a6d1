package projections

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
)

// Match is an employee as a search over all customers lists it.
type Match struct {
	ID       string
	Number   int64
	Name     string
	Customer string
	State    string
}

// lastRune sorts behind whatever a text may continue with.
const lastRune = "\U0010FFFF"

// sqlMatch begins a search: a Match of each row of directory.
const sqlMatch = `
SELECT d.id, d.number, concat_ws(' ', d.first_name, d.last_name), d.customer, d.state`

// Each is one index read from the beginning of a text: nothing is scanned, however many employees there are.
const (
	sqlFindByName = sqlMatch + `
FROM directory AS d WHERE d.full_name >= $1::text AND d.full_name < $2::text
ORDER BY d.full_name, d.id LIMIT $3::bigint`

	sqlFindByExtension = sqlMatch + `
FROM directory_extensions AS x JOIN directory AS d ON d.id = x.employee
WHERE x.number = $1::text AND x.held
ORDER BY d.id LIMIT $2::bigint`

	sqlFindByAccount = sqlMatch + `
FROM directory_accounts AS x JOIN directory AS d ON d.id = x.employee
WHERE x.called COLLATE "C" >= $1::text AND x.called COLLATE "C" < $2::text AND x.held
ORDER BY d.id LIMIT $3::bigint`

	sqlFindByNumber = sqlMatch + `
FROM directory AS d WHERE d.number = $1::bigint`

	sqlFindByIDs = sqlMatch + `
FROM directory AS d WHERE d.id = ANY($1::text[])`
)

// FindByName reads the employees of all customers whose last name begins with a text, or whose whole name does with the
// last word first, in the letters that were typed, all small, all capital, or each word with a capital, at most limit.
func FindByName(ctx context.Context, db Database, text string, limit int) ([]Match, error) {
	var all []Match
	for _, beginning := range spellings(text) {
		found, err := find(ctx, db, sqlFindByName, beginning, beginning+lastRune, int64(limit-len(all)))
		if err != nil {
			return nil, err
		}
		if all = append(all, found...); len(all) >= limit {
			break
		}
	}
	return all, nil
}

// spellings are the ways in which a name may be written, that which was typed first.
func spellings(text string) []string {
	words := strings.Fields(strings.ToLower(text))
	for i, word := range words {
		first, size := utf8.DecodeRuneInString(word)
		words[i] = string(unicode.ToUpper(first)) + word[size:]
	}
	var all []string
	for _, one := range []string{text, strings.Join(words, " "), strings.ToLower(text), strings.ToUpper(text)} {
		_, _, lastFirst := SplitName(one)
		for _, beginning := range []string{one, lastFirst} {
			if !slices.Contains(all, beginning) {
				all = append(all, beginning)
			}
		}
	}
	return all
}

// FindByDigits reads the employees of all customers with this number, those with this extension, and those with a
// mobile number that begins with it, each once, at most limit of each kind.
func FindByDigits(ctx context.Context, db Database, digits string, number int64, limit int) ([]Match, error) {
	all, err := find(ctx, db, sqlFindByNumber, number)
	if err != nil {
		return nil, err
	}
	byExtension, err := find(ctx, db, sqlFindByExtension, digits, int64(limit))
	if err != nil {
		return nil, err
	}
	byAccount, err := find(ctx, db, sqlFindByAccount, digits, digits+lastRune, int64(limit))
	if err != nil {
		return nil, err
	}
	for _, one := range append(byExtension, byAccount...) {
		if !slices.Contains(all, one) {
			all = append(all, one)
		}
	}
	return all, nil
}

// FindByIDs reads employees by their ids; those that are not known are left out.
func FindByIDs(ctx context.Context, db Database, ids []string) (map[string]Match, error) {
	all, err := find(ctx, db, sqlFindByIDs, ids)
	by := make(map[string]Match, len(all))
	for _, one := range all {
		by[one.ID] = one
	}
	return by, err
}

func find(ctx context.Context, db Database, sql string, args ...any) ([]Match, error) {
	var all []Match
	err := read(ctx, db, sql, func(rows pgx.Rows) error {
		var f Match
		err := rows.Scan(&f.ID, &f.Number, &f.Name, &f.Customer, &f.State)
		all = append(all, f)
		return err
	}, args...)
	if err != nil {
		return nil, fmt.Errorf("projections: find employees: %w", err)
	}
	return all, nil
}
