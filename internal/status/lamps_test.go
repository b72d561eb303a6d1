package status_test

import (
	"context"
	"errors"
	"os"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/internal/runs"
	"tenure/internal/status"
	"tenure/internal/store"
	"tenure/internal/test/feedtest"
)

func TestMain(m *testing.M) { os.Exit(feedtest.Main(m)) }

var noon = time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)

// reading is a database and the sources of a status on it.
type reading struct {
	t       *testing.T
	db      *feedtest.Database
	sources status.Sources
}

func read(t *testing.T) *reading {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Copenhagen")
	require.NoError(t, err)
	db := feedtest.NewDatabase(t)
	return &reading{t: t, db: db, sources: status.Sources{Store: db.Store, Now: noon, Machine: time.Now(), Zone: zone,
		Progress: runs.ProgressOf,
		ExpectBy: 4 * time.Hour}}
}

// lamp reads everything and returns one lamp.
func (r *reading) lamp(name string) status.Lamp {
	r.t.Helper()
	s := status.Read(r.t.Context(), r.sources)
	require.Len(r.t, s.Lamps, 10, "always the same ten")
	for _, l := range s.Lamps {
		if l.Name == name {
			require.NotEmpty(r.t, l.Page, "each leads to what it counts")
			return l
		}
	}
	r.t.Fatalf("no lamp %s", name)
	return status.Lamp{}
}

func TestRead_OfAnEmptySystem(t *testing.T) {
	t.Parallel()
	r := read(t)
	s := status.Read(t.Context(), r.sources)
	var names []string
	for _, l := range s.Lamps {
		names = append(names, l.Name)
		assert.NotEmpty(t, l.Value, l.Name)
	}
	assert.Equal(t, []string{
		"Run", "Commands waiting", "Relay", "Read models", "Parked", "Halts", "Shards", "Audit", "Versions", "Clock",
	}, names)
	assert.Equal(t, status.Stopped, s.Level, "no process gives a sign of life")
	assert.Equal(t, "not known", r.lamp("Relay").Value, "no feed has run: that is neither good nor bad")
}

func TestLamp_CommandsWaiting(t *testing.T) {
	t.Parallel()
	r := read(t)
	assert.Equal(t, status.Unknown, r.lamp("Commands waiting").Level, "Kafka is not asked")
	for _, row := range []struct {
		sentence string
		waiting  map[string]int64
		err      error
		level    status.Level
		value    string
	}{
		{"nothing waits", map[string]int64{"employee.commands/0": 0}, nil, status.OK, "0"},
		{"a batch is on its way", map[string]int64{"employee.commands/0": 400, "employee.commands/1": 25},
			nil, status.OK, "425"},
		{"a backlog", map[string]int64{"employee.commands/0": 12_345}, nil, status.Attention, "12\u202f345"},
		{"the broker does not answer", nil, errors.New("no broker"), status.Unknown, "not known"},
	} {
		r.sources.Waiting = func(context.Context) (map[string]int64, error) { return row.waiting, row.err }
		lamp := r.lamp("Commands waiting")
		assert.Equal(t, row.level, lamp.Level, row.sentence)
		assert.Equal(t, row.value, lamp.Value, row.sentence)
	}
}

func TestLamp_VersionsAndClockAreOfLivingProcesses(t *testing.T) {
	t.Parallel()
	r := read(t)
	see := func(id, version string, machine time.Time) {
		require.NoError(t, r.db.SeeProcess(t.Context(), store.Process{
			ID: id, Version: version, Roles: []string{"worker"}, Shards: []int32{}, Blocked: map[int32]string{},
		}, machine))
	}
	see("one", "1.4.2", time.Now())
	assert.Equal(t, "1 build", r.lamp("Versions").Value)
	assert.Equal(t, status.OK, r.lamp("Clock").Level)
	see("two", "1.5.0", time.Now().Add(time.Hour))
	assert.Equal(t, "2 builds", r.lamp("Versions").Value)
	assert.Equal(t, status.Attention, r.lamp("Clock").Level, "a clock is an hour ahead of the database's")
	require.NoError(t, r.db.EndProcess(t.Context(), "two"))
	assert.Equal(t, "1 build", r.lamp("Versions").Value, "who stops as it should leaves the list")
	r.db.Exec("UPDATE processes SET seen_at = seen_at - INTERVAL '2 minutes'")
	assert.Equal(t, status.Stopped, r.lamp("Versions").Level, "nothing runs")
	r.sources.Simulated = true
	assert.Equal(t, "simulated", r.lamp("Clock").Value)
}

func TestLamp_ShardsNamesWhatIsBlockedOrHasNoOwner(t *testing.T) {
	t.Parallel()
	r := read(t)
	for shard := range store.ShardID(2) {
		j := feedtest.NewJournal(t, r.db.Store)
		j.Append(shard, feedtest.Of(feedtest.Employee(int(shard)), feedtest.Created(int(shard)))...)
	}
	see := func(p store.Process) {
		p.ID, p.Roles = "one", []string{"worker"}
		require.NoError(t, r.db.SeeProcess(t.Context(), p, time.Now()))
	}
	see(store.Process{Shards: []int32{0}, Blocked: map[int32]string{}})
	assert.Equal(t, "1 of 2 owned", r.lamp("Shards").Value)
	assert.Equal(t, status.Attention, r.lamp("Shards").Level)
	see(store.Process{Shards: []int32{0, 1}, Blocked: map[int32]string{}})
	assert.Equal(t, status.OK, r.lamp("Shards").Level)
	see(store.Process{Shards: []int32{0, 1}, Blocked: map[int32]string{1: "lost-tail"}})
	lamp := r.lamp("Shards")
	assert.Equal(t, status.Stopped, lamp.Level)
	assert.Equal(t, "1 blocked", lamp.Value)
	s := status.Read(t.Context(), r.sources)
	require.NotEmpty(t, s.Todo)
	assert.Equal(t, status.Stopped, s.Todo[0].Level, "what is blocked is first")
	assert.Contains(t, s.Todo[0].Text, "Shard 1: lost-tail")
}

func TestLamp_AuditAges(t *testing.T) {
	t.Parallel()
	r := read(t)
	assert.Equal(t, "never", r.lamp("Audit").Value)
	require.NoError(t, r.db.KeepAudit(t.Context(), []store.AuditRecord{{ID: "I2", Name: "positions"},
		{ID: "I5", Name: "covered twice"}}))
	assert.Equal(t, "holds", r.lamp("Audit").Value)
	r.db.Exec("UPDATE audits SET at = at - INTERVAL '3 days'")
	assert.Equal(t, status.Attention, r.lamp("Audit").Level, "it says nothing of last night")
	require.NoError(t, r.db.KeepAudit(t.Context(), []store.AuditRecord{
		{ID: "I2", Name: "positions"}, {ID: "I5", Name: "covered twice", Broken: 3, Detail: "employee/1"}}))
	assert.Equal(t, status.Stopped, r.lamp("Audit").Level)
	audits, err := r.db.Audits(t.Context(), 10)
	require.NoError(t, err)
	require.Len(t, audits, 2, "the newest and the one of three days ago")
	assert.Equal(t, []int{1, 0}, []int{audits[0].Broken, audits[1].Broken})
	records, err := r.db.AuditRecords(t.Context(), audits[0].At)
	require.NoError(t, err)
	assert.Equal(t, []store.AuditRecord{{ID: "I2", Name: "positions"},
		{ID: "I5", Name: "covered twice", Broken: 3, Detail: "employee/1"}}, records)
}

func TestLamp_ParkedAndHaltsAreCounted(t *testing.T) {
	t.Parallel()
	r := read(t)
	assert.Equal(t, "nothing", r.lamp("Parked").Value)
	assert.Equal(t, "none", r.lamp("Halts").Value)
	r.db.Exec("INSERT INTO run_halts (scope, reason, at) VALUES ('deletions', 'extensions look wrong', " +
		"'2026-11-02T10:00:00Z')")
	lamp := r.lamp("Halts")
	assert.Equal(t, status.Attention, lamp.Level)
	assert.Equal(t, "1: deletions", lamp.Value)
	assert.Equal(t, "2 h 00 min", lamp.Detail)
	s := status.Read(t.Context(), r.sources)
	require.Len(t, s.Halts, 1)
}

func TestLamp_AFaultOfOneSourceLeavesTheOthers(t *testing.T) {
	t.Parallel()
	r := read(t)
	r.db.Exec("ALTER TABLE audits RENAME TO audits_away")
	lamp := r.lamp("Audit")
	assert.Equal(t, status.Unknown, lamp.Level)
	assert.Equal(t, "not known", lamp.Value)
	assert.Equal(t, "none", r.lamp("Halts").Value)
}

func TestRead_RelayThatIsBehindIsBlocked(t *testing.T) {
	t.Parallel()
	r := read(t)
	j := feedtest.NewJournal(t, r.db.Store)
	j.Append(1, feedtest.Of(feedtest.Employee(1), feedtest.Created(1))...)
	leases, err := r.db.Lease(t.Context(), "relay", []store.ShardID{1}, uuid.NewString(), time.Minute)
	require.NoError(t, err)
	require.Len(t, leases, 1)
	r.db.Exec("UPDATE events SET at = '2026-11-02T11:59:30Z'")
	assert.Equal(t, status.OK, r.lamp("Relay").Level, "half a minute is nothing")
	r.db.Exec("UPDATE events SET at = '2026-11-02T11:30:00Z'")
	lamp := r.lamp("Relay")
	assert.Equal(t, status.Stopped, lamp.Level)
	assert.Contains(t, lamp.Detail, "relay, shard 1, 30 min")
}
