package audit

const (
	// What a command changed was answered to whoever sent it. Where outcomes were let go of, the answer may be among them.
	sqlAppliedAnswered = `
SELECT 'command ' || e.command_id || ' of ' || e.stream || ' changed it at ' || e.shard || ':' || min(e.pos)
    || ' and has no final outcome'
FROM events AS e JOIN shards AS s ON s.shard = e.shard AND s.outcomes_from = 1
LEFT JOIN outcomes AS o ON o.shard = e.shard AND o.stream = e.stream AND o.command_id = e.command_id AND o.final
WHERE e.command_id <> '' AND o.seq IS NULL AND e.stream NOT LIKE 'repair/%'
GROUP BY e.command_id, e.stream, e.shard`

	// Decisions are made at a time that never goes back within a shard.
	sqlTime = `
SELECT 'event ' || t.shard || ':' || t.pos || ' of ' || t.stream || ' is of ' || t.at || ', after one of ' || t.before
FROM (SELECT e.shard, e.pos, e.stream, e.at, lag(e.at) OVER (PARTITION BY e.shard ORDER BY e.pos) AS before
    FROM events AS e
      UNION ALL
      SELECT s.shard, s.head, 'the shard''s row', s.decided_at, e.at
      FROM shards AS s JOIN events AS e ON e.shard = s.shard AND e.pos = s.head) AS t
WHERE t.at < t.before`

	// By then extensions and accounts are unlinked, or their deletion is confirmed.
	sqlDeletedClean = `
SELECT 'stream ' || t.stream || ' is deleted and has ' || t.extensions || ' extensions and ' || t.accounts
    || ' MVNO accounts'
FROM (SELECT s.stream, jsonb_array_length(COALESCE(s.doc -> 'ext', '[]')) AS extensions,
             jsonb_array_length(COALESCE(s.doc -> 'mvno', '[]')) AS accounts
      FROM (SELECT stream, convert_from(state, 'UTF8')::jsonb AS doc FROM subjects
            WHERE stream LIKE 'employee/%' AND position('DELETED'::bytea IN state) > 0) AS s
      WHERE s.doc ->> 'st' = 'DELETED') AS t
WHERE t.extensions + t.accounts > 0`

	// A deletion is fixed to an instant. The fact that it is done may not be older.
	sqlDeletedEarly = `
SELECT 'stream ' || t.stream || ' was deleted at ' || t.at || ', its instant is ' || t.due
FROM (SELECT s.stream, e.at, (convert_from(s.state, 'UTF8')::jsonb -> 'del' ->> 'at')::timestamptz AS due
      FROM events AS e JOIN subjects AS s ON s.shard = e.shard AND s.stream = e.stream
      WHERE e.type = 'employee.deleted.v1') AS t
WHERE t.at < t.due`

	// What time does is done within minutes; an hour behind the shard's own time it is forgotten.
	sqlOverdue = `
SELECT 'stream ' || u.stream || ' is due since ' || u.next_due || ', its shard is at ' || s.decided_at
FROM subjects AS u JOIN shards AS s ON s.shard = u.shard
WHERE NOT u.parked AND u.next_due < s.decided_at - INTERVAL '1 hour'`

	// A name is reserved before the command is decided that asks for it, and freed with the decision; in between it has a
	// holder that does not have it yet.
	sqlLogins = `
WITH l AS MATERIALIZED (SELECT name, stream FROM logins), t AS MATERIALIZED (
    SELECT s.stream, convert_from(s.state, 'UTF8')::jsonb -> 'prof' -> 'personal' ->> 'login' AS name
           FROM subjects AS s
           WHERE s.stream LIKE 'employee/%' AND position('"login"'::bytea IN s.state) > 0
           UNION ALL
           SELECT s.stream, ' extension ' || (x ->> '_id')
           FROM subjects AS s, jsonb_array_elements(convert_from(s.state, 'UTF8')::jsonb -> 'ext') AS x
           WHERE s.stream LIKE 'employee/%' AND position('"ext":['::bytea IN s.state) > 0
           UNION ALL
           SELECT s.stream, ' mvno ' || (m ->> '_id')
           FROM subjects AS s, jsonb_array_elements(convert_from(s.state, 'UTF8')::jsonb -> 'mvno') AS m
           WHERE s.stream LIKE 'employee/%' AND position('"mvno":['::bytea IN s.state) > 0
           UNION ALL
           SELECT d.stream, ' invoice ' || (d.doc -> 'issued' ->> 'ledger') || '/' || COALESCE(d.doc ->> 'series', '')
                  || '/' || (d.doc ->> 'invoiceNumber')
           FROM (SELECT s.stream, convert_from(s.state, 'UTF8')::jsonb AS doc FROM subjects AS s
                 WHERE s.stream LIKE 'document/%' AND position('"invoiceNumber"'::bytea IN s.state) > 0) AS d
)
SELECT 'a name is reserved for ' || COALESCE(l.stream, t.stream) || CASE
           WHEN l.stream IS NULL THEN ' by a state only: another may take it'
           WHEN t.stream IS NULL THEN ', which does not have it: no other can take it' END
FROM l FULL JOIN t
  ON t.name = l.name AND t.stream = l.stream
WHERE (l.stream IS NULL AND t.name <> '') OR t.stream IS NULL`

	// A run is named by its kind and its business date.
	sqlRunNames = `
SELECT 'run ' || run || ' in shard ' || shard || ' is of ' || business_date
FROM run_shards WHERE run LIKE '%/____-__-__' AND right(run, 10) <> to_char(business_date, 'YYYY-MM-DD')`
)
