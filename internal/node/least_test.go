package node

import (
	"context"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"tenure/api"
	"tenure/billing"
	"tenure/contract"
	"tenure/domain"
	"tenure/events"
	"tenure/internal/audit"
	"tenure/internal/bus"
	"tenure/internal/command"
	"tenure/internal/config"
	"tenure/internal/feed"
	"tenure/internal/rebuild"
	"tenure/internal/runs"
	"tenure/internal/store"
	"tenure/internal/test/running"
	"tenure/projections"
)

// estate is a system of four processes, each with a separate name on Kafka and in the database, and with its rights
// only.
type estate struct {
	*system // the api's process, and commands sent by the platform
	kafka   func(user string) bus.Config
	dsn     string // the owner's
	parts   map[config.Role]*Node

	platform *bus.Publisher
}

// principals of the estate on Kafka; each user is named like its part.
func principals() (list []bus.Principal) {
	for _, part := range bus.Parts() {
		list = append(list, bus.Principal{Part: part, Name: "User:" + string(part)})
	}
	return list
}

func openEstate(t *testing.T) *estate {
	t.Helper()
	a := newAuthority(t)
	var users []string
	for _, part := range bus.Parts() {
		users = append(users, string(part))
	}
	e := &estate{kafka: guarded(t, a, users...), dsn: encrypted(t, a)}
	require.NoError(t, store.Migrate(t.Context(), e.dsn))
	owner, err := pgx.Connect(t.Context(), e.dsn)
	require.NoError(t, err)
	defer owner.Close(context.Background())
	for _, role := range append(config.Roles(), config.Role(bus.PartOperator)) {
		_, err := owner.Exec(t.Context(), "CREATE ROLE "+string(role)+" LOGIN PASSWORD '"+samplePassword+"'")
		require.NoError(t, err)
	}
	_, err = store.Grant(t.Context(), e.dsn, store.Grantees{
		Worker: "worker", Feed: "feed", Scheduler: "scheduler", API: "api", Console: "console",
		Operator: "operator"}, false)
	require.NoError(t, err)
	left, err := bus.Apply(t.Context(), e.kafka("admin"), bus.Declared{Topics: bus.Topics(2),
		Rules: bus.Rules("", "tenure", principals())})
	require.NoError(t, err)
	require.Empty(t, left)

	e.parts = map[config.Role]*Node{}
	for _, role := range config.Roles() {
		e.parts[role] = e.process(t, role)
	}
	publisher, err := bus.NewPublisher(e.kafka("platform"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, publisher.Close()) })
	e.platform = publisher
	d, err := command.New(e.kafka("platform"), publisher, nil)
	require.NoError(t, err)
	t.Cleanup(d.Close)
	e.system = &system{Node: e.parts[config.RoleAPI], t: t, dispatcher: d}
	return e
}

// process starts a process of one role.
func (e *estate) process(t *testing.T, role config.Role) *Node {
	t.Helper()
	policy, err := billing.DefaultPolicy().With("ledgers", "CUSTOMER,RESELLER,COST")
	require.NoError(t, err)
	policy, err = policy.Ready()
	require.NoError(t, err)
	n, err := Start(t.Context(), Config{
		Config: config.Config{
			Roles: []config.Role{role}, Policy: policy, Group: "tenure", Partitions: 2, HTTP: "127.0.0.1:0",
			Admin: "127.0.0.1:0", Console: "127.0.0.1:0",
			Kafka: e.kafka(string(role)),
			Postgres: store.Config{DSN: within(t, e.dsn, func(u *url.URL) {
				u.User = url.UserPassword(string(role), samplePassword)
			})},
		},
		Pages: func(Operating) (http.Handler, error) { return http.NotFoundHandler(), nil }, Log: running.Log(),
	})
	require.NoError(t, err, role)
	t.Cleanup(func() { running.End(t, n.Stop) })
	return n
}

func TestLeast_EachProcessWorksWithItsOwnRightsOnly(t *testing.T) {
	t.Parallel()
	e := openEstate(t)
	owner, err := store.Open(t.Context(), store.Config{DSN: e.dsn})
	require.NoError(t, err)
	t.Cleanup(owner.Close)
	e.apply(company()...)
	e.apply(hire(employeeID(1)))
	stray := e.send(newCommand("employee.update.v1", employeeID(2), "nobody", map[string]any{"title": "Sample title"}))
	require.Equal(t, domain.StatusRejected, stray[0].Status)
	require.Eventually(t, func() bool { // tonight's run was behind, and began at once
		return len(e.amounts("customer", contract.BillingRuns)) > 0
	}, waitMax, 50*time.Millisecond)

	require.NoError(t, feed.Caught(t.Context(), owner, nil, feed.RelayName, feed.OutcomesName, "directory"))
	token, err := api.Tokens{Database: e.Store}.Create(t.Context(), events.Actor{AccessLevel: adminLevel}, 0)
	require.NoError(t, err)
	o := &office{system: e.system, at: Connection{HTTP: "http://" + e.HTTP, Token: token}}
	status, read := o.call(http.MethodGet, "/employee/"+employeeID(1), "")
	require.Equal(t, http.StatusOK, status, "%v", read)
	status, read = o.call(http.MethodPost, "/employee/"+employeeID(1), `{"title":"Sample title"}`)
	require.Equal(t, http.StatusOK, status, "%v", read)
	require.Equal(t, "Sample title", read["title"])

	operator, err := store.Open(t.Context(), store.Config{DSN: within(t, e.dsn, func(u *url.URL) {
		u.User = url.UserPassword(string(bus.PartOperator), samplePassword)
	})})
	require.NoError(t, err)
	t.Cleanup(operator.Close)
	e.settles(operator)
	built, err := rebuild.Run(t.Context(), e.parts[config.RoleFeed].Store, projections.Directory{}, rebuild.Options{})
	require.NoError(t, err, "the feed builds its read models again")
	require.True(t, rebuild.Equal(built.Tables))
	_, err = store.Grant(t.Context(), e.dsn, store.Grantees{
		Worker: "worker", Feed: "feed", Scheduler: "scheduler", API: "api", Console: "console",
		Operator: "operator"}, false)
	require.NoError(t, err)
	status, read = o.call(http.MethodGet, "/employee/"+employeeID(1), "")
	require.Equal(t, http.StatusOK, status, "%v", read)

	found, err := audit.Violations(t.Context(), operator)
	require.NoError(t, err)
	require.Empty(t, found)
	require.NoError(t, operator.KeepAudit(t.Context(), []store.AuditRecord{{ID: "I1", Name: "one"}}))
	require.NotEmpty(t, e.amounts("operator", contract.BillingRuns), "an operator compares topics with the log")
	status, body := ask(t, e.Node, "/readyz")
	require.Equal(t, http.StatusOK, status, body)
}

// settles has the worker's process do what operators request: halt and resume, and discard what is parked.
func (e *estate) settles(operator *store.Store) {
	e.t.Helper()
	by := runs.Who{Actor: events.Actor{AccessLevel: adminLevel, Employee: employeeID(1)}}
	require.NoError(e.t, operator.HaltNow(e.t.Context(), []string{store.ScopeDeletions}, "look", e.Clock.Now()))
	e.apply(runs.Halt("all", "look", by), runs.Resume("all", "looked", by))
	require.NoError(e.t, e.platform.Publish(e.t.Context(),
		[]bus.Message{{Topic: contract.EmployeeCommands, Key: []byte("x"), Value: []byte("{")}}))
	var list []store.Parked
	require.Eventually(e.t, func() (done bool) {
		var err error
		list, err = operator.ParkedList(e.t.Context(), store.ParkedFilter{})
		return err == nil && len(list) == 1
	}, waitMax, 50*time.Millisecond)
	p, id := list[0], uuid.New()
	require.NoError(e.t, operator.AskRepair(e.t.Context(), store.Repair{
		ID: id, Shard: p.Shard, Action: store.RepairDiscard, Topic: p.Topic, Partition: p.Partition, Offset: p.Offset,
		By: "operator", Reason: "no command",
	}))
	require.Eventually(e.t, func() bool {
		asked, err := operator.RepairsByID(e.t.Context(), []uuid.UUID{id})
		return err == nil && len(asked) == 1 && asked[0].State == store.RepairDone
	}, waitMax, 50*time.Millisecond)
}

// amounts reads a topic as one of the users.
func (e *estate) amounts(user, topic string) (values []string) {
	e.t.Helper()
	lookup, err := bus.NewTopicReader(e.kafka(user))
	require.NoError(e.t, err)
	defer lookup.Close()
	require.NoError(e.t, lookup.ReadAll(e.t.Context(), []string{topic}, nil, func(m bus.Message) error {
		values = append(values, string(m.Value))
		return nil
	}))
	return values
}
