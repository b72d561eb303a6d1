package relay

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/contract"
	"tenure/events"
	"tenure/internal/bus"
	"tenure/internal/feed"
	"tenure/internal/store"
	"tenure/internal/test/feedtest"
)

func TestRelay_EventsOfAnEmployeeArriveAsTheyAreStoredInTheirOrder(t *testing.T) {
	t.Parallel()
	db, kafka := feedtest.NewDatabase(t), newBroker(t, 4)
	j := feedtest.NewJournal(t, db.Store)
	const employees, each = 20, 6
	for version := range each {
		for n := range employees {
			event := events.Event(feedtest.Created(n))
			if version > 0 {
				event = events.ExtensionAssigned{Extension: events.Extension{ID: fmt.Sprint(version)}}
			}
			j.Append(store.ShardID(n%3), feedtest.Of(feedtest.Employee(n), event)...)
		}
	}
	relayed(t, db, kafka)

	next := map[string]int32{}
	for _, r := range kafka.read(employees*each, contract.EmployeeEvents) {
		next[r.key]++
		require.Equal(t, stored(t, db, "employee/"+r.key, next[r.key]).ID().String(), r.ID, "in order of version")
		require.Equal(t, r.key, r.Subject)
		require.Equal(t, source, r.Source)
		require.Equal(t, feedtest.Noon, r.Time, "business time")
		require.Equal(t, "command-0", r.CommandID)
		shard, pos, err := bus.ParsePosition(r.Position)
		require.NoError(t, err)
		require.Positive(t, pos)
		if next[r.key] == 1 {
			require.Equal(t, "employee.created.v1", r.Type)
			n, err := strconv.ParseInt(r.key, 16, 32)
			require.NoError(t, err)
			require.EqualValues(t, n%3, shard)
			raw, err := events.Encode(feedtest.Created(int(n)))
			require.NoError(t, err)
			require.Equal(t, string(raw), r.value, "the payload's own bytes")
		}
	}
	require.Len(t, next, employees)
}

func TestRelay_HashesAndSealedPINsStayInTheLog(t *testing.T) {
	t.Parallel()
	secrets := events.Attributes{"passwordHash": json.RawMessage(`"$argon2id$x"`),
		"pinCodeSealed": json.RawMessage(`"sealed:x"`)}
	created := feedtest.Created(1)
	created.Secrets = secrets
	for want, event := range map[string]events.Event{
		string(encoded(t, feedtest.Created(1))): created,
		`{"accessLevel":"OWNER"}`:               events.EmployeeUpdated{AccessLevel: "OWNER", Secrets: secrets},
	} {
		e := feed.Entry{}
		e.Type, e.Payload = event.EventType(), encoded(t, event)
		value, err := withoutSecrets(&e)
		require.NoError(t, err)
		require.JSONEq(t, want, string(value))
	}
}

func encoded(t *testing.T, e events.Event) []byte {
	t.Helper()
	raw, err := events.Encode(e)
	require.NoError(t, err)
	return raw
}

func TestRelay_WhatWasPublishedBeforeAKillIsPublishedAgainWithTheSameIds(t *testing.T) {
	t.Parallel()
	db, kafka := feedtest.NewDatabase(t), newBroker(t, 1)
	j := feedtest.NewJournal(t, db.Store)
	for n := range 5 {
		j.Append(1, feedtest.Of(feedtest.Employee(n), feedtest.Created(n), feedtest.Invoiced(n, "2026-04"))...)
	}
	killed := &broken{Publisher: kafka}
	killed.kills.Store(1)
	stop := live(t, feed.Config{Store: db.Store, Subscribers: []feed.Subscriber{eventsRelay(db, killed)}})
	caught(t, db, feed.RelayName)
	stop()

	for topic, n := range map[string]int{contract.EmployeeEvents: 10, contract.BillingLines: 5,
		contract.BillingLinesCost: 5} {
		all := kafka.read(2*n, topic)
		require.Len(t, all, 2*n)
		require.Equal(t, all[:n], all[n:], "the same messages: ids, positions and values")
	}
}

func TestRelay_EmployeeEventsCarryNoAmountsOfWhatWasBilled(t *testing.T) {
	t.Parallel()
	db, kafka := feedtest.NewDatabase(t), newBroker(t, 1)
	j := feedtest.NewJournal(t, db.Store)
	invoiced := feedtest.Invoiced(1, "2026-04")
	credit := invoiced.Lines[0]
	credit.Kind, credit.Period.From, credit.Amount = billing.Credit, billing.MustDate("2026-04-21"),
		billing.MustAmount("-31.67")
	invoiced.Lines = append(invoiced.Lines, credit)
	j.Append(1, feedtest.Of(feedtest.Employee(1), feedtest.Created(1), invoiced)...)
	relayed(t, db, kafka)

	r := kafka.read(2, contract.EmployeeEvents)[1]
	require.Equal(t, "employee.invoiced.v1", r.Type)
	require.JSONEq(t, `{"run":"nightly/2026-04-01","asOf":"2026-04-01",
		"covered":[{"source":"product","from":"2026-04-01","to":"2026-04-30"}],
		"credited":[{"source":"product","from":"2026-04-21","to":"2026-04-30"}]}`, r.value,
		"each stretch once for all ledgers, the last day included")
	for _, secret := range []string{"95", "60", "41", "31.67", "mount", "rice", "nits"} {
		require.NotContains(t, r.value, secret)
	}
}

func TestRelay_LinesGoToTheTopicOfTheirLedgerAndNowhereElse(t *testing.T) {
	t.Parallel()
	db, kafka := feedtest.NewDatabase(t), newBroker(t, 2)
	j := feedtest.NewJournal(t, db.Store)
	for n := range 3 {
		j.Append(1, feedtest.Of(feedtest.Employee(n), feedtest.Created(n), feedtest.Invoiced(n, "2026-04"))...)
	}
	relayed(t, db, kafka)

	amounts := map[string]string{contract.BillingLines: "95.00", contract.BillingLinesWholesale: "60.00",
		contract.BillingLinesCost: "41.00"}
	keys := map[string]string{contract.BillingLines: "customer-1", contract.BillingLinesWholesale: "reseller-1",
		contract.BillingLinesCost: billing.Platform}
	for topic, amount := range amounts {
		for _, r := range kafka.read(3, topic) {
			require.Equal(t, keys[topic], r.key)
			require.Equal(t, events.TypeLine, r.Type)
			require.Equal(t, r.ID, r.Subject)
			var line billing.Line
			require.NoError(t, json.Unmarshal([]byte(r.value), &line))
			require.Equal(t, r.ID, line.ID.String(), "the message's id is the line's")
			stored := line
			stored.BookingDate = 0 // its own day is not stored
			again := stored.AppendShown(nil, stored.AppendJSON(nil), billing.Item{UnitCode: "MON"})
			require.JSONEq(t, string(again), r.value, "as billing shows a line")
			require.Contains(t, r.value, `"amount":"`+amount+`"`)
			require.Contains(t, r.value, `"toInclusive":"2026-04-30"`)
			require.Contains(t, r.value, `"documentRef":"2026-04/`)
		}
	}
	everywhere := kafka.read(6+9, contract.EmployeeEvents, contract.BillingLines, contract.BillingLinesWholesale,
		contract.BillingLinesCost)
	for _, r := range everywhere {
		require.Equal(t, r.topic == contract.BillingLinesWholesale, strings.Contains(r.value, "60.00"), "wholesale on %s",
			r.topic)
		require.Equal(t, r.topic == contract.BillingLinesCost, strings.Contains(r.value, "41.00"), "cost on %s", r.topic)
	}
}

func TestRelay_DocumentsAndTheirNumbersGoToTheTopicOfTheirLedger(t *testing.T) {
	t.Parallel()
	db, kafka := feedtest.NewDatabase(t), newBroker(t, 2)
	j := feedtest.NewJournal(t, db.Store)
	shard := store.ShardOf(store.FamilyBilling, 3)
	topics := map[billing.Ledger]string{billing.Customer: contract.BillingDocuments,
		billing.Reseller: contract.BillingDocumentsWholesale,
		billing.Cost:     contract.BillingDocumentsCost}
	for ledger := range topics {
		stream, issued := feedtest.Issued(ledger, "payer/with slash", "2026-04")
		j.Append(shard, feedtest.Of(stream, issued, events.InvoiceNumberRecorded{InvoiceNumber: "7"})...)
	}
	relayed(t, db, kafka)
	for ledger, topic := range topics {
		all := kafka.read(2, topic)
		require.Equal(t, []string{"billing.document_issued.v1", "billing.invoice_number_recorded.v2"},
			[]string{all[0].Type, all[1].Type})
		for _, r := range all {
			require.Equal(t, "payer/with slash", r.key)
			require.Equal(t, "2026-04/"+string(ledger)+"/payer/with slash/DKK", r.Subject)
		}
		require.Contains(t, all[0].value, `"total":"300.00"`)
	}
}

func TestRelay_ACompletedRunReportsEachLedgerItsOwnTotals(t *testing.T) {
	t.Parallel()
	db, kafka := feedtest.NewDatabase(t), newBroker(t, 2)
	j := feedtest.NewJournal(t, db.Store)
	const run = "nightly/2026-04-01"
	total := func(l billing.Ledger, amount string) events.ControlTotal {
		return events.ControlTotal{Ledger: l, Currency: "DKK", Lines: 3,
			Amount: events.NewMoney(decimal.RequireFromString(amount), 2)}
	}
	totals := []events.ControlTotal{total(billing.Customer, "285"), total(billing.Reseller, "180")}
	j.Append(1, feedtest.Of("runshard/"+run+"/1", events.RunShardOpened{Run: run, Shard: 1},
		events.RunShardCompleted{Run: run, Shard: 1, Examined: 3})...)
	j.Append(store.ShardOf(store.FamilyBilling, 0), feedtest.Of("run/"+run, events.RunStarted{Run: run},
		events.RunCompleted{
			Run: run, Examined: 3, Totals: totals, Shards: []events.ShardTotals{{Shard: 1, FirstPosition: 2, LastPosition: 9,
				Totals: totals}},
		})...)
	relayed(t, db, kafka)

	own := map[string]string{contract.BillingRuns: "285.00", contract.BillingRunsWholesale: "180.00",
		contract.BillingRunsCost: "none"}
	ids := map[string]bool{}
	for topic, amount := range own {
		n := 1
		if topic == contract.BillingRuns {
			n = 3 // started, a shard done, completed
		}
		all := kafka.read(n, topic)
		completed := all[0]
		for _, r := range all {
			require.Equal(t, run, r.key)
			require.NotEqual(t, "run.shard_opened.v1", r.Type)
			if r.Type == "run.completed.v1" {
				completed = r
			}
		}
		require.Equal(t, stored(t, db, "run/"+run, 2).ID().String(), completed.CausationID)
		ids[completed.ID] = true
		for _, other := range own {
			require.Equal(t, 2*btoi(other == amount && amount != "none"), strings.Count(completed.value, other), "%s on %s",
				other, topic)
		}
		require.Contains(t, completed.value, `"examined":3`)
	}
	require.Len(t, ids, 3, "an id for each ledger")
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func TestRelay_OutcomesArriveAsTheWorkerGaveThem(t *testing.T) {
	t.Parallel()
	db, kafka := feedtest.NewDatabase(t), newBroker(t, 1)
	j := feedtest.NewJournal(t, db.Store)
	for n := range 4 {
		j.Append(1, feedtest.Of(feedtest.Employee(n), feedtest.Created(n))...)
	}
	relayed(t, db, kafka)
	for n, r := range kafka.read(4, contract.EmployeeOutcomes) {
		require.Equal(t, feedtest.Employee(n)[len("employee/"):], r.key)
		require.Equal(t, contract.TypeOutcome, r.Type)
		require.Equal(t, "command-0/1", r.CommandID)
		require.Equal(t, fmt.Sprintf("1:%d", n+1), r.Position, "in the order of the commands")
		require.JSONEq(t, `{"command":"command-0/1","status":"applied"}`, r.value)
	}
}

func TestMessageOf_PublishesADeadLetterUnderTheKeyOfItsMessage(t *testing.T) {
	t.Parallel()
	db, kafka := feedtest.NewDatabase(t), newBrokers(t)
	named := contract.DeadLetter{Topic: contract.EmployeeCommands, Partition: 3, Offset: 7, Shard: 1, Reason: "not_json",
		Detail: "bus: malformed: byte 3: is no JSON", Key: "k-1", Type: "employee.create.v1", Subject: "s-1", Command: "c-1"}
	unnamed := contract.DeadLetter{Topic: contract.EmployeeCommands, Partition: 3, Offset: 8, Shard: 1,
		Reason: "header_missing"}
	ctx := t.Context()
	claim, err := db.Claim(ctx, 1, store.Topic{Name: contract.EmployeeCommands, Partition: 1, ID: "t", Partitions: 4})
	require.NoError(t, err)
	var letters []store.Outcome
	for _, l := range []contract.DeadLetter{named, unnamed} {
		raw, err := json.Marshal(l)
		require.NoError(t, err)
		letters = append(letters, store.Outcome{Stream: "letter/" + l.Reason, Answer: raw, At: time.Now(),
			Command: store.CommandKey("letter/"+l.Reason, "")})
	}
	require.NoError(t, db.Write(ctx, &claim, store.Write{CatalogVersion: -1, Outcomes: letters}))
	var found []bus.Message
	for range 2 { // a process that is started again compares both topics with the log, and repeats nothing
		relayed(t, db, kafka)
		found = found[:0]
		require.NoError(t, kafka.lookup.ReadAll(ctx, []string{contract.DeadLetters}, nil, func(m bus.Message) error {
			found = append(found, m)
			return nil
		}))
		require.Len(t, found, 2)
	}
	slices.SortFunc(found, func(a, b bus.Message) int {
		return strings.Compare(string(a.Header("ce_position")), string(b.Header("ce_position")))
	})
	require.Equal(t, []string{"k-1", contract.EmployeeCommands + "/3/8"},
		[]string{string(found[0].Key), string(found[1].Key)})
	e, err := bus.DecodeEnvelope(found[0].Headers)
	require.NoError(t, err)
	require.Equal(t, []string{"s-1", "c-1", contract.TypeDeadLetter, "1:1"},
		[]string{e.Subject, e.CommandID, e.Type, e.Position})
	var told contract.DeadLetter
	require.NoError(t, json.Unmarshal(found[0].Value, &told))
	require.Equal(t, named, told)
}

func TestRelay_TheCatalogueIsNotPublished(t *testing.T) {
	t.Parallel()
	e := &feed.Entry{Event: store.Event{Stream: "product/p-1", Type: "catalog.price_set.v1"}}
	messages, err := NewRouter(nil).route(nil, e)
	require.NoError(t, err)
	require.Empty(t, messages)
}

func TestRelay_NoStreamOfTheCatalogueStopsTheRelay(t *testing.T) {
	t.Parallel()
	for _, stream := range []string{"product/a", "customer/a", "reseller/a", "policy/billing", "halt/runs"} {
		messages, err := NewRouter(nil).route(nil, &feed.Entry{Event: store.Event{Stream: stream}})
		require.NoError(t, err, stream)
		require.Empty(t, messages, stream)
	}
}

func TestRelay_ALedgerWithoutATopicStopsTheRelay(t *testing.T) {
	t.Parallel()
	db, kafka := feedtest.NewDatabase(t), newBroker(t, 1)
	j := feedtest.NewJournal(t, db.Store)
	invoiced := feedtest.Invoiced(1, "2026-04")
	invoiced.Lines[1].Ledger = "SECRET"
	j.Append(1, feedtest.Of(feedtest.Employee(1), feedtest.Created(1), invoiced)...)
	heard := newListener()
	live(t, feed.Config{Store: db.Store, Observer: heard, Subscribers: []feed.Subscriber{eventsRelay(db, kafka)}})
	require.Equal(t, map[int32]string{1: stopUnroutable}, heard.Await(t))
	require.Equal(t, "employee.created.v1", kafka.read(1, contract.EmployeeEvents)[0].Type,
		"what is before it is published")
}

// stored is an event as the log has it.
func stored(t *testing.T, db *feedtest.Database, stream string, version int32) *store.Event {
	t.Helper()
	page, err := db.StreamEvents(t.Context(), stream, version)
	require.NoError(t, err)
	require.NotEmpty(t, page)
	return &page[0]
}
