package access

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/api"
	"tenure/billing"
	"tenure/contract"
	"tenure/domain"
	"tenure/events"
	"tenure/internal/bus"
	"tenure/internal/command"
	"tenure/internal/config"
	"tenure/internal/feed"
	"tenure/internal/node"
	"tenure/internal/signing"
	"tenure/internal/store"
	"tenure/internal/test/database"
	"tenure/internal/test/environment"
	"tenure/internal/test/running"
	"tenure/projections"
)

func TestMain(m *testing.M) { os.Exit(environment.Processes(m.Run)) }

// waitMax bounds each wait; it is only ever reached by a failure.
const waitMax = 5 * time.Minute

// system is a whole process with the world of the specification in it.
type system struct {
	t         *testing.T
	node      *node.Node
	publisher *bus.Publisher
	outcomes  *bus.Outcomes
	admin     string // a token

	mu      sync.Mutex
	tokens  map[string]string // of the actors, by employee
	numbers map[string]int64  // of the employees, by e-mail address
	emails  map[string]string // by employee
	keys    map[string]signing.Key
}

func startSystem(t *testing.T, f file) *system {
	t.Helper()
	at, err := time.Parse(time.RFC3339, f.Meta.Clock)
	require.NoError(t, err)
	policy, err := billing.DefaultPolicy().With("ledgers", "CUSTOMER,RESELLER,COST")
	require.NoError(t, err)
	policy, err = policy.Ready()
	require.NoError(t, err)
	n, err := node.Start(t.Context(), node.Config{
		Config: config.Config{
			Roles: config.Roles(), Policy: policy, Group: "access", Partitions: 4, HTTP: "127.0.0.1:0",
			Kafka:    bus.Config{ClientID: "access"},
			Postgres: store.Config{DSN: database.ForProcess(t)},
			CallGear: api.Limits{Day: 1 << 40, Minute: 1 << 40},
		},
		Ephemeral: true, Prepare: true, Clock: at, Log: running.Log(),
	})
	require.NoError(t, err)
	t.Cleanup(func() { running.End(t, n.Stop) })
	s := &system{t: t, node: n, tokens: map[string]string{}, numbers: map[string]int64{}, emails: map[string]string{},
		keys: map[string]signing.Key{}}
	s.addKeys(f.Meta.Keys)
	s.publisher, err = bus.NewPublisher(n.Kafka)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.publisher.Close()) })
	s.outcomes, err = bus.NewOutcomes(n.Kafka, contract.EmployeeOutcomes)
	require.NoError(t, err)
	t.Cleanup(s.outcomes.Close)
	s.admin, err = api.Tokens{Database: n.Store}.Create(t.Context(), events.Actor{AccessLevel: "ADMIN"}, 0)
	require.NoError(t, err)
	return s
}

// sending is a command on its way.
type sending struct {
	kind, subject, id string
	actor, data       json.RawMessage // a nil actor: the value has none
	key               signing.Key     // that signs it; may be none
}

// message writes a command as an outside sender would: the actor as it is given.
func (c sending) message() (bus.Message, error) {
	m, err := command.Compose(command.Command{Type: c.kind, Subject: c.subject, ID: c.id, At: time.Now()})
	if err != nil {
		return m, err
	}
	value := map[string]json.RawMessage{"data": c.data}
	if c.data == nil {
		value["data"] = json.RawMessage("{}")
	}
	if c.actor != nil {
		value["actor"] = c.actor
	}
	if m.Value, err = json.Marshal(value); err != nil || !c.key.Given() {
		return m, err
	}
	header := func(name string) string { return string(m.Header(name)) }
	proof := c.key.Sign(signing.Content{
		Type: c.kind, Subject: c.subject, ID: c.id, Time: header("ce_time"), Value: m.Value,
	})
	m.Headers = append(m.Headers, bus.Header{Key: signing.Header, Value: []byte(proof)})
	return m, nil
}

// addKeys makes the keys that the specification names, as an operator does.
func (s *system) addKeys(all map[string]keyBounds) {
	s.t.Helper()
	for name, bounds := range all {
		key, err := signing.NewKey(signing.HMAC)
		require.NoError(s.t, err)
		require.NoError(s.t, s.node.Store.AddSigningKey(s.t.Context(), store.SigningKey{
			ID: key.ID, Name: name, Algorithm: string(signing.HMAC), Material: key.Material(), Types: bounds.Types,
			Level: bounds.Level, Reseller: bounds.Reseller, Reason: "a test", CreatedBy: "a test",
		}))
		s.keys[name] = key
	}
}

// send sends commands together and gives the outcome of each.
func (s *system) send(ctx context.Context, list ...sending) ([]domain.Outcome, error) {
	ctx, cancel := context.WithTimeout(ctx, waitMax)
	defer cancel()
	messages, expected := make([]bus.Message, len(list)), make([]*bus.Expected, len(list))
	for i, c := range list {
		var err error
		if messages[i], err = c.message(); err != nil {
			return nil, err
		}
		expected[i] = s.outcomes.Expect(c.subject, c.id)
		defer expected[i].Forget()
	}
	if err := s.publisher.Publish(ctx, messages); err != nil {
		return nil, err
	}
	outcomes := make([]domain.Outcome, len(list))
	for i, e := range expected {
		m, err := e.Wait(ctx)
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", list[i].kind, list[i].subject, err)
		}
		if err := json.Unmarshal(m.Value, &outcomes[i]); err != nil {
			return nil, err
		}
	}
	return outcomes, nil
}

// platform is the actor of what exists before any case.
var platform = json.RawMessage(`{"accessLevel":"ADMIN"}`)

// put makes things of one kind, each of which must be there afterwards.
func (s *system) put(kind string, list []object) {
	s.t.Helper()
	for i, problem := range s.tryPut(kind, list) {
		require.Empty(s.t, problem, "%s %s", kind, list[i]["_id"])
	}
}

// tryPut makes things of one kind and says what was refused.
func (s *system) tryPut(kind string, list []object) []string {
	s.t.Helper()
	commands := make([]sending, len(list))
	for i, o := range list {
		data := object{}
		for name, value := range o {
			if name != "_id" {
				data[name] = value
			}
		}
		raw, err := json.Marshal(data)
		require.NoError(s.t, err)
		id := o["_id"].(string)
		commands[i] = sending{kind: kind, subject: id, id: "world-" + id, actor: platform, data: raw}
	}
	outcomes, err := s.send(s.t.Context(), commands...)
	require.NoError(s.t, err, kind)
	refused := make([]string, len(list))
	for i, o := range outcomes {
		if o.Status != "applied" {
			refused[i] = fmt.Sprintf("%s: %v", o.Status, o.Error)
		}
	}
	return refused
}

// create makes the world, and all employees of the cases; it returns why one could not be made, by its id.
func (s *system) create(f file) map[string]string {
	s.t.Helper()
	s.put("catalog.put_reseller.v1", f.World.Resellers)
	s.put("catalog.put_customer.v1", f.World.Customers)
	s.put("catalog.put_product.v1", f.World.Products)
	s.put("employee.create.v1", f.World.Employees)
	var fresh []object
	for _, c := range f.Cases {
		fresh = append(fresh, c.Fresh...)
	}
	refused := map[string]string{}
	for i, problem := range s.tryPut("employee.create.v1", fresh) {
		if problem != "" {
			refused[fresh[i]["_id"].(string)] = problem
		}
	}
	for _, e := range append(fresh, f.World.Employees...) {
		s.emails[e["_id"].(string)], _ = e["emailAddress"].(string)
	}
	s.readable()
	return refused
}

// readable waits until the API's read model has all that was created: a token of an employee whom the directory does
// not have yet gives no rights.
func (s *system) readable() {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), waitMax)
	defer cancel()
	require.NoError(s.t, feed.Caught(ctx, s.node.Store, nil, projections.Directory{}.Name()))
}
