package rebuild

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/events"
	"tenure/internal/feed"
	"tenure/internal/store"
	"tenure/internal/test/feedtest"
	"tenure/internal/test/running"
	"tenure/projections"
)

// patience bounds each wait of a test, on a busy machine; nothing waits for it to pass.
const patience = running.Patience

func TestMain(m *testing.M) { os.Exit(feedtest.Main(m)) }

// The company of the tests: shards of employees, and one of documents.
const (
	shards    = 3
	employees = 24
	pieceMax  = 5 // streams, or positions
)

// all are the read models that can be rebuilt.
var all = projections.All()

// company is a log with live read models beside it.
type company struct {
	*feedtest.Database
	t       *testing.T
	journal *feedtest.Journal
}

// newCompany is a log that every read model has something of.
func newCompany(t *testing.T) *company {
	t.Helper()
	c := &company{Database: feedtest.NewDatabase(t), t: t}
	c.journal = feedtest.NewJournal(t, c.Store)
	for n := range employees {
		c.hire(n)
	}
	for n := range employees {
		c.change(n, 1)
	}
	return c
}

// hire begins the stream of an employee and bills its first month.
func (c *company) hire(n int) {
	x := events.Extension{ID: fmt.Sprintf("x-%d", n), Direct: "+4570000001"}
	m := events.MvnoAccount{ID: fmt.Sprintf("m-%d", n), Number: "+4500000001", RatePlan: "r-1", PBX: 1}
	only := events.Attributes{"ipRestriction": json.RawMessage(`"10.0.0.1"`)}
	c.journal.Append(store.ShardID(n%shards), feedtest.Of(feedtest.Employee(n), feedtest.Created(n),
		events.ProductAssigned{Product: "product-1", From: billing.MustDate("2026-03-01")},
		events.ExtensionAssigned{Extension: x}, events.MvnoAccountAttached{Account: m},
		events.EmployeeUpdated{Personal: only}, feedtest.Invoiced(n, "2026-04"))...)
}

// change goes on with an employee, differently from its neighbours, and issues a document now and then.
func (c *company) change(n, round int) {
	title := json.RawMessage(fmt.Sprintf(`"Sample title %d"`, round))
	facts := []events.Event{events.EmployeeUpdated{Personal: events.Attributes{"title": title}}}
	switch n % 4 {
	case 1:
		facts = append(facts, events.ExtensionUnassigned{ID: fmt.Sprintf("x-%d", n)},
			events.MvnoAccountDetached{ID: fmt.Sprintf("m-%d", n)})
	case 2:
		facts = append(facts, events.PresenceChanged{Presence: events.Presence{State: "BUSY"}, Since: feedtest.Noon})
	case 3:
		facts = append(facts, feedtest.Invoiced(n, fmt.Sprintf("%d-05", 2026+round)))
	}
	c.journal.Append(store.ShardID(n%shards), feedtest.Of(feedtest.Employee(n), facts...)...)
	if n%4 == 0 {
		stream, issued := feedtest.Issued(billing.Customer, fmt.Sprintf("customer-%d-%d", n, round), "2026-04")
		c.journal.Append(store.ShardOf(store.FamilyBilling, 0),
			feedtest.Of(stream, issued, events.InvoiceNumberRecorded{InvoiceNumber: events.InvoiceNumber(strconv.Itoa(n))})...)
		c.journal.AppendRaw(store.ShardOf(store.FamilyBilling, 0), stream, "billing.acknowledged.v1",
			fmt.Appendf(nil, `{"integration":"sample","run":%q,"lines":%d,"hash":%q}`, issued.Run, n, issued.Hash))
	}
}

// verified wants read models as their rebuild would make them.
func (c *company) verified(of ...projections.Projection) {
	c.t.Helper()
	for _, p := range of {
		report, err := Verify(c.t.Context(), c.Store, p, Options{})
		require.NoError(c.t, err)
		require.True(c.t, Equal(report.Tables), "%s: %+v", p.Name(), report.Tables)
	}
}

// live keeps read models going until stop or the end of the test.
func (c *company) live(of ...projections.Projection) (stop func()) {
	c.t.Helper()
	reader := feed.NewReader(c.Store)
	var subscribers []feed.Subscriber
	for _, p := range of {
		subscribers = append(subscribers, feed.Project(reader, p))
	}
	config := feed.Config{Store: c.Store, Subscribers: subscribers, LeaseTTL: time.Second, Log: running.Log()}
	return running.Start(c.t, func(ctx context.Context) error { return feed.Run(ctx, config) })
}

// caught waits until read models have taken the whole log.
func (c *company) caught(of ...projections.Projection) {
	c.t.Helper()
	names := make([]string, len(of))
	for i, p := range of {
		names[i] = p.Name()
	}
	ctx, cancel := context.WithTimeout(c.t.Context(), patience)
	defer cancel()
	require.NoError(c.t, feed.Caught(ctx, c.Store, nil, names...))
}

// folded brings read models to the end of the log and stops them.
func (c *company) folded(of ...projections.Projection) {
	c.t.Helper()
	stop := c.live(of...)
	c.caught(of...)
	stop()
}

// rows are those of all tables of a projection.
func (c *company) rows(p projections.Projection) (rows []string) {
	c.t.Helper()
	for _, name := range p.Tables() {
		found := c.Rows(name)
		require.NotEmpty(c.t, found, name)
		rows = append(rows, found...)
	}
	return rows
}

// withRow reads one value.
func (c *company) withRow(sql string, into any) error {
	conn, err := pgx.Connect(c.t.Context(), c.DSN)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(c.t.Context()) }()
	return conn.QueryRow(c.t.Context(), sql).Scan(into)
}

// killed runs a rebuild that dies at each step that at names, with its context, and tells what else happened.
func (c *company) killed(p projections.Projection, o Options, at func(step string) bool) error {
	ctx, cancel := context.WithCancel(c.t.Context())
	defer cancel()
	var mu sync.Mutex
	o.Step = func(step string) {
		mu.Lock()
		defer mu.Unlock()
		if at(step) {
			cancel()
		}
	}
	_, err := Run(ctx, c.Store, p, o)
	return err
}

// newer is a projection of a later build that writes something else.
type newer struct {
	projections.Folder
	version int32
	state   string // what all employees are, when it is not empty
}

// Version is the later one.
func (n newer) Version() int32 { return n.version }

// Builder changes every row.
func (n newer) Builder() projections.Builder { return newerBuilder{n.Folder.Builder(), n.state} }

type newerBuilder struct {
	projections.Builder
	state string
}

// Rows says something else in the column state.
func (b newerBuilder) Rows() []projections.Rows {
	all := b.Builder.Rows()
	for i := range all {
		if at := slices.Index(all[i].Columns, "state"); at >= 0 && b.state != "" {
			all[i].CopyFromSource = restated{all[i], at, b.state}
		}
	}
	return all
}

type restated struct {
	projections.Rows
	column int
	state  string
}

// Values are the row's, but one.
func (r restated) Values() ([]any, error) {
	values, err := r.CopyFromSource.Values()
	if err == nil {
		values[r.column] = r.state
	}
	return values, err
}
