package node

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/contract"
	"tenure/domain"
	"tenure/events"
	"tenure/internal/audit"
	"tenure/internal/bus"
	"tenure/internal/feed"
	"tenure/internal/store"
	"tenure/internal/test/running"
	"tenure/projections"
)

// employeesMade is how many employees the month end bills.
const employeesMade = 12

func employeeID(n int) string { return fmt.Sprintf("5e%022d", n) }

func TestSystem_AMonthEndFromCommandsOnKafkaToDocumentsOnKafka(t *testing.T) {
	t.Parallel()
	s := startSystem(t, nil)
	s.apply(company()...)
	for n := range employeesMade {
		s.apply(hire(employeeID(n)))
	}
	s.goTo(time.Date(2026, 10, 31, 8, 0, 0, 0, time.UTC))
	s.apply(newCommand("employee.terminate_addon.v1", employeeID(3), "terminate", map[string]any{
		"_id": "5d" + employeeID(3)[2:], "terminate": "2026-10-20"}))
	s.goTo(time.Date(2026, 10, 31, 23, 30, 0, 0, time.UTC))
	require.NoError(t, feed.Caught(t.Context(), s.Store, nil, feed.RelayName, "lines", "documents", "directory"))

	read := s.readLines()
	require.Equal(t, s.runTotals(), read.byRun, "lines on the topics are what run.completed says")
	require.Equal(t, s.documentTotals(), read.byDocument, "and what the documents say")
	s.sameInDatabase(read)
	credit := slices.IndexFunc(read.lines, func(l billing.Line) bool {
		return l.Kind == billing.Credit && l.Ledger == billing.Customer
	})
	require.GreaterOrEqual(t, credit, 0, "the addon that was terminated inside a billed month is credited")
	require.Equal(t, "-22.45", read.lines[credit].Amount.StringFixed(2), "2 × 29.00 × 12/31")

	found, err := audit.Violations(t.Context(), s.Store)
	require.NoError(t, err)
	require.Empty(t, found)
}

// total is what lines sum to.
type total struct {
	Lines  int64
	Amount string
	Hash   uuid.UUID
}

func (a total) plus(lines int64, amount billing.Amount, hash uuid.UUID) total {
	before := decimal.Zero
	if a.Amount != "" {
		before = decimal.RequireFromString(a.Amount)
	}
	return total{a.Lines + lines, before.Add(amount.Decimal()).StringFixed(2), billing.CombineHashes(a.Hash, hash)}
}

// reading is what stands on the topics of lines.
type reading struct {
	lines      []billing.Line
	byRun      map[string]total // run and ledger
	byDocument map[string]total // document
}

var linesOf = []string{contract.BillingLines, contract.BillingLinesWholesale, contract.BillingLinesCost}

// readLines reads all lines; one that was published again counts once.
func (s *system) readLines() reading {
	s.t.Helper()
	r := reading{byRun: map[string]total{}, byDocument: map[string]total{}}
	seen := map[string]bool{}
	require.NoError(s.t, s.lookup.ReadAll(s.t.Context(), linesOf, nil, func(m bus.Message) error {
		if seen[string(m.Header("ce_id"))] {
			return nil
		}
		seen[string(m.Header("ce_id"))] = true
		var l billing.Line
		if err := json.Unmarshal(m.Value, &l); err != nil {
			return err
		}
		require.Equal(s.t, l.BillTo, string(m.Key))
		require.Equal(s.t, l.ID.String(), string(m.Header("ce_id")))
		r.lines = append(r.lines, l)
		run := string(m.Header("ce_runid")) + " " + string(l.Ledger)
		r.byRun[run] = r.byRun[run].plus(1, l.Amount, l.ID)
		r.byDocument[l.DocumentRef] = r.byDocument[l.DocumentRef].plus(1, l.Amount, l.ID)
		return nil
	}))
	require.NotEmpty(s.t, r.lines)
	return r
}

// runTotals reads what run.completed announces.
func (s *system) runTotals() map[string]total {
	s.t.Helper()
	told := map[string]total{}
	topics := []string{contract.BillingRuns, contract.BillingRunsWholesale, contract.BillingRunsCost}
	require.NoError(s.t, s.lookup.ReadAll(s.t.Context(), topics, nil, func(m bus.Message) error {
		if string(m.Header("ce_type")) != (events.RunCompleted{}).EventType() {
			return nil
		}
		var completed events.RunCompleted
		if err := json.Unmarshal(m.Value, &completed); err != nil {
			return err
		}
		require.Equal(s.t, completed.Examined, completed.Billed+completed.NotBilled)
		for _, c := range completed.Totals {
			told[completed.Run+" "+string(c.Ledger)] = total{c.Lines, c.Amount.StringFixed(2), c.Hash}
		}
		return nil
	}))
	return told
}

func (s *system) documentTotals() map[string]total {
	s.t.Helper()
	told := map[string]total{}
	topics := []string{contract.BillingDocuments, contract.BillingDocumentsWholesale, contract.BillingDocumentsCost}
	require.NoError(s.t, s.lookup.ReadAll(s.t.Context(), topics, nil, func(m bus.Message) error {
		var d events.DocumentIssued
		if err := json.Unmarshal(m.Value, &d); err != nil {
			return err
		}
		require.Equal(s.t, "INVOICE", d.Type)
		told[d.DocumentRef] = total{d.Lines, d.Total.StringFixed(2), d.Hash}
		return nil
	}))
	return told
}

// sameInDatabase compares the topics with the read models.
func (s *system) sameInDatabase(r reading) {
	s.t.Helper()
	for ref, want := range r.byDocument {
		d, ok, err := projections.DocumentByRef(s.t.Context(), s.Store, ref)
		require.NoError(s.t, err)
		require.True(s.t, ok, ref)
		require.Equal(s.t, want, total{d.Lines, d.Total.StringFixed(2), d.Hash})
		lines, err := projections.LinesOfDocument(s.t.Context(), s.Store, ref, projections.LinePlace{}, 0)
		require.NoError(s.t, err)
		var got total
		for _, l := range lines {
			got = got.plus(1, l.Amount, l.ID)
		}
		require.Equal(s.t, want, got)
	}
}

func TestSystem_TheSameCommandTwiceHasOneEffectAndTheSameOutcome(t *testing.T) {
	t.Parallel()
	s := startSystem(t, nil)
	s.apply(company()...)
	first := s.send(hire(employeeID(1)))[0]
	again := s.send(hire(employeeID(1)))[0]
	require.False(t, first.Duplicate)
	require.True(t, again.Duplicate)
	again.Duplicate = false
	require.Equal(t, first, again)

	other := hire(employeeID(1))
	other.Data = map[string]any{"customer": customer, "name": "Sample employee 02"}
	refused := s.send(other)[0]
	require.Equal(t, domain.StatusRejected, refused.Status)
	require.Equal(t, 409, refused.Error.Status)

	history, err := s.Store.StreamEvents(t.Context(), "employee/"+employeeID(1), 1)
	require.NoError(t, err)
	var made []string
	for _, e := range history {
		if e.CommandID == "create-"+employeeID(1) {
			made = append(made, e.Type)
		}
	}
	require.Equal(t, []string{"employee.created.v1", "employee.product_assigned.v1", "employee.addon_added.v1"}, made)
}

func TestSystem_AMalformedMessageIsParkedAndItsPartitionContinues(t *testing.T) {
	t.Parallel()
	s := startSystem(t, nil)
	s.apply(company()...)
	who := employeeID(5)
	bad := []bus.Message{
		{Topic: contract.EmployeeCommands, Key: []byte(who), Value: []byte("{")},
		{Topic: contract.EmployeeCommands, Key: []byte(who), Value: nil},
		{Topic: contract.EmployeeCommands, Key: []byte(who), Value: []byte(strings.Repeat("[", 10_001))},
		{Topic: contract.EmployeeCommands, Key: []byte(who), Value: []byte("{}"),
			Headers: []bus.Header{{Key: "ce_type", Value: []byte("no.such.v1")}}},
	}
	require.NoError(t, s.publisher.Publish(t.Context(), bad))
	s.apply(hire(who))
	parked, err := s.Store.ParkedList(t.Context(), store.ParkedFilter{})
	require.NoError(t, err)
	require.Len(t, parked, len(bad))
	for _, p := range parked {
		require.NotEmpty(t, p.Reason)
	}
}

func TestSystem_TheAPIAnswersFromTheReadModelAndTheOperatorSeesHealth(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := startSystem(t, nil)
	at, err := s.Announce(t.Context(), dir)
	require.NoError(t, err)
	known, err := ReadConnection(dir)
	require.NoError(t, err)
	require.Equal(t, at, known)

	s.apply(append(company(), hire(employeeID(8)))...)
	require.NoError(t, feed.Caught(t.Context(), s.Store, nil, "directory"))
	status, body := get(t, at.HTTP+"/employee/"+employeeID(8), at.Token)
	require.Equal(t, http.StatusOK, status)
	var shown struct {
		ID            string `json:"_id"`
		Customer      string `json:"customer"`
		Name          string `json:"name"`
		AddonProducts []struct {
			Product string      `json:"product"`
			Units   json.Number `json:"units"`
		} `json:"addonProducts"`
	}
	require.NoError(t, json.Unmarshal([]byte(body), &shown))
	require.Equal(t, []string{employeeID(8), customer, "Sample employee 0008"},
		[]string{shown.ID, shown.Customer, shown.Name})
	require.Len(t, shown.AddonProducts, 1)
	require.Equal(t, "2", shown.AddonProducts[0].Units.String())
	require.Equal(t, addon, shown.AddonProducts[0].Product)
	status, body = get(t, at.HTTP+"/employee/"+employeeID(9), at.Token)
	require.Equal(t, http.StatusNotFound, status)
	require.JSONEq(t, `{"error":{"status":404,"code":"employee","message":"Employee not found"}}`, body)

	status, body = get(t, at.Admin+"/readyz", "")
	require.Equal(t, http.StatusOK, status, body)
	status, body = get(t, at.Admin+"/metrics", "")
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, body, `tenure_commands_total{outcome="applied"`)
}

func get(t *testing.T, address, token string) (status int, body string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	require.NoError(t, err)
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer func() { require.NoError(t, response.Body.Close()) }()
	raw, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response.StatusCode, string(raw)
}

func TestSystem_EverythingIsThereAgainAfterARestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	keep := func(c *Config) {
		c.Data, c.Kafka.Brokers = dir, nil // the embedded pair, whatever else is configured
	}
	first := startSystem(t, keep)
	at, err := first.Announce(t.Context(), dir)
	require.NoError(t, err)
	first.apply(append(company(), hire(employeeID(1)))...)
	first.dispatcher.Close()
	running.End(t, first.Stop)
	_, err = ReadConnection(dir)
	require.ErrorContains(t, err, "tenure up --data")

	second := startSystem(t, keep)
	again, err := second.Announce(t.Context(), dir)
	require.NoError(t, err)
	require.Equal(t, at.Token, again.Token)
	require.Equal(t, at.Kafka, again.Kafka, "the broker keeps its port")
	require.True(t, second.send(hire(employeeID(1)))[0].Duplicate)
}
