package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

var (
	// ErrFenced says that the claim is no longer the shard's: another owner, or an own write that is not remembered.
	// Nothing was written. Never write again under this claim.
	ErrFenced = errors.New("the shard has another owner")
	// ErrCatalogMoved says that the decision used an old catalogue. Nothing was written: reload it and decide again.
	ErrCatalogMoved = errors.New("the catalogue has moved on")
	// ErrHalted says that an operator has stopped what was to be written. Nothing was written: read Halts and decide
	// again.
	ErrHalted = errors.New("halted")
	// ErrRunMoved says that the runs' tables are not as the decision read them. Nothing was written: decide again.
	ErrRunMoved = errors.New("the tables of the run have moved on")
	// ErrInDoubt says that the connection was lost at or after sending: the write took effect whole, or not at all.
	// Claim the shard again and look at what it returns.
	ErrInDoubt = errors.New("commit in doubt")
	// ErrLeaseLost says that a reader's lease is no longer its own, or its position not where it believed. Nothing was
	// written: stop reading and lease again.
	ErrLeaseLost = errors.New("the lease has another owner")
	// ErrClockAhead says that a decision was made for a time more than a minute ahead of the database's clock. Nothing was
	// written: what a wrong clock decides cannot be undone.
	ErrClockAhead = errors.New("the clock of this process is more than a minute ahead of the database's: set it right, " +
		"then: tenure check")
	// ErrLostHistory says that a place is not in the log: what was read up to it was lost (a failover, a restored backup).
	// Nothing was written: drop what was read, and read again from a place that the log has.
	ErrLostHistory = errors.New("the log does not have this place: a part of it was lost")
)

// ConflictError says that the write broke a constraint and nothing of it was written. Reload and decide again; when
// that does not help, bisect the batch.
type ConflictError struct {
	// Constraint is its name, e.g. events_stream_version or subjects_no_day_twice; for a value that the database cannot
	// hold at all (a text with NUL, a number out of range, a key too long for an index) it is sqlstate_ and the code.
	Constraint string
	cause      error
}

// Error names the constraint.
func (e *ConflictError) Error() string { return "conflict on " + e.Constraint + ": " + e.cause.Error() }

// Unwrap gives the database's error.
func (e *ConflictError) Unwrap() error { return e.cause }

// ErrTopicChanged says that the topic is not the one the shard was taken from: recreated, or with other partitions.
type ErrTopicChanged struct {
	Shard      ShardID
	Remembered Topic // what the shard's row remembers; without offsets
	Found      Topic // what the broker has
}

// Error says what differs and what to run next.
func (e ErrTopicChanged) Error() string {
	next := fmt.Sprintf("when this is intended: tenure topics rebase --shard %d --reason TEXT", e.Shard)
	was, is := e.Remembered.Partitions, e.Found.Partitions
	switch {
	case was > 0 && is > was && is%was == 0 && e.Shard.Family() == FamilyEmployee:
		next = fmt.Sprintf("when it was given more partitions on purpose: tenure topics grow --partitions %d --yes", is)
	case was != is:
		next = fmt.Sprintf("create the topic again with %d partitions, then: tenure topics rebase --shard %d --reason TEXT",
			was, e.Shard)
	}
	return fmt.Sprintf("store: shard %d belongs to topic %s/%d, id %q, %d partitions; "+
		"the broker has %s/%d, id %q, %d partitions; %s", e.Shard,
		e.Remembered.Name, e.Remembered.Partition, e.Remembered.ID, was,
		e.Found.Name, e.Found.Partition, e.Found.ID, is, next)
}

// ErrOffsetGone says that the broker no longer has, or does not have yet, the next message of the shard: retention
// passed it, or the topic lost its tail.
type ErrOffsetGone struct {
	Shard                ShardID
	Next, Oldest, Newest int64 // offsets
}

// Error says which offsets there are and what to run next.
func (e ErrOffsetGone) Error() string {
	return fmt.Sprintf("store: shard %d continues at offset %d, the broker has %d to %d; "+
		"when the difference is known and accepted: tenure topics rebase --shard %d --to-offset OFFSET --reason TEXT",
		e.Shard, e.Next, e.Oldest, e.Newest, e.Shard)
}

// SQLSTATEs that our own statements raise through tenure_refuse. The class is outside the standard's and PostgreSQL's.
const (
	stateFenced       = "TN001"
	stateCatalogMoved = "TN002"
	stateStaleSubject = "TN003"
	stateRunNotOpen   = "TN004"
	stateLeaseLost    = "TN005"
	stateLostHistory  = "TN007"
	stateClockAhead   = "TN008"
	stateClockBack    = "TN006"
	stateHalted       = "TN020"
	stateRunMoved     = "TN021"
	stateRepairClosed = "TN010"
)

// refusals says what each of our own SQLSTATEs means to the caller.
var refusals = map[string]error{
	stateFenced:       ErrFenced,
	stateCatalogMoved: ErrCatalogMoved,
	stateLeaseLost:    ErrLeaseLost,
	stateLostHistory:  ErrLostHistory,
	stateClockAhead:   ErrClockAhead,
	stateClockBack:    ErrClockBack,
	stateHalted:       ErrHalted,
	stateRunMoved:     ErrRunMoved,
}

// conflicts names the constraint that each of our own SQLSTATEs means.
var conflicts = map[string]string{
	stateStaleSubject: "subjects_version",
	stateRunNotOpen:   ConstraintRunOpen,
	stateRepairClosed: "repairs_open",
}

// classify turns an error of the database into one of the package's, keeping the cause.
func classify(err error) error {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return err
	}
	if refusal, ok := refusals[pg.Code]; ok {
		return refusal
	}
	if constraint, ok := conflicts[pg.Code]; ok {
		return &ConflictError{Constraint: constraint, cause: err}
	}
	if pg.Code == "23502" { // NOT NULL has no name
		return &ConflictError{Constraint: constraintOf(pg.TableName) + "_" + pg.ColumnName + "_not_null", cause: err}
	}
	if constraint := brokenConstraint(pg); constraint != "" || strings.HasPrefix(pg.Code, "23") {
		return &ConflictError{Constraint: constraint, cause: err}
	}
	if strings.HasPrefix(pg.Code, "22") || strings.HasPrefix(pg.Code, "54") {
		// what was sent cannot be held, whenever it is sent
		return &ConflictError{Constraint: "sqlstate_" + pg.Code, cause: err}
	}
	return err
}

// classifySent is classify for what was sent as one transaction: without the server's answer the outcome is unknown. An
// ERROR answers (the transaction is rolled back); a FATAL one does not, since a server that is shut down while a commit
// waits for its standby sends it after the commit.
func classifySent(err error) error {
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.Severity == "ERROR" {
		return classify(err)
	}
	var unsent pgx.ErrPreprocessingBatch
	if pgconn.SafeToRetry(err) || errors.As(err, &unsent) {
		return classify(err) // nothing left this process, or only the preparation of the statements
	}
	return fmt.Errorf("%w: %w", ErrInDoubt, err)
}

// transientStates are SQLSTATEs that say nothing against the statement: the same one may succeed later.
var transientStates = map[string]bool{
	"40001": true, // serialization failure
	"40P01": true, // deadlock
	"55P03": true, // lock timeout
	"57014": true, // statement timeout, cancelled by an operator
	"57P01": true, // administrator shut the server down
	"57P02": true, // another backend crashed
	"57P03": true, // starting up
	"57P05": true, // idle session ended
	"25P03": true, // idle in transaction for too long
	"25006": true, // read-only: a standby, or a primary that steps down
	"58000": true, // system error
	"58030": true, // I/O error
}

// IsTransient reports that nothing was written and that the same call may succeed later: serialization, deadlock,
// timeouts, too many connections, a server that shuts down or cannot be reached, a full disk. It never holds for
// ErrFenced, ErrInDoubt and a context that ended.
func IsTransient(err error) bool {
	if errors.Is(err, ErrGrowing) {
		return true
	}
	if err == nil || errors.Is(err, ErrInDoubt) || errors.Is(err, context.Canceled) ||
		errors.Is(err, context.DeadlineExceeded) {
		return false
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return passing(pg)
	}
	return disconnected(err)
}

// passing reports that the server's answer may be another one later.
func passing(pg *pgconn.PgError) bool {
	return transientStates[pg.Code] || stalePlan(pg) ||
		strings.HasPrefix(pg.Code, "53") || // disk full, out of memory, too many connections
		strings.HasPrefix(pg.Code, "08") // connection
}

// disconnected reports that the server did not answer.
func disconnected(err error) bool {
	var connect *pgconn.ConnectError
	var network net.Error
	return errors.As(err, &connect) || errors.As(err, &network) || pgconn.SafeToRetry(err) ||
		errors.Is(err, errNoSession) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// stalePlan reports that a migration changed a table under a prepared statement; pgx prepares it again next time.
func stalePlan(pg *pgconn.PgError) bool {
	return pg.Code == "0A000" && strings.Contains(pg.Message, "cached plan")
}

// codeInternal is the code under which a coordinator passes on what a node refuses of the rows that it copies to it:
// the message is all that it says.
const codeInternal = "XX000"

var (
	brokenInWords = regexp.MustCompile(`violates \w+ constraint "(\w+)"`)
	indexedText   = regexp.MustCompile(`^index row (requires|size)`)
)

// brokenConstraint names the constraint that a statement broke, as the migrations have it; empty: none.
func brokenConstraint(pg *pgconn.PgError) string {
	if !strings.HasPrefix(pg.Code, "23") && pg.Code != codeInternal {
		return ""
	}
	if pg.ConstraintName != "" {
		return constraintOf(pg.ConstraintName)
	}
	if broken := brokenInWords.FindStringSubmatch(pg.Message); broken != nil {
		return constraintOf(broken[1])
	}
	if indexedText.MatchString(pg.Message) {
		return "sqlstate_54000"
	}
	return ""
}

// partNumber is behind the names of a table's parts, and of their constraints, on the nodes of a cluster.
var partNumber = regexp.MustCompile(`_\d{6,}$`)

// constraintOf is a name as the migrations have it.
func constraintOf(name string) string { return partNumber.ReplaceAllString(name, "") }
