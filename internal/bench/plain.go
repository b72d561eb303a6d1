package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"tenure/billing"
	"tenure/domain"
	"tenure/events"
	"tenure/internal/bus"
	"tenure/internal/catalog"
	"tenure/internal/command"
	"tenure/internal/history"
	"tenure/internal/store"
	"tenure/projections"
)

// plain is the baseline: the same decisions, with one transaction for each message and one statement for each row, as
// one would write it first. Its tables have the columns and indexes of the log's.
type plain struct {
	pool    *pgxpool.Pool
	db      projections.Database
	catalog *domain.Catalog
	policy  billing.Policy
	relays  bool // also folds the read model and publishes events and outcome
	taken   atomic.Int64
}

// plainConns lets every partition have a transaction open.
const plainConns = 20

const sqlPlainTables = `
CREATE TABLE plain_shards (shard integer PRIMARY KEY, next_offset bigint NOT NULL, head bigint NOT NULL)
    WITH (fillfactor = 10);
CREATE TABLE plain_events (LIKE events INCLUDING ALL);
CREATE TABLE plain_subjects (LIKE subjects INCLUDING ALL) WITH (fillfactor = 80);
CREATE TABLE plain_outcomes (LIKE outcomes INCLUDING ALL);`

const (
	sqlPlainKnown   = `SELECT answer FROM plain_outcomes WHERE command = $1 AND final`
	sqlPlainSubject = `SELECT version, state FROM plain_subjects WHERE stream = $1 FOR UPDATE`
	sqlPlainShard   = `
INSERT INTO plain_shards AS s (shard, next_offset, head) VALUES ($1, $2, $3)
ON CONFLICT (shard) DO UPDATE SET next_offset = excluded.next_offset, head = s.head + excluded.head
RETURNING head`
	sqlPlainEvent = `
INSERT INTO plain_events (shard, pos, stream, version, type, at, command_id, run_id, actor, payload, chain)
VALUES ($1, $2, $3, $4, $5, $6, $7, '', $8, $9, '')`
	sqlPlainState = `
INSERT INTO plain_subjects (shard, stream, version, next_due, bill_due, state)
VALUES ($1, $2, $3, $4, DATE '0001-12-31 BC' + NULLIF($5::integer, 0), $6)
ON CONFLICT (shard, stream) DO UPDATE
SET version = excluded.version, next_due = excluded.next_due, bill_due = excluded.bill_due, state = excluded.state`
	sqlPlainOutcome = `
INSERT INTO plain_outcomes (shard, seq, command, stream, command_id, content, final, at, answer)
VALUES ($1, $2, $3, $4, $5, '', true, $6, $7)`
)

// newPlain makes the baseline's tables once.
func (s *stage) newPlain(ctx context.Context, relays bool) (*plain, error) {
	latest, err := catalog.New(s.store, s.Log).Latest(ctx)
	if err != nil {
		return nil, err
	}
	settings, err := pgxpool.ParseConfig(s.dsn)
	if err != nil {
		return nil, err
	}
	settings.MaxConns = plainConns
	pool, err := pgxpool.NewWithConfig(ctx, settings)
	if err != nil {
		return nil, err
	}
	s.atEnd(func(context.Context) error {
		pool.Close()
		return nil
	})
	if _, err := pool.Exec(ctx, sqlPlainTables); err != nil {
		return nil, fmt.Errorf("make the baseline's tables: %w", err)
	}
	return &plain{pool: pool, db: s.store, catalog: latest.Catalog, policy: s.policy, relays: relays}, nil
}

// begin runs the router; the processes it returns are stopped like the others.
func (s *stage) begin(ctx context.Context, p *plain) *processes {
	ctx, cancel := context.WithCancel(ctx)
	c := &processes{cancel: cancel, ended: make(chan struct{})}
	go func() {
		if err := bus.Plain(ctx, s.bus, "plain", plainTopic, p.handle); err != nil && ctx.Err() == nil {
			c.err = err
		}
		close(c.ended)
	}()
	return c
}

// plainly measures the baseline on commands that are sent to its topic.
func (s *stage) plainly(
	ctx context.Context,
	p *plain,
	n int,
	what string,
	make func(i int) command.Command,
) (span, error) {
	from := p.taken.Load()
	if err := s.send(ctx, n, plainTopic, make); err != nil {
		return span{}, err
	}
	c := s.begin(ctx, p)
	took, err := s.reach(
		ctx,
		c,
		what,
		from,
		from+int64(n),
		func(context.Context) (int64, error) { return p.taken.Load(), nil },
	)
	if failed := c.stop(); err == nil {
		err = failed
	}
	return took, err
}

// handle takes one message: decide, write, and where it relays fold and publish.
func (p *plain) handle(ctx context.Context, m bus.Message, say bus.Say) error {
	recorded, outcome, err := p.transact(ctx, m)
	if err != nil {
		return err
	}
	if p.relays && len(recorded) > 0 {
		if err := p.relay(ctx, m, recorded, outcome, say); err != nil {
			return err
		}
	}
	p.taken.Add(1)
	return nil
}

// decoded is one command as the baseline reads it.
type decoded struct {
	bus.Message
	env     bus.Envelope
	stream  string
	command domain.Command
	actor   events.Actor
}

func decode(m bus.Message) (d decoded, err error) {
	d.Message = m
	if d.env, err = bus.DecodeEnvelope(m.Headers); err != nil {
		return d, err
	}
	if err := bus.Guard(m.Value); err != nil {
		return d, err
	}
	var value struct {
		Actor events.Actor    `json:"actor"`
		Data  json.RawMessage `json:"data"`
	}
	if err := json.Unmarshal(m.Value, &value); err != nil {
		return d, err
	}
	d.actor = value.Actor
	d.stream = domain.Stream(domain.KindEmployee, d.env.Subject)
	d.command, err = domain.DecodeCommand(d.env.Type, value.Data)
	return d, err
}

func (p *plain) transact(ctx context.Context, m bus.Message) (recorded []events.Recorded, outcome []byte, err error) {
	d, err := decode(m)
	if err != nil {
		return nil, nil, err
	}
	err = pgx.BeginFunc(ctx, p.pool, func(tx pgx.Tx) error {
		recorded, outcome, err = p.decide(ctx, tx, d)
		return err
	})
	return recorded, outcome, err
}

func (p *plain) decide(ctx context.Context, tx pgx.Tx, d decoded) ([]events.Recorded, []byte, error) {
	key := [16]byte(store.CommandKey(d.stream, d.env.CommandID))
	var known []byte
	if err := tx.QueryRow(ctx, sqlPlainKnown, key).Scan(&known); err != pgx.ErrNoRows {
		return nil, known, err // a duplicate
	}
	subject := &domain.Employee{ID: d.env.Subject}
	version, state := int32(0), []byte{}
	if err := tx.QueryRow(ctx, sqlPlainSubject, d.stream).Scan(&version, &state); err == nil {
		if err := json.Unmarshal(state, subject); err != nil {
			return nil, nil, err
		}
	} else if err != pgx.ErrNoRows {
		return nil, nil, err
	}
	world := domain.World{Now: time.Now().UTC().Truncate(time.Microsecond), Catalog: p.catalog, Policy: p.policy,
		Actor: d.actor, Number: d.Offset + 1}
	decided, err := subject.Decide(d.command, world)
	if err != nil {
		return nil, nil, err
	}
	n := decision{decoded: d, subject: subject, version: version, world: world, key: key}
	recorded, err := p.write(ctx, tx, n, decided)
	if err != nil {
		return nil, nil, err
	}
	n.version += int32(len(decided))
	outcome, err := p.keep(ctx, tx, n)
	return recorded, outcome, err
}

// decision is a command with what it was decided on.
type decision struct {
	decoded
	subject *domain.Employee
	version int32 // of the subject
	world   domain.World
	key     [16]byte
}

// write adds the events.
func (p *plain) write(
	ctx context.Context, tx pgx.Tx, d decision, decided []events.Event,
) ([]events.Recorded, error) {
	var head int64
	if err := tx.QueryRow(ctx, sqlPlainShard, d.Partition, d.Offset+1, len(decided)).Scan(&head); err != nil {
		return nil, err
	}
	actor, err := history.ActorBytes(d.actor)
	if err != nil {
		return nil, err
	}
	recorded := make([]events.Recorded, len(decided))
	for i, e := range decided {
		payload, err := events.Encode(e)
		if err != nil {
			return nil, err
		}
		d.subject.Evolve(e)
		r := events.Recorded{
			Shard: d.Partition, Position: head - int64(len(decided)) + int64(i) + 1, Stream: d.stream,
			Version: d.version + int32(i) + 1, At: d.world.Now, CommandID: d.env.CommandID, Event: e,
		}
		if _, err := tx.Exec(ctx, sqlPlainEvent, r.Shard, r.Position, r.Stream, r.Version, e.EventType(), r.At,
			r.CommandID, actor, payload); err != nil {
			return nil, err
		}
		recorded[i] = r
	}
	return recorded, nil
}

// keep stores the state and the outcome.
func (p *plain) keep(ctx context.Context, tx pgx.Tx, d decision) ([]byte, error) {
	state, err := json.Marshal(d.subject)
	if err != nil {
		return nil, err
	}
	due := any(nil)
	if at := d.subject.NextDue(d.world); !at.IsZero() {
		due = at
	}
	if _, err := tx.Exec(ctx, sqlPlainState, d.Partition, d.stream, d.version, due, int32(d.subject.BillDue(d.world)),
		state); err != nil {
		return nil, err
	}
	outcome, err := json.Marshal(object{
		"command": d.env.CommandID, "subject": d.env.Subject, "type": d.env.Type, "status": "applied",
	})
	if err != nil {
		return nil, err
	}
	_, err = tx.Exec(ctx, sqlPlainOutcome, d.Partition, d.Offset, d.key, d.stream, d.env.CommandID, d.world.Now, outcome)
	return outcome, err
}
