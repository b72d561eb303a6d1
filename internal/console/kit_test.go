package console_test

import (
	"context"
	"encoding/json"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"tenure/api"
	"tenure/billing"
	"tenure/domain"
	"tenure/events"
	"tenure/internal/bus"
	"tenure/internal/command"
	"tenure/internal/config"
	"tenure/internal/console"
	"tenure/internal/node"
	"tenure/internal/runs"
	"tenure/internal/runstate"
	"tenure/internal/store"
	"tenure/internal/test/database"
	"tenure/internal/test/environment"
	"tenure/internal/test/running"
	"tenure/projections"
	"tenure/scheduler"
)

func TestMain(m *testing.M) { os.Exit(environment.Processes(m.Run)) }

const (
	reseller = "5a0000000000000000000001"
	customer = "5c0000000000000000000001"
	product  = "5b0000000000000000000001"
	employee = "5e0000000000000000000001"
	patience = 3 * time.Minute // on a busy machine
)

// system is a whole system with one employee, and a run of 1 November that exceeds a bound and needs an approval.
type system struct {
	t      *testing.T
	node   *node.Node
	sender *command.Sender
	token  string
}

func start(t *testing.T) *system {
	t.Helper()
	policy, err := billing.DefaultPolicy().Ready()
	require.NoError(t, err)
	n, err := node.Start(t.Context(), node.Config{
		Config: config.Config{
			Roles: config.Roles(), Policy: policy, Group: "console", Partitions: 4, HTTP: "127.0.0.1:0", Console: "127.0.0.1:0",
			Kafka: bus.Config{ClientID: "console"}, Postgres: store.Config{DSN: database.ForProcess(t)},
			Bounds:   scheduler.Bounds{Amount: decimal.NewFromInt(50)},
			CallGear: api.Limits{Day: 1 << 40, Minute: 1 << 40},
		},
		Ephemeral: true, Prepare: true, Clock: time.Date(2026, 10, 30, 12, 0, 0, 0, time.UTC), Version: "test", Pages: pages,
		Log: slog.New(slog.DiscardHandler),
	})
	require.NoError(t, err)
	t.Cleanup(func() { running.End(t, n.Stop) })
	s := &system{t: t, node: n}
	publisher, err := bus.NewPublisher(n.Kafka)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, publisher.Close()) })
	s.sender, err = command.New(n.Kafka, publisher, n.Store)
	require.NoError(t, err)
	t.Cleanup(s.sender.Close)
	s.token = s.newToken(events.Actor{AccessLevel: "ADMIN"})
	s.company()
	return s
}

// pages are the handler of a process, as the program makes it.
func pages(o node.Operating) (http.Handler, error) {
	return console.New(console.Config{
		Store: o.Store, Catalog: o.Catalog, Now: o.Clock.Now, Machine: time.Now, Simulated: true, Policy: o.Config.Policy,
		Bounds: o.Config.Bounds, Version: o.Version, Key: o.Key, Log: o.Log, Rights: api.Tokens{Database: o.Store}.Rights,
		Send: o.Send, Replan: o.Replan, Run: o.Run, Tokens: api.Tokens{Database: o.Store}.All,
		Waiting: func(ctx context.Context) (map[string]int64, error) { return command.Waiting(ctx, o.Store, o.Topics) },
	})
}

func (s *system) newToken(rights events.Actor) string {
	s.t.Helper()
	token, err := api.Tokens{Database: s.node.Store}.Create(s.t.Context(), rights, 0)
	require.NoError(s.t, err)
	return token
}

// company is created on 30 October; the run of 1 November bills 79.00, above the bound of 50.
func (s *system) company() {
	s.t.Helper()
	s.send("catalog.put_reseller.v1", reseller, map[string]any{"name": "Sample reseller", "currency": "DKK"})
	s.send("catalog.put_customer.v1", customer, map[string]any{
		"reseller": reseller, "name": "Sample customer", "currency": "DKK", "features": []string{"PBX"}})
	s.send("catalog.put_product.v1", product, map[string]any{
		"name": "PBX user", "type": "PBX_USER", "recurrence": "MONTHLY", "price": "79.00", "wholesale": "49.00",
		"cost": "21.50"})
	s.send("employee.create.v1", employee, map[string]any{"name": "Sample employee 01", "customer": customer,
		"product": product, "effective": "2026-11-01"})
	require.NoError(s.t, s.node.Store.SetClock(s.t.Context(), time.Date(2026, 11, 1, 6, 0, 0, 0, time.UTC)))
	s.until("the run of 1 November waits for its approval", func() bool {
		p, err := runs.ProgressOf(s.t.Context(), s.node.Store, "nightly/2026-11-01")
		return err == nil && p.State == runstate.StateWaiting
	})
	s.until("the employee is in the read model", func() bool {
		_, ok, err := projections.EmployeeByID(s.t.Context(), s.node.Store, employee)
		return err == nil && ok
	})
}

func (s *system) send(kind, subject string, data any) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	outcomes, err := s.sender.Send(ctx, []command.Command{{
		Type: kind, Subject: subject, ID: uuid.NewString(), Actor: events.Actor{AccessLevel: "ADMIN"}, Data: data,
	}}, nil)
	require.NoError(s.t, err)
	require.Equal(s.t, domain.StatusApplied, outcomes[0].Status, "%s: %v", kind, outcomes[0].Error)
}

func (s *system) until(what string, reached func() bool) {
	s.t.Helper()
	require.Eventually(s.t, reached, patience, 20*time.Millisecond, what)
}

// visitor is a browser without script.
type visitor struct {
	s      *system
	client *http.Client
}

func (s *system) visitor() *visitor {
	s.t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(s.t, err)
	return &visitor{s: s, client: &http.Client{Jar: jar}}
}

// signedIn is a visitor with a session of an ADMIN.
func (s *system) signedIn() *visitor {
	s.t.Helper()
	v := s.visitor()
	code, _ := v.post("/login", url.Values{"token": {s.token}, "next": {"/"}})
	require.Equal(s.t, http.StatusOK, code)
	return v
}

func (v *visitor) get(path string) (int, string) {
	v.s.t.Helper()
	response, err := v.client.Get("http://" + v.s.node.Console + path)
	require.NoError(v.s.t, err)
	return v.read(response)
}

func (v *visitor) post(path string, form url.Values) (int, string) {
	v.s.t.Helper()
	response, err := v.client.PostForm("http://"+v.s.node.Console+path, form)
	require.NoError(v.s.t, err)
	return v.read(response)
}

func (v *visitor) read(response *http.Response) (int, string) {
	v.s.t.Helper()
	body, err := io.ReadAll(response.Body)
	require.NoError(v.s.t, err)
	require.NoError(v.s.t, response.Body.Close())
	return response.StatusCode, string(body)
}

var hidden = regexp.MustCompile(`<input type="hidden" name="(\w+)" value="([^"]*)">`)

// hiddenOf are the hidden fields of the first form that has all the given ones.
func (v *visitor) hiddenOf(page, action string) url.Values {
	v.s.t.Helper()
	for _, form := range strings.Split(page, "<form")[1:] {
		form, _, _ = strings.Cut(form, "</form>")
		fields := url.Values{}
		for _, m := range hidden.FindAllStringSubmatch(form, -1) {
			fields.Set(m[1], html.UnescapeString(m[2]))
		}
		if fields.Get("action") == action {
			return fields
		}
	}
	v.s.t.Fatalf("no form for %s in the page:\n%s", action, page)
	return nil
}

// act fills in the form of an action on a page, confirms it, and returns the status and the outcome's page.
func (v *visitor) act(path, action string, fields url.Values) (int, string) {
	v.s.t.Helper()
	code, page := v.get(path)
	require.Equal(v.s.t, http.StatusOK, code, page)
	form := v.hiddenOf(page, action)
	for name, values := range fields {
		form[name] = values
	}
	code, confirm := v.post("/confirm", form)
	require.Equal(v.s.t, http.StatusOK, code, confirm)
	return v.post("/act", v.hiddenOf(confirm, action))
}

// heading is the text of the page's finding.
func heading(page string) string {
	_, rest, _ := strings.Cut(page, "<h1>")
	text, _, _ := strings.Cut(rest, "</h1>")
	return regexp.MustCompile(`<[^>]*>`).ReplaceAllString(text, "")
}

func raw(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	require.NoError(t, err)
	return b
}
