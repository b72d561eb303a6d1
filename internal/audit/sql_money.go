package audit

// Sums are compared where they are made: lines in the log, totals of runs, documents and run.completed. Amounts and the
// XOR of line ids must agree, so that neither a line too many and one too few, nor another line of the same amount, go
// unseen.

// caughtUp is the condition that a read model has taken all of the log: the same instant is compared, or nothing.
func caughtUp(reader string) string {
	return `NOT EXISTS (SELECT 1 FROM shards AS h LEFT JOIN subscriptions AS r ON r.shard = h.shard AND r.name = '` +
		reader + `'
                  WHERE h.head > COALESCE(r.position, 0))`
}

// loggedLines are the lines of all facts that bill: one row for each.
const loggedLines = `
    SELECT e.shard, b.doc ->> 'run' AS run, COALESCE(l.line ->> 'documentRef', '') AS document_ref,
           (l.line ->> 'amount')::numeric AS amount, ('x' || replace(l.line ->> 'lineId', '-', ''))::bit(128) AS hash
    FROM events AS e, LATERAL unnest(ARRAY[convert_from(e.payload, 'UTF8')::jsonb]) AS b(doc),
         LATERAL jsonb_array_elements(COALESCE(NULLIF(b.doc -> 'lines', 'null'), '[]')) AS l(line)
    WHERE e.type = 'employee.invoiced.v1'`

const sqlRunLines = `
SELECT 'run ' || COALESCE(t.run, l.run) || ' in shard ' || COALESCE(t.shard, l.shard) || ', document '
    || COALESCE(t.document_ref, l.document_ref)
       || ': totals say ' || COALESCE(t.lines, 0) || ' lines of ' || COALESCE(t.amount, 0) || ', the log has '
           || COALESCE(l.lines, 0)
       || ' of ' || COALESCE(l.amount, 0) || CASE WHEN t.lines = l.lines AND t.amount = l.amount THEN ', other ones'
           ELSE '' END
FROM run_totals AS t
FULL JOIN (SELECT shard, run, document_ref, count(*) AS lines, sum(amount) AS amount, bit_xor(hash) AS hash
           FROM (` + loggedLines + `) AS one GROUP BY shard, run, document_ref) AS l
  ON l.shard = t.shard AND l.run = t.run AND l.document_ref = t.document_ref
WHERE t.run IS NULL OR l.run IS NULL OR t.lines <> l.lines OR t.amount <> l.amount OR t.hash <> l.hash`

// The totals of a ledger and a currency, over all shards.
var sqlRunCompleted = `
WITH c AS MATERIALIZED (
      SELECT e.doc ->> 'run' AS run, x.total ->> 'ledger' AS ledger, x.total ->> 'currency' AS currency,
             (x.total ->> 'lines')::bigint AS lines, (x.total ->> 'amount')::numeric AS amount,
             ('x' || replace(x.total ->> 'hash', '-', ''))::bit(128) AS hash
      FROM ` + factsOf("run.completed.v1") + ` AS e,
           LATERAL jsonb_array_elements(COALESCE(NULLIF(e.doc -> 'totals', 'null'), '[]')) AS x(total)
), t AS MATERIALIZED (
           SELECT run, ledger, currency, sum(lines) AS lines, sum(amount) AS amount, bit_xor(hash) AS hash
           FROM run_totals
           WHERE run IN (SELECT c.run FROM c)
           GROUP BY run, ledger, currency
)
SELECT 'run ' || COALESCE(c.run, t.run) || ', ' || COALESCE(c.ledger, t.ledger) || ' ' || COALESCE(c.currency,
    t.currency)
       || ': run.completed says ' || COALESCE(c.lines, 0) || ' lines of ' || COALESCE(c.amount, 0) || ', its totals '
       || COALESCE(t.lines, 0) || ' of ' || COALESCE(t.amount, 0)
       || CASE WHEN t.lines = c.lines AND t.amount = c.amount THEN ', other ones' ELSE '' END
FROM c FULL JOIN t
  ON t.run = c.run AND t.ledger = c.ledger AND t.currency = c.currency
WHERE c.run IS NULL OR t.run IS NULL OR c.lines <> t.lines OR c.amount <> t.amount OR c.hash <> t.hash`

// factsOf are the payloads of all facts of a type, which are few: runs and documents.
func factsOf(eventType string) string {
	return `(SELECT f.shard, f.pos, f.stream, convert_from(f.payload, 'UTF8')::jsonb AS doc FROM events AS f WHERE f.type = '` + eventType + `')`
}

var sqlRunShardCompleted = `
SELECT 'run ' || (e.doc ->> 'run') || ' in shard ' || (e.doc ->> 'shard') || ': the fact says '
    || (e.doc ->> 'examined') || ' examined, '
       || (e.doc ->> 'billed') || ' billed, ' || (e.doc ->> 'notBilled') || ' not; the shard counted '
           || COALESCE(r.examined, 0) || ', '
       || COALESCE(r.billed, 0) || ', ' || COALESCE(r.not_billed, 0)
FROM ` + factsOf("run.shard_completed.v1") + ` AS e
LEFT JOIN run_shards AS r ON r.shard = e.shard AND r.run = e.doc ->> 'run' AND r.shard = (e.doc ->> 'shard')::integer
WHERE r.run IS NULL OR r.examined <> (e.doc ->> 'examined')::bigint OR r.billed <> (e.doc ->> 'billed')::bigint
   OR r.not_billed <> (e.doc ->> 'notBilled')::bigint`

// A document's total has no sign: its type reports whether it is to be paid or to be given back.
var sqlDocumentsIssued = `
WITH e AS MATERIALIZED (SELECT doc FROM ` + factsOf("billing.document_issued.v1") + ` AS f), t AS MATERIALIZED (
    SELECT document_ref, sum(lines) AS lines, sum(amount) AS amount, bit_xor(hash) AS hash
    FROM run_totals GROUP BY document_ref
)
SELECT 'document ' || (e.doc ->> 'documentRef') || ' says ' || (e.doc ->> 'lines') || ' lines of '
    || (e.doc ->> 'total') || ', runs billed '
       || COALESCE(t.lines, 0) || ' of ' || COALESCE(t.amount, 0)
       || CASE WHEN t.lines = (e.doc ->> 'lines')::bigint
           AND abs(t.amount) = (e.doc ->> 'total')::numeric THEN ', other ones' ELSE '' END
FROM e LEFT JOIN t ON t.document_ref = e.doc ->> 'documentRef'
WHERE t.document_ref IS NULL OR t.lines <> (e.doc ->> 'lines')::bigint OR abs(t.amount) <> (e.doc ->> 'total')::numeric
   OR (t.amount < 0) <> (e.doc ->> 'type' = 'CREDIT_NOTE')
   OR t.hash <> ('x' || replace(e.doc ->> 'hash', '-', ''))::bit(128)`

// The read models are compared when they have taken all of the log.
var (
	sqlLinesKept = `
WITH t AS MATERIALIZED (
    SELECT run, document_ref, sum(lines) AS lines, sum(amount) AS amount, bit_xor(hash) AS hash
    FROM run_totals GROUP BY run, document_ref
), l AS MATERIALIZED (
    SELECT p.run, p.document_ref, sum(p.lines) AS lines, sum(p.amount) AS amount, bit_xor(p.hash) AS hash
    FROM (SELECT n.run, n.document_ref, n.lines, n.amount,
                 (SELECT bit_xor(('x' || replace(i.id::text, '-', ''))::bit(128)) FROM unnest(n.ids) AS i(id)) AS hash
          FROM lines AS n) AS p
    GROUP BY p.run, p.document_ref
)
SELECT 'run ' || COALESCE(t.run, l.run) || ', document ' || COALESCE(t.document_ref, l.document_ref) || ': totals say '
       || COALESCE(t.lines, 0) || ' lines of ' || COALESCE(t.amount, 0) || ', the table of lines has '
           || COALESCE(l.lines, 0)
       || ' of ' || COALESCE(l.amount, 0) || CASE WHEN t.lines = l.lines AND t.amount = l.amount THEN ', other ones'
           ELSE '' END
FROM t FULL JOIN l
  ON l.run = t.run AND l.document_ref = t.document_ref
WHERE ` + caughtUp("lines") + `
  AND (t.run IS NULL OR l.run IS NULL OR t.lines <> l.lines OR t.amount <> l.amount OR t.hash <> l.hash)`

	sqlDocumentsKept = `
WITH e AS MATERIALIZED (SELECT doc FROM ` + factsOf("billing.document_issued.v1") + ` AS f), d AS MATERIALIZED (
    SELECT document_ref, total, lines, hash FROM documents
)
SELECT 'document ' || COALESCE(e.doc ->> 'documentRef', d.document_ref) || CASE
           WHEN d.document_ref IS NULL THEN ' is issued and not in the table of documents'
           WHEN e.doc IS NULL THEN ' is in the table of documents and was not issued'
           ELSE ' is ' || (e.doc ->> 'total') || ' in the log and ' || d.total || ' in the table' END
FROM e FULL JOIN d ON d.document_ref = e.doc ->> 'documentRef'
WHERE ` + caughtUp("documents") + `
  AND (d.document_ref IS NULL OR e.doc IS NULL OR d.total <> (e.doc ->> 'total')::numeric OR d.lines <> (e.doc ->> 'lines')::bigint
       OR d.hash <> (e.doc ->> 'hash')::uuid)`

	// A day of a source is covered by what is charged and not taken back: never twice, and never less than not at all.
	// What is billed once has its product for a source separate, beside the days of the same source that recur. Manual
	// lines cover no days.
	sqlDaysOnce = `
SELECT 'employee ' || o.employee || ', source ' || o.source || ', ' || o.ledger || ': ' || o.day || ' is billed '
    || o.covered || ' times'
FROM (SELECT d.employee, d.source, d.ledger, d.once, d.day,
             sum(sum(d.step)) OVER (PARTITION BY d.employee, d.source, d.ledger, d.once ORDER BY d.day) AS covered
      FROM (SELECT l.doc ->> 'employee' AS employee, l.doc ->> 'source' AS source, l.doc ->> 'ledger' AS ledger,
                   CASE WHEN l.doc ->> 'recurrence' = 'NONE' THEN l.doc ->> 'product' ELSE '' END AS once, x.day, x.step
            FROM ` + factsOf("employee.invoiced.v1") + ` AS e,
                 LATERAL jsonb_array_elements(e.doc -> 'lines') AS l(doc),
                 LATERAL (SELECT CASE l.doc ->> 'kind' WHEN 'CREDIT' THEN -1 ELSE 1 END AS sign) AS s,
                 LATERAL unnest(ARRAY[(l.doc ->> 'from')::date, (l.doc ->> 'toExclusive')::date],
                                ARRAY[s.sign, -s.sign]) AS x(day, step)
            WHERE l.doc ->> 'from' IS NOT NULL AND l.doc ->> 'toExclusive' IS NOT NULL
              AND COALESCE((l.doc ->> 'manual')::boolean, false) = false) AS d
      GROUP BY d.employee, d.source, d.ledger, d.once, d.day) AS o
WHERE o.covered NOT IN (0, 1)`
)
