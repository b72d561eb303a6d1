package console_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/contract"
	"tenure/events"
	"tenure/internal/bus"
	"tenure/internal/runs"
	"tenure/internal/runstate"
	"tenure/internal/store"
	"tenure/projections"
)

func TestConsole_AnswersForTheRun(t *testing.T) {
	t.Parallel()
	s := start(t)
	t.Run("only a session sees a page", s.onlySessions)
	t.Run("each level sees what it may and nothing else", s.levels)
	t.Run("a page that moves is told so", s.live)
	t.Run("every page shows what it is for", s.everyPage)
	t.Run("an employee is found by what people know of it", s.searches)
	t.Run("a form of another session, without a reason, or of no action is refused", s.refusedForms)
	t.Run("a halt stands on every page until it is resumed", s.halts)
	t.Run("an approval wants the newest plan, and starts the run once", s.approval)
	t.Run("an employee is held and released", s.holds)
	t.Run("an employee is drawn, and shown as of a moment", s.moments)
	t.Run("a parked message is shown, edited and applied", s.parkedMessages)
	t.Run("a replay is started by its line, paused, and relays are accepted", s.replayForms)
	t.Run("the cluster shows topics, connections and tokens", s.clusterSections)
	t.Run("audits are listed by day, and each is opened", s.auditDays)
	t.Run("a document has the sums of its lines", s.document)
	t.Run("a token that is revoked ends its session and its stream", s.revoked)
}

func (s *system) onlySessions(t *testing.T) {
	v := s.visitor()
	code, page := v.get("/runs")
	assert.Equal(t, http.StatusOK, code)
	assert.Contains(t, page, `name="next" value="/runs"`, "signing in leads back")
	code, page = v.post("/login", url.Values{"token": {"no such token"}})
	assert.Equal(t, http.StatusUnauthorized, code)
	assert.Contains(t, page, "not known")
	_, page = v.post("/login", url.Values{"token": {s.token}, "next": {"//elsewhere.example"}})
	assert.Contains(t, page, "The run of", "another site is not where signing in leads")

}

func (s *system) everyPage(t *testing.T) {
	v := s.signedIn()
	for path, want := range map[string]string{
		"/":                        "waits for an approval",
		"/runs":                    "1 run waits for an approval",
		"/runs/nightly/2026-11-01": "nightly/2026-11-01 waits for an approval",
		"/employees":               "Find an employee",
		"/employees?q=" + employee: "Employee 1",
		"/employees/" + employee:   "Employee 1024",
		"/parked":                  "Nothing is parked",
		"/flow":                    "shards move",
		"/documents":               "Documents",
		"/switches":                "Switches",
		"/replays":                 "Replays",
		"/cluster":                 "1 process in",
		"/proofs":                  "No audit was ever kept",
	} {
		if path == "/flow" {
			s.until("each shard has said who owns it", func() bool {
				_, page := v.get(path)
				return strings.Contains(heading(page), want)
			})
		}
		code, page := v.get(path)
		assert.Equal(t, http.StatusOK, code, path)
		if strings.HasPrefix(path, "/employees") && path != "/employees" {
			want = "Employee "
		}
		assert.Contains(t, heading(page), want, path)
		assert.Equal(t, 1, strings.Count(page, "<h1>"), "%s has one heading", path)
		assert.NotContains(t, page, "style=", "%s: the policy of the page forbids it", path)
		assert.Less(t, len(page), 150_000, path)
	}
	code, page := v.get("/runs/nightly/2031-01-01")
	assert.Equal(t, http.StatusNotFound, code)
	assert.Contains(t, heading(page), "Not found")
	_, page = v.get("/runs")
	assert.Contains(t, page, "3 years")
	assert.Contains(t, page, `aria-label="2026: 0 of `)
	_, page = v.get("/runs?state=completed&until=2026-10-31")
	assert.Contains(t, page, "Newer months")
	_, page = v.get("/switches")
	assert.Contains(t, page, "Billing policy in force")
	assert.Contains(t, page, "Closed accounts")
	_, page = v.get("/runs/nightly/2026-11-01")
	assert.Contains(t, page, "run-max-amount")
	assert.Contains(t, page, "product "+product+" ", "the cause stands beside the amount")
	assert.Contains(t, page, "79.00 DKK")
}

func (s *system) searches(t *testing.T) {
	v := s.signedIn()
	for id, name := range map[string]string{"5e0000000000000000000002": "Sample Alpha",
		"5e0000000000000000000003": "Sample Alphabet"} {
		s.send("employee.create.v1", id, map[string]any{"name": name, "customer": customer, "effective": "2026-12-01"})
		s.until("the employee is in the directory", func() bool {
			_, page := v.get("/employees?q=" + url.QueryEscape(name))
			return !strings.Contains(heading(page), "Find an employee")
		})
	}
	for query, want := range map[string]string{
		"alph": "2 employees may be meant", "ALPHA": "2 employees may be meant", "alphabet": "Employee 1",
		"sample alphabet": "Employee 1", "Sample employee 01": "Employee 1", "1024": "Employee 1024",
		employee: "Employee 1", "Nobody": "Find an employee", "99999999999999999999": "Find an employee",
		"777": "Find an employee",
	} {
		_, page := v.get("/employees?q=" + url.QueryEscape(query))
		assert.Contains(t, heading(page), want, query)
	}
	_, page := v.get("/employees?q=alph")
	assert.Contains(t, page, "Sample customer", "the customer is named")
}

func (s *system) refusedForms(t *testing.T) {
	v := s.signedIn()
	_, page := v.get("/switches")
	form := v.hiddenOf(page, "halt")
	form.Set("reason", "long enough a reason")
	code, _ := s.signedIn().post("/confirm", form)
	assert.Equal(t, http.StatusForbidden, code, "the form is of another session")
	form.Set("reason", "short")
	code, page = v.post("/confirm", form)
	assert.Equal(t, http.StatusUnprocessableEntity, code)
	assert.Contains(t, page, "at least 8 characters")
	form.Set("action", "no such action")
	form.Set("reason", "long enough a reason")
	code, _ = v.post("/confirm", form)
	assert.Equal(t, http.StatusNotFound, code)
}

func (s *system) halts(t *testing.T) {
	v := s.signedIn()
	code, page := v.act("/switches", "halt", url.Values{"of": {store.ScopeDeletions}, "reason": {"extensions look wrong"}})
	require.Equal(t, http.StatusOK, code, page)
	assert.Contains(t, page, "tenure run halt --scope deletions --reason &#39;extensions look wrong&#39; --token-file "+
		"FILE")
	_, page = v.get("/parked")
	assert.Contains(t, page, "Halt of deletions")
	assert.Contains(t, page, "extensions look wrong")
	code, _ = v.act("/switches", "resume", url.Values{"of": {store.ScopeDeletions},
		"reason": {"they are right after all"}})
	require.Equal(t, http.StatusOK, code)
	_, page = v.get("/parked")
	assert.NotContains(t, page, "<b>Halt of deletions")
}

func (s *system) approval(t *testing.T) {
	v := s.signedIn()
	const run = "/runs/nightly/2026-11-01"
	reason := url.Values{"reason": {"a new customer, seen"}}
	code, page := v.act(run, "approve", url.Values{"reason": reason["reason"], "digest": {strings.Repeat("0", 64)}})
	assert.Equal(t, http.StatusConflict, code, page)
	assert.Contains(t, heading(page), "Refused")

	_, page = v.get(run)
	form := v.hiddenOf(page, "approve")
	planned, err := runstate.Read(t.Context(), s.node.Store, "nightly/2026-11-01")
	require.NoError(t, err)
	form.Set("digest", planned.Planned.Digest)
	form["reason"] = reason["reason"]
	_, confirm := v.post("/confirm", form)
	assert.Contains(t, confirm, "79.00 DKK", "what it bills stands in the confirmation")
	final := v.hiddenOf(confirm, "approve")
	for range 2 { // a double click is one command
		code, page = v.post("/act", final)
		require.Equal(t, http.StatusOK, code, page)
		assert.Contains(t, heading(page), "Done")
	}
	s.until("the run is complete", func() bool {
		p, err := runs.ProgressOf(t.Context(), s.node.Store, "nightly/2026-11-01")
		return err == nil && p.State == runstate.StateCompleted
	})
	_, page = v.get("/")
	assert.Contains(t, heading(page), "The run of 1 November 2026 is complete")
}

func (s *system) holds(t *testing.T) {
	v := s.signedIn()
	const page = "/employees/" + employee
	code, outcome := v.act(page, "hold", url.Values{"reason": {"contract in dispute"}})
	require.Equal(t, http.StatusOK, code, outcome)
	_, shown := v.get(page)
	assert.Contains(t, shown, "Held from billing")
	assert.Contains(t, shown, "contract in dispute")
	assert.Contains(t, shown, "1 × 79.00", "the line of the run stands beside its event")
	code, outcome = v.act(page, "release", url.Values{"reason": {"the contract is settled"}})
	require.Equal(t, http.StatusOK, code, outcome)
	_, shown = v.get(page)
	assert.NotContains(t, shown, "Held from billing")
}

func (s *system) parkedMessages(t *testing.T) {
	v := s.signedIn()
	s.publishBroken(t)
	parked := s.onlyParked(t)
	place := fmt.Sprintf("%s/%d/%d", parked.Topic, parked.Partition, parked.Offset)
	_, page := v.get("/parked?message=" + place)
	assert.Contains(t, heading(page), "1 message is parked")
	assert.NotContains(t, page, "Renamed", "its payload is shown on request")
	_, page = v.get("/parked?payload=1&message=" + place)
	assert.Contains(t, page, "Renamed")
	mended := string(raw(t, map[string]any{"actor": events.Actor{AccessLevel: "ADMIN"},
		"data": map[string]any{"title": "Renamed"}}))
	form := v.hiddenOf(page, "edit")
	form["reason"] = []string{"a brace was missing"}
	form.Set("value", page)
	_, confirm := v.post("/confirm", form)
	assert.Contains(t, confirm, "is not JSON", "what would be parked again is named before it is sent")
	form.Set("value", `{"actor":{"accessLevel":"ADMIN"},"data":{"accessLevel":"NO_SUCH_LEVEL"}}`)
	_, confirm = v.post("/confirm", form)
	assert.Contains(t, confirm, "It would be rejected: ", "the dry run decides")
	form.Set("value", mended)
	_, confirm = v.post("/confirm", form)
	assert.Contains(t, confirm, "It would be applied:")
	assert.Contains(t, confirm, "changed: title")
	assert.Contains(t, confirm, "What came, and what you send")
	assert.Contains(t, confirm, "added")
	assert.Contains(t, confirm, "removed")
	code, outcome := v.act("/parked?payload=1&message="+place, "edit", url.Values{"value": {mended},
		"reason": {"a brace was missing"}})
	require.Equal(t, http.StatusOK, code, outcome)
	s.until("the edit is applied", func() bool {
		repairs, err := s.node.Store.RepairsOf(t.Context(), parked)
		return err == nil && len(repairs) == 1 && repairs[0].State == store.RepairDone
	})
	_, page = v.get("/parked")
	assert.Contains(t, page, "a brace was missing", "what operators did last")
}

// onlyParked waits for the one message that is parked.
func (s *system) onlyParked(t *testing.T) store.Parked {
	t.Helper()
	var parked []store.Parked
	s.until("the message is parked", func() bool {
		var err error
		parked, err = s.node.Store.ParkedList(t.Context(), store.ParkedFilter{})
		return err == nil && len(parked) == 1
	})
	return parked[0]
}

// publishBroken sends a command whose value is cut off.
func (s *system) publishBroken(t *testing.T) {
	t.Helper()
	publisher, err := bus.NewPublisher(s.node.Kafka)
	require.NoError(t, err)
	defer func() { require.NoError(t, publisher.Close()) }()
	envelope := bus.Envelope{
		ID: "broken", Type: "employee.update.v1", Source: "test", Subject: employee, Time: time.Now(), CommandID: "broken",
	}
	require.NoError(t, publisher.Publish(t.Context(), []bus.Message{{
		Topic: contract.EmployeeCommands, Key: []byte(employee), Value: []byte(`{"data":{"title":"Renamed"`),
		Headers: envelope.Headers(), Time: time.Now(),
	}}))
}

func (s *system) document(t *testing.T) {
	v := s.signedIn()
	const ref = "2026-11/CUSTOMER/" + customer + "/DKK"
	s.until("the document is in the read model", func() bool {
		_, ok, err := projections.DocumentByRef(t.Context(), s.node.Store, ref)
		return err == nil && ok
	})
	_, page := v.get("/documents?run=nightly/2026-11-01")
	assert.Contains(t, page, ref)
	assert.Contains(t, page, "Sample customer", "the payer is named")
	code, page := v.get("/document/" + ref)
	assert.Equal(t, http.StatusOK, code)
	assert.Contains(t, page, "Total, without tax")
	assert.Contains(t, page, "79.00 DKK")
}
