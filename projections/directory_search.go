package projections

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Column is a column of the directory that can be searched or sorted by. The values are names in SQL, and the only ones
// that reach a statement: everything a caller gives is a parameter.
type Column string

// The columns.
const (
	ColumnNumber         Column = "number"
	ColumnFirstName      Column = "first_name"
	ColumnLastName       Column = "last_name"
	ColumnFullName       Column = "full_name"
	ColumnEmail          Column = "email"
	ColumnStatus         Column = "status"
	ColumnCallRecording  Column = "call_recording"
	ColumnCallsAvailable Column = "calls_available"
	ColumnPhoneNumbers   Column = "phone_numbers"
	ColumnExtension      Column = "extension"
	// ColumnNoText, ColumnNoNumber, ColumnNoList and ColumnNoObject are what is not known: null, [] and {}.
	ColumnNoText   Column = "NULL::text"
	ColumnNoNumber Column = "NULL::bigint"
	ColumnNoList   Column = "'[]'::jsonb"
	ColumnNoObject Column = "'{}'::jsonb"
)

// Operator compares a column with a value.
type Operator string

// The operators. Value is of the column's type, nil for null with Equal and Unequal, a []string or []int64 with In.
const (
	Equal          Operator = "="
	Unequal        Operator = "!="
	Less           Operator = "<"
	Greater        Operator = ">"
	LessOrEqual    Operator = "<="
	GreaterOrEqual Operator = ">="
	Like           Operator = "like"   // % is any text, nothing else is special; case-sensitive
	Regexp         Operator = "regexp" // POSIX extended
	In             Operator = "in"
	JSONEqual      Operator = "json="  // Path has Value, anywhere in lists on its way
	JSONExists     Operator = "exists" // Path is there
)

// Condition is a tree: All, or Any, of conditions, or one comparison. The zero Condition holds always.
type Condition struct {
	All, Any []Condition
	Column   Column
	Operator Operator
	Value    any
	Path     []string // keys below a JSON column
}

// Search asks for employees of a customer.
type Search struct {
	Customer string
	Where    Condition
	Sort     []Order
	Offset   int
	Limit    int // 0: the most there may be, 10 000
	// Within bounds the time of a statement; a search that takes longer is an ErrSearchTime.
	Within time.Duration
}

// Order is one key of a sorting.
type Order struct {
	Column     Column
	Descending bool
}

// Found is an employee as CallGear shows it; nil is null.
type Found struct {
	Number                   int64
	First, Last, Full, Email *string
	Status                   string
	Recording                *string
	Available                *bool
	PhoneNumbers, Extension  json.RawMessage
}

// What a caller's search can be refused for.
var (
	// ErrSearchTime says that the search took longer than it may.
	ErrSearchTime = errors.New("the search takes too long")
	// ErrSearchPattern says that a regular expression is none.
	ErrSearchPattern = errors.New("not a regular expression")
)

const (
	sqlSearchSelect = `
SELECT number, first_name, last_name, full_name, email, status, call_recording, calls_available, phone_numbers,
    extension
FROM directory WHERE customer = $1::text AND state <> 'DELETED'`

	sqlSearchCount = `
SELECT count(*)
FROM directory WHERE customer = $1::text AND state <> 'DELETED'`

	sqlSearchTime = `SELECT set_config('statement_timeout', $1::text, true)`
)

// orderByNumber is an expression and not the column, as orderByID is: of a page in the order of an index the planner
// hopes to find its rows soon when it goes through that index, and of a customer that came late it goes through all of
// them. The count has read the customer's rows before; sorting them costs little.
const (
	orderByNumber = "number + 0"
	orderByID     = "id || ''"
)

// SearchDirectory gives a page of what is found and how many there are in all, as of one instant.
func SearchDirectory(ctx context.Context, db Database, s Search) (page []Found, total int64, err error) {
	sql, count, args := s.SQL()
	b := &pgx.Batch{}
	if s.Within > 0 {
		b.Queue(sqlSearchTime, strconv.FormatInt(max(s.Within.Milliseconds(), 1), 10))
	}
	queueRead(b, count, func(rows pgx.Rows) error { return rows.Scan(&total) }, args...)
	queueRead(b, sql, func(rows pgx.Rows) error {
		var f Found
		err := rows.Scan(&f.Number, &f.First, &f.Last, &f.Full, &f.Email, &f.Status, &f.Recording, &f.Available,
			&f.PhoneNumbers, &f.Extension)
		page = append(page, f)
		return err
	}, append(args[:len(args):len(args)], int64(max(s.Offset, 0)), within(s.Limit))...)
	if err := db.InTx(ctx, b); err != nil {
		return nil, 0, searchError(err)
	}
	return page, total, nil
}

// SQLSTATEs that a caller's search can cause.
const (
	stateInvalidRegexp  = "2201B"
	stateQueryCancelled = "57014"
)

func searchError(err error) error {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		switch pg.Code {
		case stateInvalidRegexp:
			return fmt.Errorf("projections: search: %w: %s", ErrSearchPattern, pg.Message)
		case stateQueryCancelled:
			return fmt.Errorf("projections: search: %w", ErrSearchTime)
		}
	}
	return fmt.Errorf("projections: search: %w", err)
}

// SQL gives the statements of a page and of the count, and the arguments of the latter; the page takes offset and limit
// behind them. Tests look at its plan.
func (s Search) SQL() (page, count string, args []any) {
	w := &where{args: []any{s.Customer}}
	condition := w.condition(s.Where)
	if condition != "" {
		condition = " AND " + condition
	}
	order := make([]string, 0, len(s.Sort)+1)
	for _, o := range s.Sort {
		direction := ""
		if o.Descending {
			direction = " DESC"
		}
		order = append(order, string(o.Column)+direction)
	}
	order = append(order, orderByNumber) // a page must not depend on chance
	n := len(w.args)
	page = sqlSearchSelect + condition + "\nORDER BY " + strings.Join(order, ", ") +
		fmt.Sprintf(" OFFSET $%d::bigint LIMIT $%d::bigint", n+1, n+2)
	return page, sqlSearchCount + condition, w.args
}
