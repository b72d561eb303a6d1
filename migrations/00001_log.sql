-- The log and what is written with it in one transaction. Every statement on these tables is in internal/store.
-- +goose Up

-- Aborts the transaction that calls it. Statements that are sent together cannot look at each other's row counts in the
-- client before the commit, so what must match a row calls this when it did not. Volatile: never evaluated at plan
-- time.
-- +goose StatementBegin
CREATE FUNCTION tenure_refuse(state text, why text) RETURNS integer LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = state, MESSAGE = why;
END $$;
-- +goose StatementEnd

-- A shard is one partition of a command topic. Its row is the fence: every write compares and sets it, so there is
-- one writer, a command takes effect once, and positions are dense and in commit order.
-- owner: store
CREATE TABLE shards (
    shard         integer     PRIMARY KEY,                 -- family * 1024 + partition
    topic         text        NOT NULL,
    partition     integer     NOT NULL,
    topic_id      text        NOT NULL,                    -- the topic's identity when the shard was first taken
    partitions    integer     NOT NULL,                    -- the topic's partition count then; fixed
    epoch         bigint      NOT NULL DEFAULT 0,          -- raised by each new owner; a zombie matches nothing
    next_offset   bigint      NOT NULL DEFAULT 0,          -- the first command not yet taken
    head          bigint      NOT NULL DEFAULT 0,          -- position of the last event
    outcomes_head bigint      NOT NULL DEFAULT 0,          -- sequence of the last outcome
    last_number   bigint      NOT NULL DEFAULT 0,          -- counter behind the employees' integer numbers
    decided_at    timestamptz NOT NULL DEFAULT '1970-01-01Z', -- time of the last decision: never goes back
    chain         bytea       NOT NULL DEFAULT '\x',       -- hash over all events so far
    last_record   bytea       NOT NULL DEFAULT '\x',       -- hash of the last Kafka record taken
    rebase_reason text        NOT NULL DEFAULT '',         -- why a person last set topic or offset by hand
    CONSTRAINT shards_topic_partition UNIQUE (topic, partition)
) WITH (fillfactor = 10);

-- The only truth, and the outbox. Never updated, never deleted. payload is JSON as bytes: jsonb costs a third.
-- owner: store
CREATE TABLE events (
    shard      integer     NOT NULL,
    pos        bigint      NOT NULL,                       -- 1..head without a hole
    stream     text COLLATE "C" NOT NULL,                  -- kind/id, e.g. employee/52f4fd7734697b28ccafeeff
    version    integer     NOT NULL,                       -- 1..n without a hole in a stream
    type       text COLLATE "C" NOT NULL,
    at         timestamptz NOT NULL,                       -- business time
    command_id text COLLATE "C" NOT NULL,                  -- what made it happen; empty when only time did
    run_id     text COLLATE "C" NOT NULL,                  -- empty outside runs
    actor      bytea       NOT NULL,                       -- JSON, empty when time acted
    payload    bytea       NOT NULL,
    chain      bytea       NOT NULL,                       -- hash of the event and of the one before it in the shard
    CONSTRAINT events_position PRIMARY KEY (shard, pos),
    CONSTRAINT events_stream_version UNIQUE (stream, version)
);

-- The latest state of every stream, what is due for it, and which days are billed.
-- coverage holds one range per covered stretch of one ledger of one source: slot * 10000000 + day. An update that
-- adds a day twice, or removes one that is not there, computes NULL, and the database refuses it: by a named check,
-- because NOT NULL has no name that a program could recognise.
-- fillfactor: with room on the page an update that moves no due date touches no index and costs half (8 instead of
-- 18 µs).
-- owner: store
CREATE TABLE subjects (
    shard    integer     NOT NULL,
    stream   text COLLATE "C" NOT NULL,
    version  integer     NOT NULL,
    next_due timestamptz,                                  -- when time acts next on it; NULL: never
    bill_due date, -- first day on which billing could emit something; NULL: never
    parked   boolean     NOT NULL DEFAULT false,           -- later commands queue behind the first parked one
    state    bytea       NOT NULL,
    coverage int8multirange DEFAULT '{}',
    CONSTRAINT subjects_stream PRIMARY KEY (stream),
    CONSTRAINT subjects_no_day_twice CHECK (coverage IS NOT NULL)
) WITH (fillfactor = 80);
-- Without the parked ones: nothing happens to them, and at the front of the order they would hide everyone else.
CREATE INDEX subjects_next_due ON subjects (shard, next_due) WHERE next_due IS NOT NULL AND NOT parked;
CREATE INDEX subjects_bill_due ON subjects (shard, bill_due, stream) WHERE bill_due IS NOT NULL;

-- One row per answer to a command, in the order of the commands' offsets; at most one of them is final.
-- owner: store
CREATE TABLE outcomes (
    shard      integer     NOT NULL,
    seq        bigint      NOT NULL,                       -- 1..outcomes_head without a hole
    command    uuid        NOT NULL,                       -- hash of (stream, command id)
    stream     text COLLATE "C" NOT NULL,
    command_id text COLLATE "C" NOT NULL,
    content    bytea       NOT NULL,                       -- hash of type and value
    final      boolean     NOT NULL,                       -- false: parked for now, or an answer given again
    at         timestamptz NOT NULL,
    answer     bytea       NOT NULL,                       -- JSON as published on employee.outcomes
    CONSTRAINT outcomes_sequence PRIMARY KEY (shard, seq)
);
CREATE UNIQUE INDEX outcomes_one_final ON outcomes (command) WHERE final;

-- Messages that could not be applied: malformed ones, and the queues of parked streams.
-- owner: store
CREATE TABLE parked (
    topic     text        NOT NULL,
    partition integer     NOT NULL,
    "offset"  bigint      NOT NULL,
    shard     integer     NOT NULL,
    stream    text COLLATE "C" NOT NULL,                   -- empty when the message does not tell
    command_id text COLLATE "C" NOT NULL,
    reason    text        NOT NULL,                        -- malformed, broken, conflict, queued
    detail    text        NOT NULL,
    key       bytea,
    value     bytea,
    headers   bytea       NOT NULL,                        -- JSON
    at        timestamptz NOT NULL,
    state     text        NOT NULL DEFAULT 'parked',       -- parked, retried, discarded
    CONSTRAINT parked_message PRIMARY KEY (topic, partition, "offset"),
    CONSTRAINT parked_state CHECK (state IN ('parked', 'retried', 'discarded'))
);
CREATE INDEX parked_stream ON parked (stream, "offset") WHERE state = 'parked';

-- A run inside one shard: opened by a command, worked through in chunks, finished by an event.
-- owner: store
CREATE TABLE run_shards (
    run             text    NOT NULL,
    shard           integer NOT NULL,
    business_date   date    NOT NULL,
    manifest        bytea   NOT NULL,                      -- JSON: policy, catalogue version
    state           text    NOT NULL,
    cursor_due      date    NOT NULL DEFAULT '0001-12-31 BC',
    cursor_stream   text COLLATE "C" NOT NULL DEFAULT '',
    examined        bigint  NOT NULL DEFAULT 0,            -- = billed + not_billed
    billed          bigint  NOT NULL DEFAULT 0,
    not_billed      bigint  NOT NULL DEFAULT 0,
    first_pos       bigint  NOT NULL DEFAULT 0,
    last_pos        bigint  NOT NULL DEFAULT 0,
    CONSTRAINT run_shards_run PRIMARY KEY (run, shard),
    CONSTRAINT run_shards_state CHECK (state IN ('open', 'done'))
);

-- What a run billed in a shard, per document; a document sums its rows over shards and runs.
-- owner: store
CREATE TABLE run_totals (
    run          text    NOT NULL,
    shard        integer NOT NULL,
    document_ref text    NOT NULL,
    ledger       text    NOT NULL,
    bill_to      text    NOT NULL,
    currency     text    NOT NULL,
    lines        bigint  NOT NULL,
    amount       numeric NOT NULL,
    hash         bit(128) NOT NULL,                        -- XOR of the line ids
    CONSTRAINT run_totals_document PRIMARY KEY (run, shard, document_ref)
);
CREATE INDEX run_totals_ref ON run_totals (document_ref);

-- Why an employee was not billed in a run although something was due.
-- owner: store
CREATE TABLE run_reasons (
    run    text    NOT NULL,
    shard  integer NOT NULL,
    stream text COLLATE "C" NOT NULL,
    reason text    NOT NULL,
    detail text    NOT NULL,
    CONSTRAINT run_reasons_stream PRIMARY KEY (run, shard, stream)
);

-- How far each reader of the log is; a reader holds a lease and writes only under its epoch.
-- owner: store
CREATE TABLE subscriptions (
    name        text        NOT NULL,
    shard       integer     NOT NULL,
    position    bigint      NOT NULL DEFAULT 0,            -- of events; of outcomes for the relay of outcomes
    epoch       bigint      NOT NULL DEFAULT 0,
    owner       text        NOT NULL DEFAULT '',
    lease_until timestamptz NOT NULL DEFAULT '1970-01-01Z',
    CONSTRAINT subscriptions_reader PRIMARY KEY (name, shard)
) WITH (fillfactor = 10);

-- The simulated clock, when there is one (tenure up --clock). Empty in production.
-- owner: store
CREATE TABLE clock (
    one boolean     PRIMARY KEY DEFAULT true CHECK (one),
    now timestamptz NOT NULL
);

-- +goose Down
DROP TABLE clock, subscriptions, run_reasons, run_totals, run_shards, parked, outcomes, subjects, events, shards;
DROP FUNCTION tenure_refuse;
