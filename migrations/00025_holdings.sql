-- +goose Up
-- How an extension without an employee is called and reached: JSON of projections.DirectoryExtension.
ALTER TABLE directory_extensions ADD COLUMN document bytea NOT NULL DEFAULT '{}';

-- One row per employee and mobile account that the employee has or had: an account lives on without one.
CREATE TABLE directory_accounts (
    id        text COLLATE "C" NOT NULL,
    employee  text COLLATE "C" NOT NULL,
    customer  text COLLATE "C" NOT NULL,
    held      boolean NOT NULL,                             -- false: it lives on without the employee
    called    text    NOT NULL,                             -- number and name, for searches
    rate_plan text    NOT NULL,
    network   text    NOT NULL,
    pbx       bigint  NOT NULL,
    document  bytea   NOT NULL,                             -- JSON of events.MvnoAccount
    CONSTRAINT directory_accounts_id PRIMARY KEY (id, employee)
);
CREATE INDEX directory_accounts_customer ON directory_accounts (customer, id);

-- +goose Down
DROP TABLE directory_accounts;
ALTER TABLE directory_extensions DROP COLUMN document;
