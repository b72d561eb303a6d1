package store

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// beside is a pool for long work whose names mean the tables of a schema first.
func beside(t *testing.T, s *Store, schema string) *Store {
	t.Helper()
	aside, err := s.Aside(t.Context(), schema, "", 4)
	require.NoError(t, err)
	t.Cleanup(aside.Close)
	return aside
}

func TestAside_NamesMeanTheTablesAsideFirstAndThenThoseOfTheStore(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	aside := beside(t, s, "lines_new")
	damage(t, s, "CREATE TABLE model AS SELECT 'live' AS of", "CREATE SCHEMA lines_new",
		"CREATE TABLE lines_new.model AS SELECT 'new' AS of")
	for _, row := range []struct {
		store *Store
		want  string
	}{{s, "live"}, {aside, "new"}} {
		var of string
		require.NoError(t, row.store.pool.QueryRow(t.Context(), "SELECT of FROM model").Scan(&of))
		require.Equal(t, row.want, of)
	}
	c := claimed(t, aside, 1)
	require.NoError(t, aside.Write(t.Context(), c, plain(c, 1, "employee/e1")), "the log is the log")
	home, err := s.Home(t.Context())
	require.NoError(t, err)
	require.Equal(t, "public", home)
}

func TestAside_WorkThatFailsLeavesNothing(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	damage(t, s, "CREATE TABLE model (n integer)")
	insert := func(tx pgx.Tx) error { _, err := tx.Exec(t.Context(), "INSERT INTO model VALUES (1)"); return err }
	wrong := errors.New("wrong")
	err := s.Transact(t.Context(), pgx.TxOptions{}, func(tx pgx.Tx) error { return errors.Join(insert(tx), wrong) })
	require.ErrorIs(t, err, wrong)
	require.Zero(t, count(t, s, "SELECT count(*) FROM model"))
	require.NoError(t, s.Transact(t.Context(), pgx.TxOptions{}, insert))
	require.EqualValues(t, 1, count(t, s, "SELECT count(*) FROM model"))
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, s.Transact(ended, pgx.TxOptions{}, insert), context.Canceled)
}

func TestAside_OneSessionAtATimeHasALock(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	other := openStore(t, Config{DSN: s.pool.Config().ConnString()})
	nested := true
	ours, err := s.Exclusive(t.Context(), "work", func() (err error) {
		nested, err = other.Exclusive(t.Context(), "work", func() error { return errors.New("two at once") })
		return err
	})
	require.NoError(t, err)
	require.True(t, ours)
	require.False(t, nested)
	wrong := errors.New("wrong")
	ours, err = other.Exclusive(t.Context(), "work", func() error { return wrong })
	require.True(t, ours, "it was given back")
	require.ErrorIs(t, err, wrong)
}

// written is a log of some streams, each with two events, in a shard.
func written(t *testing.T, s *Store, shard ShardID, streams ...string) {
	t.Helper()
	c := claimed(t, s, shard)
	require.NoError(t, s.Write(t.Context(), c, plain(c, 1, streams...)))
	require.NoError(t, s.Write(t.Context(), c, plain(c, 2, streams...)))
}

func TestAside_PiecesOfAShardAreTheWholeShardOnce(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	streams := []string{"employee/a", "employee/b", "employee/c", "employee/d", "employee/e"}
	written(t, s, 1, streams...)
	written(t, s, 2, "employee/f")
	scan := func(p Piece) (found []Event) {
		require.NoError(t, s.ScanPiece(t.Context(), p, func(e *Event) error {
			kept := *e
			kept.Payload = append([]byte(nil), e.Payload...)
			found = append(found, kept)
			return nil
		}))
		return found
	}
	whole := scan(Piece{Shard: 1, Through: 10})
	require.Len(t, whole, 10)
	pages, err := s.Events(t.Context(), 1, 0, 10)
	require.NoError(t, err)
	for i := range pages {
		pages[i].Actor, pages[i].Chain, pages[i].ContentID = nil, nil, false
	}
	require.Equal(t, pages, whole)
	require.Len(t, scan(Piece{Shard: 1, After: 3, Through: 7}), 4)
	require.Empty(t, scan(Piece{Shard: 1, Through: 10, Skip: []string{"employee.updated.v1"}}))

	const classes = 3
	versions := map[string]int32{}
	for class := range int32(classes) {
		for _, e := range scan(Piece{Shard: 1, Through: 10, Class: class, Classes: classes}) {
			require.Equal(t, versions[e.Stream]+1, e.Version, "a stream is whole and in its order in one class")
			versions[e.Stream] = e.Version
		}
	}
	require.Len(t, versions, len(streams))
	counted, err := s.Streams(t.Context())
	require.NoError(t, err)
	require.Equal(t, map[ShardID]int64{1: 5, 2: 1}, counted)

	wrong := errors.New("wrong")
	require.ErrorIs(t, s.ScanPiece(t.Context(), Piece{Shard: 1, Through: 10}, func(*Event) error { return wrong }), wrong)
}

func TestAside_ABuildRemembersWhatItHasDoneAndDoesItOnce(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	filled(t, s, 1, 25)
	filled(t, s, 3, 4)
	in := func(work func(pgx.Tx) error) error { return s.Transact(t.Context(), pgx.TxOptions{}, work) }
	b := Build{Place: "lines_new", Version: 2, Shape: "hash", Shards: []BuildShard{{Shard: 1, Target: 20, Pieces: 2},
		{Shard: 2}}}
	require.NoError(t, in(func(tx pgx.Tx) error { return BeginBuild(t.Context(), tx, b) }))
	found, there, err := s.BuildIn(t.Context(), b.Place)
	require.NoError(t, err)
	require.True(t, there)
	require.Equal(t, b, found)

	piece := func(n int32) error {
		return in(func(tx pgx.Tx) error { return PieceDone(t.Context(), tx, b.Place, 1, n) })
	}
	move := func(shard ShardID, from, to int64) error {
		batch := &pgx.Batch{}
		MoveBuild(batch, b.Place, shard, from, Place{Position: to})
		return s.InTx(t.Context(), batch)
	}
	require.ErrorIs(t, move(1, 0, 5), ErrLeaseLost, "it is not loaded yet")
	require.NoError(t, piece(0))
	require.ErrorIs(t, piece(0), ErrLeaseLost)
	require.NoError(t, piece(1))
	require.NoError(t, move(1, 20, 25))
	require.ErrorIs(t, move(1, 20, 25), ErrLeaseLost)
	require.NoError(t, s.AddBuildShard(t.Context(), b.Place, 3))
	require.NoError(t, s.AddBuildShard(t.Context(), b.Place, 3))
	require.NoError(t, move(3, 0, 4))
	found, _, err = s.BuildIn(t.Context(), b.Place)
	require.NoError(t, err)
	require.Equal(t, []BuildShard{{1, 20, 2, 2, 25}, {Shard: 2}, {Shard: 3, Position: 4}}, found.Shards)

	require.NoError(t, in(func(tx pgx.Tx) error { return EndBuild(t.Context(), tx, b.Place) }))
	_, there, err = s.BuildIn(t.Context(), b.Place)
	require.NoError(t, err)
	require.False(t, there)
}

func TestAside_AReaderThatIsHandedOverHasOtherCheckpointsAndNoOwner(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	filled(t, s, 1, 1)
	held := leased(t, s, "a", 1, 2)
	var stopped, at map[ShardID]int64
	require.NoError(t, s.Transact(t.Context(), pgx.TxOptions{}, func(tx pgx.Tx) (err error) {
		if stopped, err = StopReader(t.Context(), tx, "relay"); err == nil {
			err = Hand(t.Context(), tx, "relay", 3, map[ShardID]int64{1: 10, 2: 20, 5: 50})
		}
		return err
	}))
	require.Equal(t, map[ShardID]int64{1: 0, 2: 0}, stopped)
	require.ErrorIs(t, s.AdvanceNow(t.Context(), &held[0], Place{Position: 1}), ErrLeaseLost)
	require.Empty(t, leased(t, s, "b", 1, 2, 5), "of a lower version")
	next, err := s.LeaseAs(t.Context(), "relay", 3, []ShardID{1, 2, 5, 6}, "c", time.Hour)
	require.NoError(t, err)
	require.Len(t, next, 4)
	require.EqualValues(t, 20, next[1].Position)
	version, err := s.ReaderVersion(t.Context(), "relay")
	require.NoError(t, err)
	require.EqualValues(t, 3, version)
	require.EqualValues(t, 4, count(t, s, "SELECT count(*) FROM subscriptions WHERE name = 'relay' AND version = 3"),
		"a new shard too")
	require.NoError(t, s.Transact(t.Context(), pgx.TxOptions{}, func(tx pgx.Tx) (err error) {
		at, err = Checkpoints(t.Context(), tx, "relay")
		return err
	}))
	require.Equal(t, map[ShardID]int64{1: 10, 2: 20, 5: 50, 6: 0}, at)
	version, err = s.ReaderVersion(t.Context(), "nobody")
	require.NoError(t, err)
	require.Zero(t, version)
}
