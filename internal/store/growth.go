package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// A topic of commands may be given more partitions, a multiple of those that it has. No stream moves: its events, and
// its state, stay in the shard in which they began, and a stream that begins later begins where its key leads by then.
// So the stream of a key is in one of few shards, one for each count that the topic has had (contract.Homes), and
// whoever looks for it looks in all of them.
//
// That no stream begins in two shards rests on an order. A count is declared before the topic has it. A shard that is
// claimed when the topic has it notes the end of its partition (grown_end): what is before it was sent by the former
// count and begins streams by it, what is behind it begins no stream that the new count puts elsewhere. A new shard
// begins when every older one is past its end, so that what an old shard may still begin is there before the new one
// looks for it; and growthDelay after the declaration, when no process knows the former counts alone.
//
// Whoever looks for a stream waits for older shards that are not past their ends, for younger ones never: those look by
// themselves before they begin it. So no two shards wait for each other, and an old one that has lost its place in a
// failover is waited for. Streams are looked for in the homes of all counts also before the end: an old shard whose
// node lost the claim itself notes a later end, behind what other nodes have begun meanwhile.

// growthDelay is how long after its declaration a count leads to no new shard. It is longer than layoutKept.
const growthDelay = 10 * time.Second

// ErrGrowing says that a topic was given more partitions and that some shard has not yet taken what was sent before.
// Nothing was decided: try again.
var ErrGrowing = errors.New("the topic was given more partitions, and what was sent before is not taken yet: " +
	"this ends by itself when all of its shards have owners")

const sqlCounts = `SELECT partitions FROM partition_counts WHERE family = $1::integer ORDER BY partitions`

// countsOf are the counts that a family's topic was declared with; none when it never grew.
func countsOf(ctx context.Context, tx pgx.Tx, family int) ([]int32, error) {
	rows, err := tx.Query(ctx, sqlCounts, int32(family))
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[int32])
}

// counts is countsOf outside of a transaction.
func (s *Store) counts(ctx context.Context, family int) ([]int32, error) {
	rows, err := s.pool.Query(ctx, sqlCounts, int32(family))
	if err == nil {
		var all []int32
		if all, err = pgx.CollectRows(rows, pgx.RowTo[int32]); err == nil {
			return all, nil
		}
	}
	return nil, fmt.Errorf("store: partitions of a topic: %w", err)
}

// sqlGrowing finds a shard of the topic that has not taken what was sent to it before the topic had a count.
const sqlGrowing = `
SELECT EXISTS (SELECT 1 FROM shards WHERE topic = $1::text AND shard <> $2::integer AND
                 (GREATEST(partitions, grown_to) <> $3::integer OR next_offset < grown_end)),
       EXISTS (SELECT 1 FROM partition_counts
               WHERE family = $4::integer AND partitions = $3::integer AND declared_at > now() - $5::interval)`

// sqlGrow leaves partitions, by which a former build compares topics, as they were.
const sqlGrow = `
UPDATE shards SET partitions = $2::integer, grown_to = $3::integer, grown_end = $4::bigint WHERE shard = $1::integer`

// beginGrown makes a shard of a topic that has grown, first having had as many partitions as given. It is refused while
// an older shard may still begin its streams.
func beginGrown(ctx context.Context, tx pgx.Tx, shard ShardID, topic Topic, first int32) error {
	var behind, fresh bool
	err := tx.QueryRow(ctx, sqlGrowing, topic.Name, int32(shard), topic.Partitions, int32(shard.Family()), growthDelay).
		Scan(&behind, &fresh)
	if err != nil {
		return err
	}
	if behind || fresh {
		return ErrGrowing
	}
	_, err = tx.Exec(ctx, sqlGrow, int32(shard), first, topic.Partitions, 0)
	return err
}

// grow completes a claim: by the counts that the topic has had, and, where it has one more than the shard knows, by the
// end of what was sent before. Another topic, or a count that was not declared, is left for fits to refuse.
func (c *Claim) grow(ctx context.Context, tx pgx.Tx, was *Topic, found Topic) error {
	var err error
	if c.Counts, err = countsOf(ctx, tx, c.Shard.Family()); err != nil {
		return err
	}
	grown := *was
	if slices.Contains(c.Counts, found.Partitions) {
		grown.Partitions = max(was.Partitions, found.Partitions)
	}
	now, first := grown.Partitions, was.Partitions
	c.Counts = slices.DeleteFunc(c.Counts, func(n int32) bool { return n >= now }) // one may be declared and not there
	if len(c.Counts) > 0 {
		first = c.Counts[0]
	}
	c.Counts = append(c.Counts, now)
	if now == was.Partitions || !grown.same(found) {
		return nil
	}
	*was, c.GrownEnd = grown, found.Newest
	_, err = tx.Exec(ctx, sqlGrow, int32(c.Shard), first, now, c.GrownEnd)
	return err
}

// CountAt is the count by which a message of the shard's partition begins a stream, by its offset.
func (c *Claim) CountAt(offset int64) int32 {
	last := len(c.Counts) - 1
	if offset < c.GrownEnd && last > 0 {
		last--
	}
	return c.Counts[last]
}

// Sought is what may be in several shards of a topic that has grown.
type Sought struct {
	Streams  []string
	Commands []uuid.UUID
}

// Whereabouts is where things are that were sought; what is nowhere is not in it.
type Whereabouts struct {
	Streams  map[string]ShardID
	Commands map[uuid.UUID]ShardID
}

const (
	sqlStreamsHere = `
SELECT s.stream FROM unnest($2::text[]) AS u(stream), LATERAL (
    SELECT stream FROM subjects WHERE shard = $1::integer AND stream = u.stream OFFSET 0) AS s`

	sqlCommandsHere = `
SELECT o.command FROM unnest($2::uuid[]) AS u(command), LATERAL (
    SELECT command FROM outcomes WHERE shard = $1::integer AND command = u.command AND final OFFSET 0) AS o`

	sqlTaken = `SELECT next_offset >= grown_end FROM shards WHERE shard = $1::integer`
)

// Locate looks for streams and commands in the shards in which they may be. An older shard than me that has not taken
// what was sent before its topic grew may still begin them, also one that has lost that in a failover: ErrGrowing.
func (s *Store) Locate(ctx context.Context, me ShardID, in map[ShardID]*Sought) (Whereabouts, error) {
	found := Whereabouts{Streams: map[string]ShardID{}, Commands: map[uuid.UUID]ShardID{}}
	taken := true
	b := &pgx.Batch{}
	for shard, sought := range in {
		if shard < me {
			b.Queue(sqlTaken, int32(shard)).QueryRow(func(row pgx.Row) error {
				var all bool
				err := row.Scan(&all)
				taken = taken && all
				return err
			})
		}
		b.Queue(sqlStreamsHere, int32(shard), sought.Streams).Query(here(found.Streams, shard))
		b.Queue(sqlBegun, int32(shard), sought.Streams).Query(here(found.Streams, shard))
		b.Queue(sqlCommandsHere, int32(shard), uuidArray(sought.Commands)).Query(here(found.Commands, shard))
	}
	if err := s.pool.SendBatch(ctx, b).Close(); err != nil {
		return found, fmt.Errorf("store: locate streams: %w", classify(err))
	}
	if !taken {
		return found, ErrGrowing
	}
	return found, nil
}

// here notes that what a query finds is in a shard.
func here[T comparable](found map[T]ShardID, shard ShardID) func(pgx.Rows) error {
	return func(rows pgx.Rows) error {
		all, err := pgx.CollectRows(rows, pgx.RowTo[T])
		for _, one := range all {
			found[one] = shard
		}
		return err
	}
}

const sqlDeclare = `
INSERT INTO partition_counts (family, partitions) SELECT $1::integer, unnest($2::integer[])
ON CONFLICT (family, partitions) DO NOTHING`

// Growth is how far a topic of commands is on its way to another number of partitions.
type Growth struct {
	Partitions int32 // that all shards know; 0: there are none
	Shards     int   // that there are
	Behind     int   // of them, those that have not taken what was sent before
}

// Complete reports that every partition is a shard, and that what was sent before is taken.
func (g Growth) Complete() bool {
	return g.Partitions > 0 && g.Behind == 0 && g.Shards == int(g.Partitions)
}

const sqlGrowth = `
SELECT COALESCE(min(GREATEST(partitions, grown_to)), 0), count(*)::integer,
       (count(*) FILTER (WHERE next_offset < grown_end))::integer
FROM shards WHERE shard BETWEEN $1::integer * 1024 AND $1::integer * 1024 + 1023`

// GrowthOf reads how far the topic of a family is.
func (s *Store) GrowthOf(ctx context.Context, family int) (g Growth, err error) {
	if err = s.pool.QueryRow(ctx, sqlGrowth, int32(family)).Scan(&g.Partitions, &g.Shards, &g.Behind); err != nil {
		return g, fmt.Errorf("store: partitions of a topic: %w", err)
	}
	return g, nil
}

// MayGrow refuses a number of partitions that the topic of a family cannot be given: it is a multiple of those that it
// has, and every partition is a shard by then. One that was declared may be given again.
func (s *Store) MayGrow(ctx context.Context, family int, partitions int32) error {
	declared, err := s.counts(ctx, family)
	if err != nil || slices.Contains(declared, partitions) {
		return err
	}
	g, err := s.GrowthOf(ctx, family)
	switch {
	case err != nil:
		return err
	case !g.Complete():
		return fmt.Errorf("store: there are %d shards, of a topic of at least %d partitions, and %d of them have not taken "+
			"what was sent before it was last given more: let the workers finish", g.Shards, g.Partitions, g.Behind)
	case partitions <= g.Partitions || partitions%g.Partitions != 0 || partitions > PartitionsMax:
		return fmt.Errorf("store: the topic has %d partitions: give a multiple of that, at most %d", g.Partitions,
			PartitionsMax)
	}
	return nil
}

// DeclareGrowth says that the topic of a family will have more partitions than its shards know: only then do they
// accept it. A second time changes nothing; what was declared in error is never looked at unless the topic is given it.
func (s *Store) DeclareGrowth(ctx context.Context, family int, partitions int32) error {
	if err := s.MayGrow(ctx, family, partitions); err != nil {
		return err
	}
	g, err := s.GrowthOf(ctx, family)
	if err != nil {
		return err
	}
	if _, err := s.pool.Exec(ctx, sqlDeclare, int32(family), []int32{g.Partitions, partitions}); err != nil {
		return fmt.Errorf("store: declare %d partitions: %w", partitions, err)
	}
	return nil
}
