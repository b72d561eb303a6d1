package audit

import "tenure/internal/store"

const (
	// A command has at most one final outcome. The unique index says so; this reads the table, as an index that was
	// damaged, or built on another collation, refuses nothing.
	sqlTwoFinals = `
SELECT 'command ' || command_id || ' of ' || stream || ' has ' || count(*) || ' final outcomes'
FROM outcomes WHERE final GROUP BY command, stream, command_id HAVING count(*) > 1`

	// Outcomes have sequences outcomes_from..outcomes_head without a hole, so that the relay cannot pass one over.
	// Before them are only those of commands that are still parked.
	sqlOutcomeGaps = `
SELECT 'shard ' || s.shard || ' has ' || count(o.seq) || ' outcomes from ' || COALESCE(min(o.seq), 0) || ' to '
       || COALESCE(max(o.seq), 0) || ', its row says ' || s.outcomes_from || ' to ' || s.outcomes_head
FROM shards AS s LEFT JOIN outcomes AS o ON o.shard = s.shard AND o.seq >= s.outcomes_from
GROUP BY s.shard, s.outcomes_from, s.outcomes_head
HAVING count(o.seq) <> s.outcomes_head - s.outcomes_from + 1
    OR (count(o.seq) > 0 AND (max(o.seq) <> s.outcomes_head OR min(o.seq) <> s.outcomes_from))`

	// A command whose outcome is "parked" gets a final one, or is visibly parked.
	sqlNotAnswered = `
SELECT 'command ' || o.command_id || ' of ' || o.stream || ' has no final outcome and is not parked'
FROM outcomes AS o
WHERE NOT o.final AND convert_from(o.answer, 'UTF8')::jsonb ->> 'status' = 'parked'
  AND NOT EXISTS (SELECT 1 FROM outcomes AS f WHERE f.shard = o.shard AND f.command = o.command AND f.final)
  AND NOT EXISTS (SELECT 1 FROM parked AS p
                  WHERE p.shard = o.shard AND p.stream = o.stream AND p.command_id = o.command_id AND p.state IN ('parked', 'moved'))
GROUP BY o.shard, o.command, o.stream, o.command_id`

	// A stream is marked as parked as long as a message of its queue is: a mark without a message never ends, a message
	// without the mark is overtaken.
	sqlParkedStreams = `
SELECT CASE WHEN s.parked THEN 'stream ' || s.stream || ' is parked without a message'
            ELSE 'stream ' || COALESCE(s.stream, p.stream) || ' has parked messages but is not parked' END
FROM (SELECT shard, stream, parked FROM subjects WHERE parked) AS s
FULL JOIN (SELECT DISTINCT shard, stream FROM parked WHERE state = 'parked' AND holds) AS p
  ON p.shard = s.shard AND p.stream = s.stream
WHERE s.stream IS NULL OR p.stream IS NULL`

	// A stream has versions 1..n in one shard.
	sqlStreamVersions = `
SELECT 'stream ' || stream || ' has ' || count(*) || ' events from version ' || min(version) || ' to ' || max(version)
       || ' in ' || count(DISTINCT shard) || ' shards'
FROM events GROUP BY stream
HAVING count(*) <> max(version) OR min(version) <> 1 OR count(DISTINCT version) <> count(*) OR count(DISTINCT shard) <> 1`

	// A shard has positions 1..head, and no event is in a shard that has no row.
	sqlShardPositions = `
SELECT 'shard ' || COALESCE(s.shard, e.shard) || ' has ' || COALESCE(e.events, 0) || ' events from '
    || COALESCE(e.first, 0)
       || ' to ' || COALESCE(e.last, 0) || ', its row says 1 to ' || COALESCE(s.head::text, 'nothing')
FROM shards AS s
FULL JOIN (SELECT shard, count(*) AS events, min(pos) AS first, max(pos) AS last FROM events GROUP BY shard) AS e
  ON e.shard = s.shard
WHERE s.shard IS NULL OR COALESCE(e.events, 0) <> s.head OR COALESCE(e.last, 0) <> s.head OR (s.head > 0 AND e.first <> 1)`

	// The state of a stream is that after its last event.
	sqlSubjectVersions = `
SELECT 'stream ' || COALESCE(s.stream, e.stream) || ' is kept at version ' || COALESCE(s.version::text, 'none')
       || ' in shard ' || COALESCE(s.shard::text, 'none') || ', its events end at ' || COALESCE(e.version, 0)
       || ' in shard ' || COALESCE(e.shard::text, 'none')
FROM subjects AS s
FULL JOIN (SELECT shard, stream, max(version) AS version FROM events GROUP BY shard, stream) AS e
    ON e.shard = s.shard AND e.stream = s.stream
WHERE s.stream IS NULL OR COALESCE(e.version, 0) <> s.version`

	// A reader further than the log has published what the log no longer has: an older database was restored. The relay of
	// outcomes counts these instead of events.
	sqlReadersAhead = `
SELECT 'reader ' || r.name || ' of shard ' || r.shard || ' is at ' || r.position || ', the log ends at '
       || CASE WHEN r.name = '` + store.OutcomesReader + `' THEN s.outcomes_head ELSE s.head END
FROM subscriptions AS r JOIN shards AS s ON s.shard = r.shard
WHERE r.position > CASE WHEN r.name = '` + store.OutcomesReader + `' THEN s.outcomes_head ELSE s.head END`

	// The refusal of double coverage is in place: without the constraint the guard's NULL would be stored.
	sqlCoverageGuard = `
SELECT 'the constraint ` + store.ConstraintNoDayTwice + ` is missing or not validated'
WHERE NOT EXISTS (SELECT 1 FROM pg_constraint
                  WHERE conrelid = 'subjects'::regclass AND conname = '` + store.ConstraintNoDayTwice +
		`' AND convalidated)`

	// A multirange cannot hold a day twice; what it can hold is nothing at all (the guard's NULL), and a range that
	// reaches from one slot into the next, in which a day would count for both. (10000000 is slotSize.)
	sqlCoverage = `
SELECT 'stream ' || s.stream || ' has an impossible coverage'
FROM subjects AS s
WHERE s.coverage IS NULL
   OR EXISTS (SELECT 1 FROM unnest(s.coverage) AS r WHERE lower(r) / 10000000 <> (upper(r) - 1) / 10000000)`

	// Who was examined was billed or has a reason why not; a review is listed beside lines too.
	sqlRunCounts = `
SELECT 'run ' || r.run || ' in shard ' || r.shard || ' examined ' || r.examined || ', billed ' || r.billed
    || ', not billed '
       || r.not_billed || ', with ' || (SELECT count(*) FROM run_reasons AS n WHERE n.run = r.run AND n.shard = r.shard)
       || ' reasons'
FROM run_shards AS r
WHERE r.examined <> r.billed + r.not_billed
   OR r.not_billed > (SELECT count(*) FROM run_reasons AS n WHERE n.run = r.run AND n.shard = r.shard)
   OR r.not_billed < (SELECT count(*) FROM run_reasons AS n
                      WHERE n.run = r.run AND n.shard = r.shard AND n.reason <> 'REVIEW_NEEDED')`

	// The positions that a run names exist.
	sqlRunPositions = `
SELECT 'run ' || r.run || ' in shard ' || r.shard || ' names positions ' || r.first_pos || ' to ' || r.last_pos
       || ', the log ends at ' || COALESCE(s.head, 0)
FROM run_shards AS r LEFT JOIN shards AS s ON s.shard = r.shard
WHERE r.last_pos > COALESCE(s.head, 0) OR r.first_pos > r.last_pos OR (r.first_pos = 0) <> (r.last_pos = 0)`

	// Totals belong to a run that billed an employee in the shard.
	sqlRunTotals = `
SELECT 'run ' || t.run || ' in shard ' || t.shard || ' has totals but billed no employee'
FROM run_totals AS t LEFT JOIN run_shards AS r ON r.run = t.run AND r.shard = t.shard
WHERE r.run IS NULL OR r.billed = 0
GROUP BY t.run, t.shard`

	// A run is one night and one policy, the same in all shards.
	sqlRunTwice = `
SELECT 'run ' || run || ' has ' || count(DISTINCT business_date) || ' business dates and ' || count(DISTINCT manifest)
       || ' manifests'
FROM run_shards GROUP BY run HAVING count(DISTINCT business_date) > 1 OR count(DISTINCT manifest) > 1`

	// Shards of a topic agree on it: one that was rebased alone would take messages that another topic's partition holds.
	// While a topic grows they have its former count or the new one.
	sqlTopics = `
SELECT 'topic ' || topic || ' is remembered with ' || count(DISTINCT topic_id) || ' ids and '
    || count(DISTINCT GREATEST(s.partitions, s.grown_to))
       || ' partition counts'
FROM shards AS s
LEFT JOIN partition_counts AS c ON c.family = s.shard / 1024 AND c.partitions = GREATEST(s.partitions, s.grown_to)
WHERE topic_id <> ''
GROUP BY topic
HAVING count(DISTINCT topic_id) > 1
    OR count(DISTINCT GREATEST(s.partitions, s.grown_to)) > 1 AND bool_or(c.family IS NULL)`
)
