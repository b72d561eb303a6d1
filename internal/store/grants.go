package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Grantees are the database roles of a system whose processes do not all connect as the owner of its tables. An empty
// name is left out: that part of the program continues as the owner.
type Grantees struct {
	Worker    string // decides: adds to the log, and changes or removes no event
	Feed      string // reads the log, owns the read models
	Scheduler string // reads
	API       string // reads, and keeps tokens
	Console   string // reads what operators look at, and keeps what they ask for
	Operator  string // an operator at the command line: as the console, and replays, rebases, tokens, audits
}

// The parts of the program, as the table of rights has its columns.
const (
	grantWorker = iota
	grantFeed
	grantScheduler
	grantAPI
	grantConsole
	grantOperator
)

func (g Grantees) roles() [6]string {
	return [6]string{grantWorker: g.Worker, grantFeed: g.Feed, grantScheduler: g.Scheduler, grantAPI: g.API,
		grantConsole: g.Console, grantOperator: g.Operator}
}

// waitingColumns are what gauges show of parked messages: not the messages.
const waitingColumns = "SELECT (reason, at, state)"

// rebaseColumns are what a rebase sets: the place of a shard in its topic, and nothing of its log.
const rebaseColumns = "SELECT, UPDATE (topic, topic_id, partitions, next_offset, epoch, last_record, rebase_reason, " +
	"grown_to, grown_end)"

// stepColumns are what the scheduler asks of a step that is parked, besides what waits: why, and not the message.
const stepColumns = "SELECT (reason, at, state, stream, command_id, detail)"

// renamedColumns are what a rebase sets of parked messages: that their topic is a former one.
const renamedColumns = "SELECT, UPDATE (topic)"

// rights says what each part may do with each table: s select, i insert, u update, d delete, w see what waits, k why a
// step is parked, r and p what a rebase needs; o owns it. A table that is not here is the owner's alone. Only the owner
// changes or removes an event, and only the worker adds one.
var rights = map[string][6]string{
	//                        worker  feed    scheduler api console operator
	"events":                  {"si", "s", "s", "s", "s", "s"},
	"shards":                  {"siu", "s", "s", "s", "s", "r"},
	"partition_counts":        {"s", "s", "s", "s", "s", "si"},
	"catalog_head":            {"siu", "s", "s", "s", "s", "s"},
	"subjects":                {"siu", "s", "s", "", "s", "s"},
	"outcomes":                {"sid", "s", "s", "s", "s", "s"},
	"parked":                  {"siu", "w", "k", "s", "s", "p"},
	"repairs":                 {"su", "", "", "", "si", "siu"},
	"logins":                  {"sid", "", "", "", "s", "s"},
	"run_shards":              {"siu", "s", "s", "s", "s", "s"},
	"run_totals":              {"siu", "s", "s", "s", "s", "s"},
	"run_reasons":             {"siu", "s", "s", "s", "s", "s"},
	"run_products":            {"siu", "s", "s", "s", "s", "s"},
	"run_policy":              {"siu", "s", "s", "s", "s", "s"},
	"run_halts":               {"siud", "s", "s", "s", "s", "si"},
	"clock":                   {"s", "s", "s", "s", "s", "s"},
	"subscriptions":           {"s", "siud", "s", "s", "s", "siud"},
	"leases":                  {"s", "siud", "s", "s", "s", "siud"},
	"reader_progress":         {"s", "s", "s", "s", "s", "s"},
	"accepted_tails":          {"", "s", "", "", "si", "si"},
	"replays":                 {"", "siu", "", "", "su", "siu"},
	"replay_shards":           {"", "siu", "", "", "s", "siu"},
	"projection_builds":       {"", "siud", "", "", "s", "s"},
	"projection_build_shards": {"", "siud", "", "", "s", "s"},
	"employee_documents":      {"", "o", "", "s", "s", "s"},
	"directory":               {"", "o", "", "s", "s", "s"},
	"directory_extensions":    {"", "o", "", "s", "s", "s"},
	"lines":                   {"s", "o", "s", "s", "s", "s"},
	"directory_accounts":      {"", "o", "", "s", "s", "s"},
	"log_shards":              {"s", "s", "s", "s", "s", "s"},
	"invoiced":                {"s", "s", "s", "s", "s", "s"},
	"billed_days":             {"s", "s", "s", "s", "s", "s"},
	"documents":               {"", "o", "s", "s", "s", "s"},
	"bookings":                {"", "o", "s", "s", "s", "s"},
	"employee_activity":       {"", "siud", "", "s", "", ""},
	"activity_progress":       {"", "siud", "", "s", "", ""},
	"tokens":                  {"", "", "", "siud", "su", "siud"},
	"command_keys":            {"s", "", "", "", "", ""},
	"http_commands":           {"", "", "", "siud", "", "sd"},
	"callgear_calls":          {"", "", "", "siud", "", "sd"},
	"processes":               {"siud", "siud", "siud", "siud", "siud", "s"},
	"audits":                  {"s", "s", "s", "s", "si", "sid"},
	"goose_db_version":        {"s", "s", "s", "s", "s", "s"},
}

var privileges = map[rune]string{'s': "SELECT", 'i': "INSERT", 'u': "UPDATE", 'd': "DELETE", 'w': waitingColumns,
	'r': rebaseColumns, 'p': renamedColumns, 'k': stepColumns}

// roleError says that a role cannot be given its rights, and what an administrator of the database runs first.
type roleError struct {
	Role, Next string
}

// Error names the statement.
func (e *roleError) Error() string {
	return fmt.Sprintf("store: role %s: an administrator of the database runs first: %s", e.Role, e.Next)
}

// Grant gives roles that exist the rights of their parts, and takes back all others that they have on our tables, in
// one transaction. It runs as the owner of the tables, after each Migrate; a second time changes nothing. plan only
// returns the statements.
func Grant(ctx context.Context, dsn string, g Grantees, plan bool) (statements []string, err error) {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return nil, fmt.Errorf("store: grant: %w", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	err = pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		for _, role := range g.roles() {
			if err := known(ctx, tx, role); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(ctx, sqlOneByOne); err != nil {
			return err
		}
		if statements, err = g.statements(ctx, tx); err != nil || plan {
			return err
		}
		for _, statement := range statements {
			if err := execGrant(ctx, tx, statement); err != nil {
				return fmt.Errorf("store: grant: %s: %w", statement, err)
			}
		}
		return nil
	})
	return statements, explained(err, g)
}

// sqlOneByOne has a coordinator change one part of a table after the other, since tables that are on every node follow
// in the same transaction. Without a cluster it means nothing.
const sqlOneByOne = `SET LOCAL citus.multi_shard_modify_mode = 'sequential'`

// onNodes is before a statement that a coordinator does not hand on to its nodes: rights on a database.
const onNodes = `SELECT bool_and(success), COALESCE(min(result) FILTER (WHERE NOT success), '') ` +
	`FROM run_command_on_workers(`

// execGrant runs a statement here or, as onNodes has it, on every node.
func execGrant(ctx context.Context, tx pgx.Tx, statement string) error {
	if !strings.HasPrefix(statement, onNodes) {
		_, err := tx.Exec(ctx, statement)
		return err
	}
	var ok *bool // nil: there are no nodes
	var reason string
	if err := tx.QueryRow(ctx, statement).Scan(&ok, &reason); err != nil {
		return err
	}
	if ok != nil && !*ok {
		return errors.New(reason)
	}
	return nil
}

const sqlRoleKnown = `SELECT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = $1::text AND NOT rolsuper)`

// known refuses a role that does not exist, or that no right could hold back.
func known(ctx context.Context, tx pgx.Tx, role string) error {
	if role == "" {
		return nil
	}
	var ok bool
	if err := tx.QueryRow(ctx, sqlRoleKnown, role).Scan(&ok); err != nil {
		return fmt.Errorf("store: grant: %w", err)
	}
	if !ok {
		return &roleError{Role: role, Next: "CREATE ROLE " + quoted(role) + " LOGIN NOSUPERUSER PASSWORD '…'"}
	}
	return nil
}

// explained makes a refusal of the server an instruction where it is the known one: the owner cannot hand tables to a
// role that it is no member of.
func explained(err error, g Grantees) error {
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.Code == "42501" && g.Feed != "" {
		return fmt.Errorf(
			"%w: %w",
			&roleError{Role: g.Feed, Next: "GRANT " + quoted(g.Feed) + " TO the owner of the tables"},
			err,
		)
	}
	return err
}

// The names of our tables and views that exist, the database and who we are.
const sqlGrantPlace = `
SELECT current_database(), current_user, pg_has_role(current_user, NULLIF($1::text, '')::name, 'MEMBER'),
       ARRAY(SELECT c.relname::text FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
             WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p', 'v')
               AND NOT EXISTS (SELECT 1 FROM pg_depend AS d WHERE d.objid = c.oid AND d.deptype = 'e') -- an extension's
             ORDER BY c.relname),
       EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'citus')`

// statements lists what gives the roles their rights, in an order that works for roles that have other rights already.
func (g Grantees) statements(ctx context.Context, tx pgx.Tx) ([]string, error) {
	var database, self string
	var member *bool
	var tables []string
	var cluster bool
	if err := tx.QueryRow(ctx, sqlGrantPlace, g.Feed).Scan(&database, &self, &member, &tables, &cluster); err != nil {
		return nil, fmt.Errorf("store: grant: %w", err)
	}
	var all []string
	add := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	everywhere := func(format string, args ...any) {
		add(format, args...)
		if cluster {
			add(onNodes+"$node$%s$node$)", fmt.Sprintf(format, args...))
		}
	}
	if g.Feed != "" && (member == nil || !*member) {
		add("GRANT %s TO %s", quoted(g.Feed), quoted(self)) // to hand tables over, and to migrate them later
	}
	for _, role := range g.roles() {
		if role != "" {
			everywhere("GRANT CONNECT ON DATABASE %s TO %s", quoted(database), quoted(role))
			add("GRANT USAGE ON SCHEMA public TO %s", quoted(role))
			add("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM %s", quoted(role))
		}
	}
	// a rebuild makes its tables in their own schema, and then has them take the place of the live ones
	if g.Feed != "" {
		everywhere("GRANT CREATE ON DATABASE %s TO %s", quoted(database), quoted(g.Feed))
		add("GRANT CREATE ON SCHEMA public TO %s", quoted(g.Feed))
		for _, reader := range []string{g.API, g.Scheduler, g.Console, g.Operator} {
			if reader != "" {
				add("ALTER DEFAULT PRIVILEGES FOR ROLE %s GRANT SELECT ON TABLES TO %s", quoted(g.Feed), quoted(reader))
			}
		}
	}
	return append(all, g.onTables(tables)...), nil
}

// onTables lists the rights on the tables that exist.
func (g Grantees) onTables(tables []string) (all []string) {
	roles := g.roles()
	for _, table := range tables {
		for part, letters := range rights[table] {
			switch {
			case letters == "" || roles[part] == "":
			case letters == "o":
				all = append(all, fmt.Sprintf("ALTER TABLE public.%s OWNER TO %s", quoted(table), quoted(roles[part])),
					// a second time it was taken back above
					fmt.Sprintf("GRANT ALL ON public.%s TO %s", quoted(table), quoted(roles[part])))
			default:
				all = append(all, fmt.Sprintf("GRANT %s ON public.%s TO %s", listed(letters), quoted(table), quoted(roles[part])))
			}
		}
	}
	slices.SortStableFunc(all, func(a, b string) int { return rankOf(a) - rankOf(b) })
	return all
}

// rankOf puts tables into other hands before anybody is given rights on them.
func rankOf(statement string) int {
	if strings.HasPrefix(statement, "ALTER") {
		return 0
	}
	return 1
}

func listed(letters string) string {
	words := make([]string, 0, len(letters))
	for _, letter := range letters {
		words = append(words, privileges[letter])
	}
	return strings.Join(words, ", ")
}

func quoted(name string) string { return pgx.Identifier{name}.Sanitize() }
