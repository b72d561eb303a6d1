package store

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// sound is a store with two shards in which something of everything has happened.
func sound(t *testing.T) *Store {
	t.Helper()
	s := newStore(t)
	for _, shard := range []ShardID{1, 2} {
		c := claimed(t, s, shard)
		name := []string{1: "employee/a", 2: "employee/b"}[shard]
		w := fullWrite(c, name)
		w.Subjects[0].Added = []Range{Days(1, 739_000, 739_030)}
		w.Parked[0].Topic = name
		w.Chunk.Examined, w.Chunk.Billed = 2, 1
		require.NoError(t, s.Write(t.Context(), c, w))
		next := plain(c, 2, name)
		next.Subjects[0].Parked = true
		next.Parked = []Parked{{Topic: name, Offset: 9, Stream: name, CommandID: "c2", Reason: "broken", Holds: true, At: noon}}
		next.Outcomes[0].Final = false
		require.NoError(t, s.Write(t.Context(), c, next))
		leases, err := s.Lease(t.Context(), "relay", []ShardID{shard}, "a", 1)
		require.NoError(t, err)
		require.NoError(t, s.AdvanceNow(t.Context(), &leases[0], 2))
	}
	return s
}

func TestASoundLogHasNoViolations(t *testing.T) {
	t.Parallel()
	found, err := sound(t).Audit(t.Context())
	require.NoError(t, err)
	require.Empty(t, found)
}

func TestTheAuditFindsEachPlantedViolation(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		invariant, detail string
		damage            []string
	}{
		"two final outcomes": {"I1", "command c1 of employee/a has 2 final outcomes", []string{
			"DROP INDEX outcomes_one_final", "UPDATE outcomes SET final = true, command_id = 'c1', command = (SELECT command FROM outcomes WHERE shard = 1 AND seq = 1) WHERE shard = 1"}},
		"an outcome lost": {"I1", "shard 1 has 1 outcomes from 2 to 2, its row says 1 to 2", []string{
			"DELETE FROM outcomes WHERE shard = 1 AND seq = 1"}},
		"the last outcomes lost": {"I1", "shard 1 has 0 outcomes from 0 to 0, its row says 1 to 2", []string{
			"DELETE FROM outcomes WHERE shard = 1"}},
		"a command neither answered nor parked": {"I1", "command c2 of employee/a has no final outcome and is not parked", []string{
			"DELETE FROM parked WHERE command_id = 'c2'", "UPDATE subjects SET parked = false"}},
		"parked without a message": {"I1", "stream employee/a is parked without a message", []string{
			"UPDATE parked SET state = 'retried' WHERE stream = 'employee/a'"}},
		"a queue nobody waits behind": {"I1", "stream employee/a has parked messages but is not parked", []string{
			"UPDATE subjects SET parked = false WHERE stream = 'employee/a'"}},
		"an event lost": {"I2", "shard 1 has 1 events from 2 to 2, its row says 1 to 2", []string{
			"DELETE FROM events WHERE shard = 1 AND pos = 1"}},
		"the last event lost": {"I2", "shard 1 has 1 events from 1 to 1, its row says 1 to 2", []string{
			"DELETE FROM events WHERE shard = 1 AND pos = 2"}},
		"a version lost": {"I2", "stream employee/a has 1 events from version 2 to 2 in 1 shards", []string{
			"DELETE FROM events WHERE shard = 1 AND pos = 1"}},
		"a shard's row lost": {"I2", "shard 1 has 2 events from 1 to 2, its row says 1 to nothing", []string{
			"DELETE FROM shards WHERE shard = 1"}},
		"a stream in two shards": {"I2", "stream employee/a has 2 events from version 1 to 2 in 2 shards", []string{
			"UPDATE events SET shard = 7 WHERE shard = 1 AND pos = 2"}},
		"a state that is behind": {"I2", "stream employee/a is kept at version 1 in shard 1, its events end at 2 in shard 1", []string{
			"UPDATE subjects SET version = 1 WHERE stream = 'employee/a'"}},
		"a state lost": {"I2", "stream employee/a is kept at version none in shard none, its events end at 2 in shard 1", []string{
			"DELETE FROM subjects WHERE stream = 'employee/a'"}},
		"an event changed": {"I2", "the hash chain of shard 1 breaks at position 1", []string{
			"UPDATE events SET payload = set_byte(payload, 3, get_byte(payload, 3) # 1) WHERE shard = 1 AND pos = 1"}},
		"a reader ahead of the log": {"I4", "reader relay of shard 1 is at 3, the log ends at 2", []string{
			"UPDATE subscriptions SET position = 3 WHERE shard = 1"}},
		"the guard gone": {"I5", "the constraint subjects_no_day_twice is missing or not validated", []string{
			"ALTER TABLE subjects DROP CONSTRAINT subjects_no_day_twice"}},
		"a coverage without meaning": {"I5", "stream employee/a has an impossible coverage", []string{
			"ALTER TABLE subjects DROP CONSTRAINT subjects_no_day_twice", "UPDATE subjects SET coverage = NULL WHERE stream = 'employee/a'"}},
		"a coverage over two slots": {"I5", "stream employee/a has an impossible coverage", []string{
			"UPDATE subjects SET coverage = '{[19999999,20000001)}' WHERE stream = 'employee/a'"}},
		"counts that do not add up": {"I7", "run r in shard 1 examined 3, billed 1, not billed 1, with 1 reasons", []string{
			"UPDATE run_shards SET examined = 3 WHERE shard = 1"}},
		"a reason lost": {"I7", "run r in shard 1 examined 2, billed 1, not billed 1, with 0 reasons", []string{
			"DELETE FROM run_reasons WHERE shard = 1"}},
		"a run beyond the log": {"I7", "run r in shard 1 names positions 1 to 3, the log ends at 2", []string{
			"UPDATE run_shards SET last_pos = 3 WHERE shard = 1"}},
		"totals of nobody": {"I7", "run r in shard 1 has totals but billed nobody", []string{
			"UPDATE run_shards SET billed = 0, examined = 1 WHERE shard = 1"}},
		"one run for two nights": {"I13", "run r has 2 business dates and 1 manifests", []string{
			"UPDATE run_shards SET business_date = business_date + 1 WHERE shard = 1"}},
		"one run under two policies": {"I13", "run r has 1 business dates and 2 manifests", []string{
			"UPDATE run_shards SET manifest = 'x' WHERE shard = 1"}},
		"shards that disagree on their topic": {"I13", "topic topic-0 is remembered with 2 ids and 1 partition counts", []string{
			"UPDATE shards SET topic_id = 'another' WHERE shard = 1"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := sound(t)
			damage(t, s, row.damage...)
			found, err := s.Audit(t.Context())
			require.NoError(t, err)
			for _, v := range found {
				if v.Invariant == row.invariant && strings.Contains(v.Detail, row.detail) {
					return
				}
			}
			require.Failf(t, "not found", "%+v", found)
		})
	}
}
