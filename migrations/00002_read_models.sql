-- Read models: rebuilt from the log at any time. Each is written by the projection of the same name.
-- +goose Up

-- One row per employee, and everything that the three APIs show of it but what other systems report.
-- A page of events changes many rows a second: the room in each block keeps an update beside the row it replaces, so
-- that no index is touched. A document stays uncompressed up to a block: compressing it costs more than folding it.
CREATE TABLE employee_documents (
    id       text COLLATE "C" NOT NULL,
    number   bigint  NOT NULL,
    customer text COLLATE "C" NOT NULL,
    reseller text COLLATE "C" NOT NULL,
    state    text    NOT NULL,
    shard    integer NOT NULL,
    position bigint  NOT NULL,                              -- of the last event folded in
    document bytea   NOT NULL,                              -- JSON of projections.Employee
    CONSTRAINT employee_documents_id PRIMARY KEY (id)
) WITH (fillfactor = 70, toast_tuple_target = 8160);
CREATE INDEX employee_documents_customer ON employee_documents (customer, id);

-- One row per invoice line, in the order of the log: (shard, position, ordinal). The indexes end in that order, so
-- that a run's lines append to them instead of spreading over them.
CREATE TABLE lines (
    line_id      uuid    NOT NULL,
    shard        integer NOT NULL,
    position     bigint  NOT NULL,
    ordinal      integer NOT NULL,                          -- in its event, from 0
    run          text COLLATE "C" NOT NULL,
    document_ref text COLLATE "C" NOT NULL,
    ledger       text    NOT NULL,
    bill_to      text COLLATE "C" NOT NULL,
    employee     text COLLATE "C" NOT NULL,
    source       text COLLATE "C" NOT NULL,
    kind         text    NOT NULL,
    from_day     date,                                      -- NULL: a line made by a person, which covers no days
    to_day       date,                                      -- first day not covered
    amount       numeric NOT NULL,
    currency     text    NOT NULL,
    line         bytea   NOT NULL,                          -- JSON of billing.Line
    CONSTRAINT lines_id PRIMARY KEY (line_id)
) WITH (toast_tuple_target = 8160);
CREATE INDEX lines_run ON lines (run, shard, position, ordinal);
CREATE INDEX lines_document ON lines (document_ref, shard, position, ordinal);
CREATE INDEX lines_employee ON lines (employee, position, ordinal);

-- One row per invoice or credit note.
CREATE TABLE documents (
    document_ref   text COLLATE "C" NOT NULL,
    shard          integer NOT NULL,
    position       bigint  NOT NULL,                        -- of the event that issued it
    ledger         text    NOT NULL,
    bill_to        text COLLATE "C" NOT NULL,
    currency       text    NOT NULL,
    type           text    NOT NULL,                        -- INVOICE, CREDIT_NOTE
    total          numeric NOT NULL,                        -- never negative: the type has the sign
    lines          bigint  NOT NULL,
    hash           uuid    NOT NULL,                        -- XOR of the line ids
    run            text COLLATE "C" NOT NULL,
    invoice_number bigint  NOT NULL DEFAULT -1,             -- the legal number, once accounting has told it
    CONSTRAINT documents_ref PRIMARY KEY (document_ref)
);
CREATE INDEX documents_bill_to ON documents (bill_to, document_ref);
CREATE INDEX documents_run ON documents (run, document_ref);

-- How far every reader of the log is, and who reads for it. Written by nobody.
CREATE VIEW reader_progress AS
SELECT r.name, r.shard, r.position, coalesce(s.head, 0) AS head, coalesce(s.outcomes_head, 0) AS outcomes_head,
       r.owner, r.lease_until > now() AS leased
FROM subscriptions AS r LEFT JOIN shards AS s ON s.shard = r.shard;

-- +goose Down
DROP VIEW reader_progress;
DROP TABLE documents, lines, employee_documents;
