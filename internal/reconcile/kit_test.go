package reconcile

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/domain"
	"tenure/events"
	"tenure/internal/bus"
	"tenure/internal/feed"
	"tenure/internal/relay"
	"tenure/internal/store"
	"tenure/internal/test/environment"
	"tenure/internal/test/feedtest"
	"tenure/projections"
)

func TestMain(m *testing.M) { os.Exit(feedtest.Main(m)) }

const (
	april     = "2026-04"
	aprilsRun = "nightly/2026-04-01"
	people    = 6
	// documentsShard is where the run and its documents stand, as commands of billing do.
	documentsShard store.ShardID = 2048
)

// night is a run in a log: two shards with the lines of six employees, one of the run before among them, and its
// documents.
type night struct {
	*feedtest.Database
	completed events.RunCompleted
	messages  []bus.Message // what the relay publishes of all of it
}

// newNight writes the run; change, where it is not nil, lets a test announce something else.
func newNight(t *testing.T, change func(*events.RunCompleted)) *night {
	t.Helper()
	n := &night{Database: feedtest.NewDatabase(t)}
	n.completed = events.RunCompleted{Run: aprilsRun, Kind: "nightly", BusinessDate: billing.MustDate("2026-04-01"),
		Documents: 3}
	j := feedtest.NewJournal(t, n.Store)
	sums := newTotals()
	for i := range people {
		shard := store.ShardID(i % 2)
		j.Append(shard, feedtest.Of(feedtest.Employee(i), feedtest.Created(i))...)
		before := feedtest.Invoiced(i, "2026-03")
		j.Append(shard, feedtest.Entry{Stream: feedtest.Employee(i), Event: before, Run: before.Run})
		of := feedtest.Invoiced(i, april)
		j.Append(shard, feedtest.Entry{Stream: feedtest.Employee(i), Event: of, Run: of.Run})
		n.count(sums, int32(shard), j.Head(shard), of.Lines)
	}
	n.announce(sums)
	if change != nil {
		change(&n.completed)
	}
	facts := []feedtest.Entry{{Stream: "run/" + aprilsRun, Event: events.RunStarted{Run: aprilsRun,
		Shards: []int32{0, 1, 2}}, Run: aprilsRun}}
	for shard := range int32(3) {
		j.Append(store.ShardID(shard), feedtest.Entry{Stream: "runshard/" + domain.RunShardID(aprilsRun, shard),
			Run: aprilsRun, Event: events.RunShardCompleted{Run: aprilsRun, Shard: shard}})
	}
	for ledger, payer := range map[billing.Ledger]string{billing.Customer: "customer-1", billing.Reseller: "reseller-1",
		billing.Cost: billing.Platform} {
		stream, issued := feedtest.Issued(ledger, payer, april)
		facts = append(facts, feedtest.Entry{Stream: stream, Event: issued},
			feedtest.Entry{Stream: stream, Event: events.InvoiceNumberRecorded{InvoiceNumber: "1"}})
	}
	facts = append(facts, feedtest.Entry{Stream: "run/" + aprilsRun, Event: n.completed, Run: aprilsRun})
	j.Append(documentsShard, facts...)
	n.read(t)
	return n
}

// count adds an employee's lines to the totals, and widens what its shard announces.
func (n *night) count(sums *totals, shard int32, at int64, lines []billing.Line) {
	for i := range lines {
		l := &lines[i]
		for _, of := range []int32{shard, allShards} {
			sums.sum(Total{Shard: of, Ledger: l.Ledger, Currency: l.Currency, Lines: 1, Amount: l.Amount.Decimal(), Hash: l.ID})
		}
	}
	for i := range n.completed.Shards {
		if n.completed.Shards[i].Shard == shard {
			n.completed.Shards[i].LastPosition = at
			return
		}
	}
	n.completed.Shards = append(n.completed.Shards, events.ShardTotals{Shard: shard, FirstPosition: at, LastPosition: at})
}

func (n *night) announce(sums *totals) {
	for key, sum := range sums.of {
		t := events.ControlTotal{Ledger: sum.Ledger, Currency: sum.Currency, Lines: sum.Lines,
			Amount: events.NewMoney(sum.Amount, 2), Hash: sum.Hash}
		if key.shard == allShards {
			n.completed.Totals = append(n.completed.Totals, t)
			continue
		}
		for i := range n.completed.Shards {
			if n.completed.Shards[i].Shard == key.shard {
				n.completed.Shards[i].Totals = append(n.completed.Shards[i].Totals, t)
			}
		}
	}
}

// read takes what the log holds to where it belongs: the projection of documents, and the messages.
func (n *night) read(t *testing.T) {
	t.Helper()
	for _, shard := range []store.ShardID{0, 1, 2, documentsShard} {
		found, err := n.Events(t.Context(), shard, 0, 1_000)
		require.NoError(t, err)
		for _, e := range found {
			n.project(t, e)
			sent, err := relay.NewRouter(nil).Messages(&feed.Entry{Event: e})
			require.NoError(t, err)
			n.messages = append(n.messages, sent...)
		}
	}
}

func (n *night) project(t *testing.T, e store.Event) {
	t.Helper()
	if !(projections.Documents{}).Wants(e.Type) {
		return
	}
	payload, err := events.Decode(e.Type, e.Payload)
	require.NoError(t, err)
	b := &pgx.Batch{}
	recorded := events.Recorded{Shard: int32(e.Shard), Position: e.Position, Stream: e.Stream, Version: e.Version,
		Event: payload}
	require.NoError(t, projections.Documents{}.Write(t.Context(), n.Store, []events.Recorded{recorded}, b))
	require.NoError(t, n.InTx(t.Context(), b))
}

// published gives a broker that holds messages.
func published(t *testing.T, messages []bus.Message) *bus.TopicReader {
	t.Helper()
	cfg := environment.Bus(t)
	publisher, err := bus.NewPublisher(cfg)
	require.NoError(t, err)
	require.NoError(t, publisher.Publish(context.Background(), messages))
	require.NoError(t, publisher.Close())
	lookup, err := bus.NewTopicReader(cfg)
	require.NoError(t, err)
	t.Cleanup(lookup.Close)
	return lookup
}

// prove runs the proof of April on what a broker holds.
func (n *night) prove(t *testing.T, messages []bus.Message) *Report {
	t.Helper()
	report, err := Run(t.Context(), Source{Store: n.Store, Lookup: published(t, messages)}, Options{Run: aprilsRun})
	require.NoError(t, err)
	return report
}

// kinds are the findings as "kind topic", in their order.
func kinds(r *Report) []string {
	all := []string{}
	for _, f := range r.Findings {
		all = append(all, f.Kind+" "+f.Topic)
	}
	return all
}

func money(text string) events.Money { return events.NewMoney(decimal.RequireFromString(text), 2) }

// at finds the first message of the run on a topic.
func at(t *testing.T, messages []bus.Message, topic string) int {
	t.Helper()
	for i, m := range messages {
		if m.Topic == topic && (string(m.Header(headerRun)) == aprilsRun ||
			string(m.Header(headerType)) == "billing.document_issued.v1") {
			return i
		}
	}
	require.Fail(t, fmt.Sprint("nothing of the run on ", topic))
	return 0
}
