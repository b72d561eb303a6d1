package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/domain"
	"tenure/events"
	"tenure/internal/bus"
	"tenure/internal/secret"
	"tenure/internal/store"
)

// localSystem decides commands by the rules and folds the events into its read models, as the whole system does,
// without a broker between them.
type localSystem struct {
	db      *store.Store
	sealer  *secret.Sealer
	catalog Catalog

	mu       sync.Mutex
	subjects map[string]*streamState // by employee
	logins   map[string]string       // employees by login name
	position int64
}

// streamState is an employee with its version.
type streamState struct {
	domain.Subject
	version int32
}

// The localSystem's references, beside those of the people: the reseller's own company, and what an employee can refer
// to.
const (
	ownCompany   = "5c0000000000000000000005"
	greeting     = "6a0000000000000000000001"
	subscription = "5f0000000000000000000001"
	address      = "ad0000000000000000000001"
)

// local is one localSystem for all tests; each test creates its employees.
var local = sync.OnceValues(func() (*localSystem, error) {
	made, err := openNew(context.Background())
	if err != nil {
		return nil, err
	}
	sealer, err := secret.NewSealer(bytes.Repeat([]byte{7}, 32))
	return &localSystem{db: made, sealer: sealer, catalog: localCatalog(), subjects: map[string]*streamState{},
		logins: map[string]string{}}, err
})

// startLocal gives the handlers before it.
func startLocal(t testing.TB) (*localSystem, http.Handler) {
	t.Helper()
	o, err := local()
	require.NoError(t, err)
	return o, serve(func(c *Config) {
		c.Database, c.Send, c.Seal, c.Carried = o.db, o.send, o.sealer.Protect, bus.Guard
		c.Catalog = func() Catalog { return o.catalog }
	})
}

func localCatalog() Catalog {
	c := sampleCatalog()
	c.Fold(events.Recorded{Stream: "reseller/" + ownReseller, Event: events.ResellerPut{Parent: parentReseller,
		Company: ownCompany}})
	c.Fold(events.Recorded{Stream: "customer/" + ownCompany, Event: events.CustomerPut{Reseller: ownReseller,
		Features: []string{domain.FeaturePBX}}})
	own, _ := c.Customer(ownCustomer)
	own.Features = []string{domain.FeaturePBX, domain.FeatureOrganization}
	own.Greetings, own.Subscriptions = []string{greeting}, []string{subscription, "5f0000000000000000000002"}
	own.BillingCustomers, own.OrganizationResellers = []string{otherCustomer}, []string{otherReseller}
	c.Fold(events.Recorded{Stream: "customer/" + ownCustomer, Event: own})
	return c
}

// send decides a command and makes its effect readable.
func (o *localSystem) send(ctx context.Context, c Command) (domain.Outcome, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	a := domain.Outcome{Command: c.ID, Subject: c.Employee, Status: domain.StatusApplied}
	order, err := domain.DecodeCommand(c.Type, encoded(c.Data))
	var done []events.Event
	if err == nil {
		done, err = o.decide(c, order)
	}
	if no, ok := domain.AsRejection(err); ok {
		a.Status, a.Error = domain.StatusRejected, no
		return a, nil
	}
	if err != nil {
		return a, err
	}
	return a, o.record(ctx, c.Employee, done...)
}

func (o *localSystem) decide(c Command, order domain.Command) ([]events.Event, error) {
	s, err := o.subject(c.Employee)
	if err != nil {
		return nil, err
	}
	w := domain.World{Now: today, Catalog: o.catalog.Catalog, Policy: billing.DefaultPolicy(), Actor: c.Actor,
		Number: int64(len(o.subjects))}
	holder, taken := o.logins[domain.NameWanted(order, domain.Stream(domain.KindEmployee, c.Employee), o.catalog.Catalog)]
	w.LoginTaken = taken && holder != c.Employee
	return s.Decide(order, w)
}

func (o *localSystem) subject(id string) (*streamState, error) {
	if s, known := o.subjects[id]; known {
		return s, nil
	}
	s, err := domain.NewSubject(domain.Stream(domain.KindEmployee, id))
	if err == nil {
		o.subjects[id] = &streamState{Subject: s}
	}
	return o.subjects[id], err
}

// happen records facts of an employee.
func (o *localSystem) record(ctx context.Context, id string, done ...events.Event) error {
	s, err := o.subject(id)
	if err != nil {
		return err
	}
	var page []events.Recorded
	for _, e := range done {
		s.version++
		o.position++
		s.Evolve(e)
		page = append(page, events.Recorded{Stream: domain.Stream(domain.KindEmployee, id), Version: s.version,
			Position: o.position, Event: e})
	}
	for _, login := range domain.NamesOf(s.Subject) {
		o.logins[login] = id
	}
	return readable(ctx, o.db, page)
}

// as gives the headers of a caller with a level at the localSystem.
func (o *localSystem) as(t testing.TB, level string) []string {
	t.Helper()
	return o.by(t, at(level))
}

func (o *localSystem) by(t testing.TB, rights events.Actor) []string {
	t.Helper()
	made, err := tokenOf(o.db, rights)
	require.NoError(t, err)
	return []string{"X-API-Key", made}
}

// document is an answer as a test reads it.
func document(t testing.TB, w *httptest.ResponseRecorder) (doc map[string]any) {
	t.Helper()
	require.Equal(t, http.StatusOK, w.Code, w.Body.String())
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &doc))
	return doc
}

// createEmployee creates an employee of the tests' customer as an ADMIN, with members besides a name, and returns the
// response.
func createEmployee(t testing.TB, members string) (doc map[string]any) {
	t.Helper()
	o, h := startLocal(t)
	return document(t, call(t, h, http.MethodPost, "/employee", body28(members, true), o.as(t, "ADMIN")...))
}

// change updates an employee as its administrator.
func change(t testing.TB, id any, body string) map[string]any {
	t.Helper()
	o, h := startLocal(t)
	return document(t, call(t, h, http.MethodPost, fmt.Sprintf("/employee/%v", id), body, o.as(t, "ADMIN")...))
}

// body28 is a body of the create page: of the tests' customer, with or without a name.
func body28(members string, named bool) string {
	body := `{"customer":"` + ownCustomer + `"`
	if named {
		body += `,"name":"Sample employee 28"`
	}
	if members != "" {
		body += "," + members
	}
	return body + "}"
}

// login is a login name that nobody else asks for.
func login() string { return fmt.Sprintf("%s-%d@sample.example", randomHex(4), time.Now().UnixNano()) }

// recordEvents records facts that no command of the APIs makes.
func (o *localSystem) recordEvents(ctx context.Context, id string, done ...events.Event) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.record(ctx, id, done...)
}

func decodeInto(t testing.TB, raw []byte, into any) {
	t.Helper()
	require.NoError(t, json.Unmarshal(raw, into), string(raw))
}
