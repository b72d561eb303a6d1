-- Lines are kept once, in the log: the read model says where those of a document are, and finds a line by its id.
-- +goose Up

-- A row for each event and document: the lines that an employee has in it by one run. Six lines of two ledgers were six
-- rows of 1 260 bytes with four indexes; they are two rows of 480 bytes now, and take a third of the time. The lines
-- themselves are in the event. The key appends within a document, the index of runs within a run. Ids come at random: a
-- GIN index takes them in sorted batches.
DROP TABLE lines;
CREATE TABLE lines (
    document_ref text COLLATE "C" NOT NULL,
    shard        integer NOT NULL,
    position     bigint  NOT NULL,                          -- of the event
    run          text COLLATE "C" NOT NULL,                 -- empty: an operator made them
    lines        integer NOT NULL,
    amount       numeric NOT NULL,                          -- the sum of the lines
    ids          uuid[]  NOT NULL,                          -- of the lines, in the order of the event
    CONSTRAINT lines_document PRIMARY KEY (document_ref, shard, position)
);
CREATE INDEX lines_run ON lines (run, shard, position);
CREATE INDEX lines_ids ON lines USING gin (ids);

-- What was billed to employees, as the log has it: the lines of a place.
CREATE VIEW invoiced AS
SELECT e.shard, e.pos AS position, e.stream, e.version, e.run_id AS run, e.payload
FROM events AS e WHERE e.type = 'employee.invoiced.v1';

-- The days that are billed to each employee, as the log's own guard against a day twice has them: in the slots of
-- billing.Slot. A night changes them for everybody, and the document of an employee for nobody.
CREATE VIEW billed_days AS
SELECT s.stream, s.coverage FROM subjects AS s;

-- The rows are made from the log again.
DELETE FROM subscriptions WHERE name = 'lines';

-- +goose Down
DROP VIEW billed_days, invoiced;
DROP TABLE lines;
CREATE TABLE lines (
    line_id      uuid    NOT NULL,
    shard        integer NOT NULL,
    position     bigint  NOT NULL,
    ordinal      integer NOT NULL,
    run          text COLLATE "C" NOT NULL,
    document_ref text COLLATE "C" NOT NULL,
    ledger       text    NOT NULL,
    bill_to      text COLLATE "C" NOT NULL,
    employee     text COLLATE "C" NOT NULL,
    source       text COLLATE "C" NOT NULL,
    kind         text    NOT NULL,
    from_day     date,
    to_day       date,
    amount       numeric NOT NULL,
    currency     text    NOT NULL,
    line         bytea   NOT NULL,
    CONSTRAINT lines_id PRIMARY KEY (line_id)
) WITH (toast_tuple_target = 8160);
CREATE INDEX lines_run ON lines (run, shard, position, ordinal);
CREATE INDEX lines_document ON lines (document_ref, shard, position, ordinal);
CREATE INDEX lines_employee ON lines (employee, position, ordinal);
DELETE FROM subscriptions WHERE name = 'lines';
