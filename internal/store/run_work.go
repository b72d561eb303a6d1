package store

import (
	"context"
	"fmt"
	"time"

	"tenure/billing"
)

// Both looks end at the first row of an index, so that what they cost does not depend on how many employees there are,
// or are due. EXISTS would do for some plans: in others it reads all who are due into a hash table.
const sqlWork = `
SELECT h.shard, h.next_offset,
       (SELECT true FROM subjects AS s
        WHERE s.shard = h.shard AND s.bill_due <= DATE '0001-12-31 BC' + $1::integer LIMIT 1) IS NOT NULL,
       (SELECT true FROM subjects AS s
        WHERE s.shard = h.shard AND s.next_due <= $2::timestamptz AND NOT s.parked LIMIT 1) IS NOT NULL
FROM shards AS h`

// Work is what is to be done in a shard once the messages before an offset are taken.
type Work struct {
	NextOffset int64
	Bills      bool // BillDue has a subject
	Acts       bool // DueNow has a subject
}

// WorkOf is what a run of a date has to bill in each shard, and whether time acts in it up to an instant. Offset and
// work are of one moment.
func (s *Store) WorkOf(ctx context.Context, date billing.Date, until time.Time) (map[ShardID]Work, error) {
	found := map[ShardID]Work{}
	rows, err := s.pool.Query(ctx, sqlWork, int32(date), until)
	if err == nil {
		_, err = collect(rows, 0, func(v [][]byte) struct{} {
			found[ShardID(rawInt32(v[0]))] = Work{NextOffset: rawInt64(v[1]), Bills: rawBool(v[2]), Acts: rawBool(v[3])}
			return struct{}{}
		})
	}
	if err != nil {
		return nil, fmt.Errorf("store: work of %s: %w", date, err)
	}
	return found, nil
}
