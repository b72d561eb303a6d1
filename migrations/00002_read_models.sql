-- Read models: rebuilt from the log at any time. Each is written by the projection of the same name.
-- +goose Up

CREATE TABLE employee_documents (
    id       text COLLATE "C" PRIMARY KEY,
    number   bigint NOT NULL,
    customer text COLLATE "C" NOT NULL,
    reseller text COLLATE "C" NOT NULL,
    state    text NOT NULL,
    shard    integer NOT NULL,
    position bigint NOT NULL,                               -- of the last event folded in
    document bytea NOT NULL                                 -- JSON of projections.Employee
);
CREATE INDEX employee_documents_customer ON employee_documents (customer, id);

CREATE TABLE lines (
    line_id      uuid PRIMARY KEY,
    shard        integer NOT NULL,
    position     bigint NOT NULL,
    run          text NOT NULL,
    document_ref text COLLATE "C" NOT NULL,
    ledger       text NOT NULL,
    bill_to      text COLLATE "C" NOT NULL,
    employee     text COLLATE "C" NOT NULL,
    source       text COLLATE "C" NOT NULL,
    kind         text NOT NULL,
    from_day     date NOT NULL,
    to_day       date NOT NULL,                             -- first day not covered
    amount       numeric NOT NULL,
    currency     text NOT NULL,
    line         bytea NOT NULL                             -- JSON of billing.Line
);
CREATE INDEX lines_document ON lines (document_ref, line_id);
CREATE INDEX lines_employee ON lines (employee, source, from_day);

CREATE TABLE documents (
    document_ref   text COLLATE "C" PRIMARY KEY,
    ledger         text NOT NULL,
    bill_to        text COLLATE "C" NOT NULL,
    currency       text NOT NULL,
    type           text NOT NULL,                           -- INVOICE, CREDIT_NOTE
    total          numeric NOT NULL,                        -- never negative: the type has the sign
    lines          bigint NOT NULL,
    hash           text NOT NULL,
    run            text NOT NULL,
    invoice_number bigint NOT NULL DEFAULT -1               -- the legal number, once accounting has told it
);
CREATE INDEX documents_bill_to ON documents (bill_to, document_ref);

-- +goose Down
DROP TABLE documents, lines, employee_documents;
