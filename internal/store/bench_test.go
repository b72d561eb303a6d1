package store

import (
	"bytes"
	"context"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"
)

// Sizes as the domain has them: an event of an update, and the state of an employee with a product and two addons.
var (
	benchPayload = bytes.Repeat([]byte("payload "), 40)
	benchState   = bytes.Repeat([]byte("state "), 80)
)

// population is how many employees the benchmarks go round: enough that no page of an index is written twice a batch.
const population = 20_000

// traffic makes writes that go round the population, each command one event, one subject and one outcome.
type traffic struct {
	prefix string // keeps the employees of several shards apart
	n      int    // commands so far
	lines  int    // covered ranges that each subject gains, 0 or 1
	moves  bool   // whether each command changes when the employee is next due
}

// next is whose turn it is. After the first round the order is not that of the rows any more: neighbours on a page are
// not updated in one transaction, as in life.
func (r *traffic) next() (stream string, version int32) {
	round, who := r.n/population, r.n%population
	if round > 0 {
		who = who * 7_919 % population
	}
	return fmt.Sprintf("employee/%s%016x", r.prefix, uint64(who)*0x9E3779B97F4A7C15), int32(round) + 1
}

func (r *traffic) write(c *Claim, commands int) Write {
	w := Write{NextOffset: c.NextOffset + int64(commands), CatalogVersion: 0}
	for range commands {
		stream, version := r.next()
		command := fmt.Sprintf("command-%d", r.n)
		e := event(stream, version)
		e.CommandID, e.Payload = command, benchPayload
		subject := Subject{Stream: stream, Version: version, State: benchState, NextDue: noon, BillDue: 739_000}
		if r.moves {
			subject.NextDue = noon.AddDate(0, 0, int(version))
		}
		if r.lines > 0 {
			from := int64(version) * 30
			subject.Added = []Range{{From: 10_000_000 + from, To: 10_000_000 + from + 30}}
		}
		w.Events = append(w.Events, e)
		w.Subjects = append(w.Subjects, subject)
		w.Outcomes = append(w.Outcomes, outcome(stream, command))
		r.n++
	}
	return w
}

// each runs one write an iteration and reports commands per second.
func (r *traffic) each(b *testing.B, commands int) {
	s := newStore(b)
	c := claimed(b, s, 1)
	for r.n < population { // everybody exists: an update is what a night and a busy day consist of
		require.NoError(b, s.Write(b.Context(), c, r.write(c, 1_000)))
	}
	b.ResetTimer()
	for b.Loop() {
		if err := s.Write(context.Background(), c, r.write(c, commands)); err != nil {
			b.Fatal(err)
		}
	}
	report(b, commands, "commands/s")
}

func report(b *testing.B, each int, unit string) {
	b.ReportMetric(float64(b.N)*float64(each)/b.Elapsed().Seconds(), unit)
}

func BenchmarkWrite(b *testing.B) {
	for _, commands := range []int{1, 100, 500, 1_000} {
		b.Run(fmt.Sprintf("commands=%d", commands), func(b *testing.B) { (&traffic{}).each(b, commands) })
	}
	b.Run("commands=1000,due dates move", func(b *testing.B) { (&traffic{moves: true}).each(b, 1_000) })
}

// BenchmarkWriteShards is four shards' writers at once, as a process has them.
func BenchmarkWriteShards(b *testing.B) {
	s := newStore(b)
	var work errgroup.Group
	rounds := make(chan int)
	for shard := range ShardID(4) {
		c, r := claimed(b, s, shard), &traffic{prefix: string('a' + rune(shard))}
		for r.n < population {
			require.NoError(b, s.Write(b.Context(), c, r.write(c, 1_000)))
		}
		work.Go(func() error {
			for range rounds {
				if err := s.Write(context.Background(), c, r.write(c, 500)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	for b.Loop() {
		rounds <- 1
	}
	close(rounds)
	require.NoError(b, work.Wait())
	report(b, 500, "commands/s")
}

// BenchmarkPlain is the baseline: a transaction for each command, a statement for each row, as one would write it at
// first.
func BenchmarkPlain(b *testing.B) {
	s := newStore(b)
	claimed(b, s, 1)
	r := &traffic{}
	c := &Claim{Shard: 1}
	for b.Loop() {
		w := r.write(c, 1)
		if err := plainTransaction(context.Background(), s, &w, int64(r.n)); err != nil {
			b.Fatal(err)
		}
	}
	report(b, 1, "commands/s")
}

func plainTransaction(ctx context.Context, s *Store, w *Write, pos int64) error {
	e, subject, o := &w.Events[0], &w.Subjects[0], &w.Outcomes[0]
	return pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		for _, step := range []struct {
			sql  string
			args []any
		}{
			{"SELECT state FROM subjects WHERE stream = $1 FOR UPDATE", []any{subject.Stream}},
			{"UPDATE shards SET head = $1, next_offset = $1 WHERE shard = 1", []any{pos}},
			{`INSERT INTO events (shard, pos, stream, version, type, at, command_id, run_id, actor, payload, chain)
			  VALUES (1, $1, $2, $3, $4, $5, $6, '', $7, $8, '')`,
				[]any{pos, e.Stream, e.Version, e.Type, e.At, e.CommandID, e.Actor, e.Payload}},
			{`INSERT INTO subjects (shard, stream, version, state, next_due) VALUES (1, $1, $2, $3, $4)
			  ON CONFLICT (stream) DO UPDATE SET version = excluded.version, state = excluded.state, next_due = excluded.next_due`,
				[]any{subject.Stream, subject.Version, subject.State, subject.NextDue}},
			{`INSERT INTO outcomes (shard, seq, command, stream, command_id, content, final, at, answer)
			  VALUES (1, $1, $2, $3, $4, $5, true, $6, $7)`,
				[]any{pos, [16]byte(o.Command), o.Stream, o.CommandID, o.Content, o.At, o.Answer}},
		} {
			if _, err := tx.Exec(ctx, step.sql, step.args...); err != nil {
				return err
			}
		}
		return nil
	})
}

// BenchmarkRead is the read before a write: 500 commands that nobody knows, of 500 employees.
func BenchmarkRead(b *testing.B) {
	s := newStore(b)
	c := claimed(b, s, 1)
	r := &traffic{}
	for r.n < population {
		require.NoError(b, s.Write(b.Context(), c, r.write(c, 1_000)))
	}
	for b.Loop() {
		var ask Read
		w := r.write(c, 500)
		for i := range w.Subjects {
			ask.Streams = append(ask.Streams, w.Subjects[i].Stream)
			ask.Commands = append(ask.Commands, w.Outcomes[i].Command)
		}
		known, err := s.Read(context.Background(), ask)
		if err != nil || len(known.Subjects) != 500 {
			b.Fatal(err, len(known.Subjects))
		}
	}
	report(b, 500, "commands/s")
}

func BenchmarkEvents(b *testing.B) {
	s := newStore(b)
	c := claimed(b, s, 1)
	r := &traffic{}
	const events = 50_000
	for r.n < events {
		require.NoError(b, s.Write(b.Context(), c, r.write(c, 1_000)))
	}
	b.ReportAllocs()
	for b.Loop() {
		for after := int64(0); after < events; after += eventsPageMax {
			page, err := s.Events(context.Background(), 1, after, eventsPageMax)
			if err != nil || len(page) != eventsPageMax {
				b.Fatal(err, len(page))
			}
		}
	}
	report(b, events, "events/s")
}
