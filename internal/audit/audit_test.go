package audit_test

import (
	"testing"

	"tenure/internal/audit"
	"tenure/internal/store"

	"github.com/stretchr/testify/require"
)

// everything runs the checks of tables, those of systems at rest too.
func everything(t *testing.T, s *store.Store) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	err := audit.Run(t.Context(), s, audit.Options{Only: ofTables()}, func(r audit.Result) error {
		for _, v := range r.Found {
			require.Equal(t, []string{r.Name, r.Invariant}, []string{v.Check, v.Invariant})
			found[r.Name] = append(found[r.Name], v.Detail)
		}
		return nil
	})
	require.NoError(t, err)
	return found
}

// ofTables names the checks that are one query.
func ofTables() (names []string) {
	for _, c := range audit.Checks() {
		if c.Name != "chain" && c.Name != "states" {
			names = append(names, c.Name)
		}
	}
	return names
}

// chains runs the check of the hash chains.
func chains(t *testing.T, s *store.Store, o audit.Options) (details []string) {
	t.Helper()
	o.Only = []string{"chain"}
	require.NoError(t, audit.Run(t.Context(), s, o, func(r audit.Result) error {
		for _, v := range r.Found {
			details = append(details, v.Detail)
		}
		return nil
	}))
	return details
}

func TestViolations_NoneInASoundLog(t *testing.T) {
	t.Parallel()
	s := sound(t)
	require.Empty(t, everything(t, s))
	found, err := audit.Violations(t.Context(), s)
	require.NoError(t, err)
	require.Empty(t, found)
}

// planted is a way to break a sound store, and what the check of that name says of it.
type planted struct {
	check, detail string
	damage        []string
}

// Each check is shown to fail: one that cannot would be worse than none.
func TestViolations_FindEachPlantedOne(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for name, row := range offences {
		seen[row.check] = true
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := sound(t)
			damage(t, s, row.damage...)
			require.Contains(t, everything(t, s)[row.check], row.detail)
		})
	}
	for _, name := range ofTables() {
		require.True(t, seen[name], "nothing shows that %s can fail", name)
	}
}

var offences = map[string]planted{
	"two final outcomes": {
		"one-final",
		"command c1 of employee/a has 2 final outcomes",
		[]string{
			"DROP INDEX outcomes_one_final",
			"UPDATE outcomes SET final = true, command_id = 'c1', command = (SELECT command FROM outcomes WHERE shard = 1 " +
				"AND seq = 1) WHERE shard = 1",
		},
	},
	"an outcome lost": {"outcomes-dense", "shard 1 has 1 outcomes from 2 to 2, its row says 1 to 2", []string{
		"DELETE FROM outcomes WHERE shard = 1 AND seq = 1"}},
	"the last outcomes lost": {"outcomes-dense", "shard 1 has 0 outcomes from 0 to 0, its row says 1 to 2", []string{
		"DELETE FROM outcomes WHERE shard = 1"}},
	"an outcome lost behind those that were let go of": {"outcomes-dense",
		"shard 1 has 0 outcomes from 0 to 0, its row says 2 to 2", []string{
			"DELETE FROM outcomes WHERE shard = 1", "UPDATE shards SET outcomes_from = 2 WHERE shard = 1"}},
	"a command neither answered nor parked": {"not-answered", "command c3 of employee/a has no final outcome and is " +
		"not parked", []string{
		"DELETE FROM parked WHERE command_id = 'c3'", "UPDATE subjects SET parked = false"}},
	"a command retried without an answer": {"not-answered", "command c3 of employee/a has no final outcome and is not " +
		"parked", []string{
		"UPDATE parked SET state = 'retried' WHERE command_id = 'c3'"}},
	"a change without an answer": {"applied-answered", "command c1 of employee/a changed it at 1:1 and has no final " +
		"outcome", []string{
		"UPDATE outcomes SET final = false WHERE command_id = 'c1'"}},
	"parked without a message": {"parked-streams", "stream employee/a is parked without a message", []string{
		"UPDATE parked SET state = 'retried' WHERE stream = 'employee/a'"}},
	"a queue nobody waits behind": {"parked-streams", "stream employee/a has parked messages but is not parked", []string{
		"UPDATE subjects SET parked = false WHERE stream = 'employee/a'"}},
	"a queue of nobody": {"parked-streams", "stream employee/a has parked messages but is not parked", []string{
		"DELETE FROM subjects WHERE stream = 'employee/a'"}},
	"an event lost": {"shard-positions", "shard 1 has 5 events from 2 to 6, its row says 1 to 6", []string{
		"DELETE FROM events WHERE shard = 1 AND pos = 1"}},
	"the last event lost": {"shard-positions", "shard 1 has 5 events from 1 to 5, its row says 1 to 6", []string{
		"DELETE FROM events WHERE shard = 1 AND pos = 6"}},
	"a version lost": {"stream-versions", "stream employee/a has 2 events from version 2 to 3 in 1 shards", []string{
		"DELETE FROM events WHERE shard = 1 AND pos = 1"}},
	"a shard's row lost": {"shard-positions", "shard 1 has 6 events from 1 to 6, its row says 1 to nothing", []string{
		"DELETE FROM shards WHERE shard = 1"}},
	"a stream in two shards": {"stream-versions", "stream employee/a has 3 events from version 1 to 3 in 2 shards",
		[]string{
			"CREATE TABLE moved AS SELECT * FROM events WHERE shard = 1 AND pos = 2", "UPDATE moved SET shard = 7",
			"DELETE FROM events WHERE shard = 1 AND pos = 2", "INSERT INTO events SELECT * FROM moved"}},
	"a state that is behind": {"state-versions", "stream employee/a is kept at version 1 in shard 1, its events end at " +
		"3 in shard 1", []string{
		"UPDATE subjects SET version = 1 WHERE stream = 'employee/a'"}},
	"a state lost": {"state-versions", "stream employee/a is kept at version none in shard none, its events end at 3 " +
		"in shard 1", []string{
		"DELETE FROM subjects WHERE stream = 'employee/a'"}},
	"an event older than the one before it": {"time", "event 1:2 of employee/a is of 2026-03-01 00:00:00+00, after one " +
		"of 2026-04-01 12:00:00+00", []string{
		"UPDATE events SET at = '2026-03-01Z' WHERE shard = 1 AND pos = 2"}},
	"a shard's time before its last event": {"time", "event 2:4 of the shard's row is of 2026-03-01 00:00:00+00, after " +
		"one of 2026-04-01 12:00:00+00", []string{
		"UPDATE shards SET decided_at = '2026-03-01Z' WHERE shard = 2"}},
	"a reader ahead of the log": {"readers", "reader lines of shard 1 is at 7, the log ends at 6", []string{
		"UPDATE subscriptions SET position = 7 WHERE shard = 1 AND name = 'lines'"}},
	"the relay of outcomes ahead of them": {"readers", "reader outcomes of shard 1 is at 3, the log ends at 2", []string{
		"UPDATE subscriptions SET position = 3, name = 'outcomes' WHERE shard = 1 AND name = 'lines'"}},
	"the guard gone": {"coverage-guard", "the constraint subjects_no_day_twice is missing or not validated", []string{
		"ALTER TABLE subjects DROP CONSTRAINT subjects_no_day_twice"}},
	"a coverage without meaning": {"coverage", "stream employee/a has an impossible coverage", []string{
		"ALTER TABLE subjects DROP CONSTRAINT subjects_no_day_twice", "UPDATE subjects SET coverage = NULL WHERE stream = " +
			"'employee/a'"}},
	"a coverage over two slots": {"coverage", "stream employee/a has an impossible coverage", []string{
		"UPDATE subjects SET coverage = '{[19999999,20000001)}' WHERE stream = 'employee/a'"}},
	"counts that do not add up": {"run-counts", "run r in shard 1 examined 3, billed 1, not billed 1, with 1 reasons",
		[]string{
			"UPDATE run_shards SET examined = 3 WHERE shard = 1"}},
	"a reason lost": {"run-counts", "run r in shard 1 examined 2, billed 1, not billed 1, with 0 reasons", []string{
		"DELETE FROM run_reasons WHERE shard = 1"}},
	"a run beyond the log": {"run-positions", "run r in shard 1 names positions 1 to 7, the log ends at 6", []string{
		"UPDATE run_shards SET last_pos = 7 WHERE shard = 1"}},
	"totals of nobody": {"run-totals", "run r in shard 1 has totals but billed no employee", []string{
		"UPDATE run_shards SET billed = 0, examined = 1 WHERE shard = 1"}},
	"one run for two nights": {"run-once", "run r has 2 business dates and 1 manifests", []string{
		"UPDATE run_shards SET business_date = business_date + 1 WHERE shard = 1"}},
	"one run under two policies": {"run-once", "run r has 1 business dates and 2 manifests", []string{
		"UPDATE run_shards SET manifest = 'x' WHERE shard = 1"}},
	"a run of another night": {"run-names", "run nightly/2026-04-02 in shard 1 is of 2024-04-24", []string{
		"UPDATE run_shards SET run = 'nightly/2026-04-02' WHERE shard = 1"}},
	"shards that disagree on their topic": {"topics", "topic topic-0 is remembered with 2 ids and 1 partition counts",
		[]string{
			"UPDATE shards SET topic_id = 'another' WHERE shard = 1"}},
	"a shard that has grown alone": {"topics", "topic topic-0 is remembered with 1 ids and 2 partition counts",
		[]string{
			"UPDATE shards SET grown_to = 512 WHERE shard = 1"}},
	"a row that nobody could have written": {"run-lines", "cannot be checked, a row is no longer what Tenure wrote: " +
		"invalid input syntax for type json", []string{
		"UPDATE events SET payload = '{' WHERE shard = 1 AND pos = 2"}},
}

func TestViolations_NameTheFlippedBitWithItsPlace(t *testing.T) {
	t.Parallel()
	for name, sql := range map[string]string{
		"in the payload": "UPDATE events SET payload = set_byte(payload, 3, get_byte(payload, 3) # 1) WHERE shard = 1 AND " +
			"pos IN (1, 4)",
		"in the type": "UPDATE events SET type = 'employee.updatee.v1' WHERE shard = 1 AND pos IN (1, 4)",
		"in the time": "UPDATE events SET at = " + laterInstant + " WHERE shard = 1 AND pos IN (1, 4)",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := sound(t)
			damage(t, s, sql)
			var heard read
			found := chains(t, s, audit.Options{Progress: &heard})
			require.Len(t, found, 2, "each one, and not just the first")
			require.Contains(t, found[0], "the hash chain of shard 1 breaks at position 1, an event of employee/a")
			require.Contains(t, found[1], "position 4")
			require.EqualValues(t, 10, heard)
		})
	}
}

// read counts the events whose hash was computed again.
type read int64

func (r *read) Chain(_ store.ShardID, position, _ int64) { *r += read(position) }

func (r *read) States(int) {}

func TestViolations_AnEventTakenOutOfTheChain(t *testing.T) {
	t.Parallel()
	for name, sql := range map[string]string{
		"from the middle": "DELETE FROM events WHERE shard = 1 AND pos = 2",
		"from the end":    "DELETE FROM events WHERE shard = 1 AND pos = 6",
		"all of them":     "DELETE FROM events WHERE shard = 1",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := sound(t)
			damage(t, s, sql)
			require.NotEmpty(t, chains(t, s, audit.Options{}))
		})
	}
}

func TestChain_IsReadFromATimeOn(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	c := claimed(t, s, 1)
	for i := range int32(9) {
		w := plain(c, i+1, "employee/a")
		w.Events[0].At, w.DecidedAt = noon.AddDate(0, 0, int(i)), noon.AddDate(0, 0, int(i))
		require.NoError(t, s.Write(t.Context(), c, w))
	}
	damage(t, s, "UPDATE events SET payload = '{}' WHERE pos IN (2, 7)")
	for days, want := range map[int]int{-1: 2, 1: 2, 2: 1, 6: 1, 7: 0, 20: 0} {
		require.Len(t, chains(t, s, audit.Options{Since: noon.AddDate(0, 0, days)}), want, "since day %d", days)
	}
}

func TestChain_BreaksAtEveryChangeOfAStoredEvent(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]string{
		"a bit of the payload": "payload = set_bit(payload, 5, 1 - get_bit(payload, 5))",
		"a bit of the actor":   "actor = set_bit(actor, 5, 1 - get_bit(actor, 5))",
		"the type":             "type = 'employee.created.v1'",
		"the instant":          "at = " + laterInstant,
		"the command":          "command_id = 'other'",
		"the run":              "run_id = 'other'",
		"the stream":           "stream = 'employee/x'",
		"the version":          "version = 9",
		"a bit of the hash":    "chain = set_bit(chain, 5, 1 - get_bit(chain, 5))",
		"the position":         "pos = 99",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStore(t)
			c := claimed(t, s, 1)
			require.NoError(t, s.Write(t.Context(), c, plain(c, 1, "a", "b", "c")))
			damage(t, s, "UPDATE events SET "+change+" WHERE pos = 2")
			require.Contains(t, chains(t, s, audit.Options{})[0], "the hash chain of shard 1 breaks at position 2")
		})
	}
}

func TestChain_FindsATailThatWasCutOff(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	c := claimed(t, s, 1)
	require.NoError(t, s.Write(t.Context(), c, plain(c, 1, "a", "b")))
	damage(t, s, "DELETE FROM events WHERE pos = 2", "UPDATE shards SET head = 1")
	require.Contains(t, chains(t, s, audit.Options{})[0], "position 1")
}
