package store

import (
	"context"
	"fmt"

	"tenure/billing"
)

// after the last character that a name may hold: names with a prefix lie between the prefix and it.
const lastRune = "\U0010FFFF"

// The last ones of each shard are read from the end of its index: with the shards in one condition the newest night
// alone cost a read of all nights that ever were.
const sqlSubjectsBefore = `
SELECT n.stream, n.version, n.next_due, n.bill_due, n.parked, n.state
FROM shards AS h, LATERAL (
    SELECT s.stream, s.version, s.next_due, s.bill_due, s.parked, s.state FROM subjects AS s
    WHERE s.shard = h.shard AND s.stream >= $2::text AND s.stream < $3::text
    ORDER BY s.stream DESC LIMIT $4::bigint) AS n
WHERE h.shard = ANY($1::integer[])
ORDER BY n.stream DESC LIMIT $4::bigint`

// SubjectsBefore reads the subjects whose streams have a prefix and are less than one of them, the greatest first, at
// most limit or 5 000.
func (s *Store) SubjectsBefore(ctx context.Context, prefix, before string, limit int) ([]Subject, error) {
	shards, err := s.shardsLike(ctx, prefix)
	if err != nil {
		return nil, err
	}
	limit = min(limit, duePageMax)
	found, err := s.subjects(ctx, limit, sqlSubjectsBefore, shards, prefix, before, int64(limit))
	if err != nil {
		return nil, fmt.Errorf("store: subjects before %s: %w", before, err)
	}
	return found, nil
}

const sqlCycleTotals = `
SELECT ''::text, (-1)::integer, document_ref, ledger, bill_to, currency,
       sum(lines)::bigint, sum(amount)::text, bit_xor(hash)::text
FROM run_totals
WHERE document_ref COLLATE "C" > $1::text AND document_ref COLLATE "C" < $2::text
GROUP BY document_ref COLLATE "C", document_ref, ledger, bill_to, currency
ORDER BY document_ref COLLATE "C" LIMIT $3::bigint`

// CycleTotals is what was billed for the documents of a cycle, summed over shards and runs, by reference, after one, at
// most limit or 10 000.
func (s *Store) CycleTotals(ctx context.Context, cycle, afterRef string, limit int) ([]Total, error) {
	prefix := cycle + "/"
	return s.totals(ctx, sqlCycleTotals, max(prefix, afterRef), prefix+lastRune, int64(min(limit, totalsPageMax)))
}

// DocumentCounts are the documents of a cycle: those that have lines, those that are issued, and those that one run
// issued, in all and by ledger.
type DocumentCounts struct {
	All, Issued, Own int64
	Ledgers          map[billing.Ledger]int64
}

const sqlCountDocuments = `
SELECT count(*), count(d.run), count(*) FILTER (WHERE d.run = $3::text),
       count(*) FILTER (WHERE d.run = $3::text AND t.ledger = $4::text),
       count(*) FILTER (WHERE d.run = $3::text AND t.ledger = $5::text),
       count(*) FILTER (WHERE d.run = $3::text AND t.ledger = $6::text)
FROM (
    SELECT DISTINCT document_ref COLLATE "C" AS ref, ledger FROM run_totals
    WHERE document_ref COLLATE "C" > $1::text AND document_ref COLLATE "C" < $2::text
) AS t
LEFT JOIN (
    SELECT s.stream, convert_from(s.state, 'UTF8')::jsonb #>> '{issued,run}' AS run
    FROM subjects AS s
    WHERE s.shard = ANY($7::integer[]) AND s.stream > 'document/' || $1::text AND s.stream < 'document/' || $2::text
      AND s.version > 0
) AS d ON d.stream = 'document/' || t.ref`

// CountDocuments counts the documents of a cycle.
func (s *Store) CountDocuments(ctx context.Context, cycle, run string) (c DocumentCounts, err error) {
	var customer, reseller, cost int64
	shards, err := s.shardsLike(ctx, "document/")
	if err != nil {
		return c, err
	}
	err = s.pool.QueryRow(ctx, sqlCountDocuments, cycle+"/", cycle+"/"+lastRune, run,
		string(billing.Customer), string(billing.Reseller), string(billing.Cost), shards).
		Scan(&c.All, &c.Issued, &c.Own, &customer, &reseller, &cost)
	if err != nil {
		return c, fmt.Errorf("store: documents of %s: %w", cycle, err)
	}
	c.Ledgers = map[billing.Ledger]int64{billing.Customer: customer, billing.Reseller: reseller, billing.Cost: cost}
	return c, nil
}

// The charges of a run that did not keep them are not known, and so are not those of its documents.
const sqlDocumentTotals = `
SELECT ''::text, (-1)::integer, document_ref, ledger, bill_to, currency,
       sum(lines)::bigint, sum(amount)::text, bit_xor(hash)::text,
       CASE WHEN count(charges) = count(*) THEN sum(charges)::text ELSE '' END
FROM run_totals
WHERE document_ref COLLATE "C" = ANY($1::text[])
GROUP BY document_ref, ledger, bill_to, currency`

// DocumentTotals is what was billed for documents, summed over shards and runs; those without lines are left out.
func (s *Store) DocumentTotals(ctx context.Context, refs []string) ([]Total, error) {
	return s.totals(ctx, sqlDocumentTotals, refs)
}
