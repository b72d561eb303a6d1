package rebuild

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"tenure/internal/store"
)

const (
	// bucketsAll is how many checksums a table has: a difference is then looked for in one row out of so many.
	bucketsAll = 256
	// bucketsLooked bounds the buckets whose rows are looked at one by one: some differing rows say what is wrong, and a
	// changed projection changes all.
	bucketsLooked = 8
)

// Comparison is what two tables of the same definition have to do with each other. The live one is the one in use.
type Comparison struct {
	Table     string `json:"table"`
	LiveRows  int64  `json:"liveRows"`
	FreshRows int64  `json:"freshRows"`
	// Buckets is how many of 256 checksums differ; 0: the tables are equal.
	Buckets int `json:"bucketsThatDiffer"`
	// First is the first differing row by checksum bucket and key; nil: none.
	First *Difference `json:"first,omitempty"`
}

// Difference is one row that is not what a replay makes of the log.
type Difference struct {
	Key    string `json:"key"`              // values of the primary key, separated by slashes
	What   string `json:"what"`             // lost: only a replay has it; extra: only the live table has it; changed
	Column string `json:"column,omitempty"` // the first that differs, when the row is changed
}

// The kinds of Difference.
const (
	Lost    = "lost"
	Extra   = "extra"
	Changed = "changed"
)

// Equal reports whether no table differs.
func Equal(all []Comparison) bool {
	return !slices.ContainsFunc(all, func(c Comparison) bool { return c.Buckets > 0 })
}

// sum is the checksum of a bucket: of each row a 64-bit hash of all its columns, added up, so that order does not
// matter and two equal rows do not cancel each other.
type sum struct {
	rows int64
	hash string // of numeric
}

// The checksums are computed in the database when they are asked for, over the rows as they stand. Kept beside the rows
// in the transaction that writes them they would cost the live reader a look at each old row, and would not notice a
// row that another party has changed, which is what a comparison is for.
func (t *table) sumsSQL(schema string) string {
	columns := make([]string, len(t.columns))
	for i := range t.columns {
		columns[i] = t.compared(i)
	}
	return fmt.Sprintf("SELECT %s, count(*), sum(hash_record_extended(ROW(%s), 0))::text FROM %s AS r GROUP BY 1",
		t.bucket(), strings.Join(columns, ", "), t.in(schema))
}

// compared is what is hashed of a column: the value, or its text where values count as equal that are not written
// alike, such as 1.0 and 1.00.
func (t *table) compared(i int) string {
	column := "r." + pgx.Identifier{t.columns[i]}.Sanitize()
	if t.textual[i] {
		column += "::text"
	}
	return column
}

// keyText is the primary key as a text.
func (t *table) keyText() string {
	columns := make([]string, len(t.key))
	for i, name := range t.key {
		columns[i] = "r." + pgx.Identifier{name}.Sanitize() + "::text"
	}
	return "concat_ws('/', " + strings.Join(columns, ", ") + ")"
}

// bucket is the checksum that a row belongs to.
func (t *table) bucket() string {
	columns := make([]string, len(t.key))
	for i, name := range t.key {
		columns[i] = "r." + pgx.Identifier{name}.Sanitize()
	}
	return fmt.Sprintf("(hash_record_extended(ROW(%s), 0) & %d)::integer", strings.Join(columns, ", "), bucketsAll-1)
}

func (t *table) sums(ctx context.Context, tx pgx.Tx, schema string) (map[int32]sum, error) {
	// PostgreSQL takes each row for its own bucket, and would sort the whole rows by bucket, on disk: of 150 000 lines
	// 119 MB, which took as long as hashing them.
	if err := execAll(ctx, tx, "SET LOCAL enable_sort = off"); err != nil {
		return nil, err
	}
	rows, err := tx.Query(ctx, t.sumsSQL(schema))
	if err != nil {
		return nil, fmt.Errorf("checksums of %s: %w", t.in(schema), err)
	}
	defer rows.Close()
	sums := make(map[int32]sum, bucketsAll)
	for rows.Next() {
		var bucket int32
		var s sum
		if err := rows.Scan(&bucket, &s.rows, &s.hash); err != nil {
			return nil, err
		}
		sums[bucket] = s
	}
	return sums, rows.Err()
}

// side is one of the two tables of a comparison: live and fresh rows are read in their own transactions, because the
// live one's is older than the fresh rows.
type side struct {
	tx     pgx.Tx
	schema string
}

// compareAll compares each table of the live side with its like.
func compareAll(ctx context.Context, tables []table, live, fresh side) ([]Comparison, error) {
	all := make([]Comparison, 0, len(tables))
	for i := range tables {
		c, err := tables[i].compare(ctx, live, fresh)
		if err != nil {
			return nil, fmt.Errorf("compare %s: %w", tables[i].name, err)
		}
		all = append(all, c)
	}
	return all, nil
}

func (t *table) compare(ctx context.Context, live, fresh side) (c Comparison, err error) {
	c.Table = t.name
	var theirs, ours map[int32]sum
	g, both := errgroup.WithContext(ctx)
	g.Go(func() (err error) { theirs, err = t.sums(both, live.tx, live.schema); return err })
	g.Go(func() (err error) { ours, err = t.sums(both, fresh.tx, fresh.schema); return err })
	if err := g.Wait(); err != nil {
		return c, err
	}
	var differing []int32
	for bucket := range int32(bucketsAll) {
		c.LiveRows, c.FreshRows = c.LiveRows+theirs[bucket].rows, c.FreshRows+ours[bucket].rows
		if theirs[bucket] != ours[bucket] {
			differing = append(differing, bucket)
		}
	}
	c.Buckets = len(differing)
	if c.Buckets > 0 {
		c.First, err = t.first(ctx, live, fresh, differing[:min(len(differing), bucketsLooked)])
	}
	return c, err
}

// first finds the differing row with the lowest key in some buckets.
func (t *table) first(ctx context.Context, live, fresh side, buckets []int32) (*Difference, error) {
	theirs, err := t.rows(ctx, live, buckets)
	if err != nil {
		return nil, err
	}
	ours, err := t.rows(ctx, fresh, buckets)
	if err != nil {
		return nil, err
	}
	keys := slices.Concat(slices.Collect(maps.Keys(theirs)), slices.Collect(maps.Keys(ours)))
	slices.SortFunc(keys, cmp.Compare[string])
	for _, key := range keys {
		was, stands := theirs[key]
		is, made := ours[key]
		switch {
		case !stands:
			return &Difference{Key: key, What: Lost}, nil
		case !made:
			return &Difference{Key: key, What: Extra}, nil
		}
		for i, column := range t.columns {
			if was[i] != is[i] {
				return &Difference{Key: key, What: Changed, Column: column}, nil
			}
		}
	}
	return nil, nil
}

// rows reads the hashes of all columns of the rows in some buckets, by key. No value leaves the database but the key's.
func (t *table) rows(ctx context.Context, of side, buckets []int32) (map[string][]int64, error) {
	hashes := make([]string, len(t.columns))
	for i, name := range t.columns {
		hashes[i] = fmt.Sprintf("COALESCE(hashtextextended(r.%s::text, 0), 0)", pgx.Identifier{name}.Sanitize())
	}
	sql := fmt.Sprintf("SELECT %s, ARRAY[%s] FROM %s AS r WHERE %s = ANY($1::integer[])",
		t.keyText(), strings.Join(hashes, ", "), t.in(of.schema), t.bucket())
	rows, err := of.tx.Query(ctx, sql, buckets)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	found := map[string][]int64{}
	for rows.Next() {
		var key string
		var columns []int64
		if err := rows.Scan(&key, &columns); err != nil {
			return nil, err
		}
		found[key] = columns
	}
	return found, rows.Err()
}

// compareLive compares the new tables with the live ones at the very positions at which one snapshot sees those: the
// build follows the log up to them. compared is false when the live reader is not as far as the build and does not get
// there.
func (b *build) compareLive(ctx context.Context) (all []Comparison, compared bool, err error) {
	if err := b.waitForLive(ctx); errors.Is(err, errBehind) {
		return nil, false, nil
	} else if err != nil {
		return nil, false, err
	}
	snapshot := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	err = b.aside.Transact(ctx, snapshot, func(live pgx.Tx) error {
		at, err := store.Checkpoints(ctx, live, b.projection.Name())
		if err != nil {
			return err
		}
		if err := b.follow(ctx, at); err != nil {
			return err
		}
		return b.aside.Transact(ctx, pgx.TxOptions{AccessMode: pgx.ReadOnly}, func(fresh pgx.Tx) (err error) {
			all, err = compareAll(ctx, b.tables, side{live, b.home}, side{fresh, b.place})
			return err
		})
	})
	b.step("compare")
	return all, err == nil, err
}

var errBehind = errors.New("the live reader is behind")

// waitForLive waits until the live reader has what the build has.
func (b *build) waitForLive(ctx context.Context) error {
	for until := time.Now().Add(caughtTime); ; {
		var at map[store.ShardID]int64
		err := b.aside.Transact(ctx, pgx.TxOptions{AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) (err error) {
			at, err = store.Checkpoints(ctx, tx, b.projection.Name())
			return err
		})
		if err != nil {
			return err
		}
		ahead := false
		for _, s := range b.shards {
			ahead = ahead || s.Position > at[s.Shard]
		}
		switch {
		case !ahead && len(at) > 0:
			return nil
		case len(at) == 0 || time.Now().After(until): // it never ran, or does not get there
			return errBehind
		}
		if !pause(ctx, caughtPause) {
			return ctx.Err()
		}
	}
}
