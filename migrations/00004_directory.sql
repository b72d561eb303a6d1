-- What the three APIs search, and what other systems tell of employees.
-- +goose Up

-- One row per employee: what CallGear filters and sorts by, what jtel shows, and its entry in the PBX directory as
-- it is published, so that a page of hundreds is read and not computed. Texts compare by code point in every
-- installation.
CREATE TABLE directory (
    id              text COLLATE "C" NOT NULL,
    number          bigint  NOT NULL,                       -- stable integer across all APIs
    customer        text COLLATE "C" NOT NULL,
    reseller        text COLLATE "C" NOT NULL,
    access_level    text    NOT NULL,
    state           text    NOT NULL,
    first_name      text COLLATE "C",                       -- NULL: none, here and below
    last_name       text COLLATE "C",
    full_name       text COLLATE "C",                       -- last name first
    email           text COLLATE "C",
    status          text COLLATE "C" NOT NULL,              -- in CallGear's words
    call_recording  text COLLATE "C",
    calls_available boolean,
    phone_numbers   jsonb   NOT NULL,
    extension       jsonb   NOT NULL,
    presence_since  timestamptz,                            -- of the last change of the presence
    address         text COLLATE "C",                       -- id of one of the customer's; NULL: the customer's own
    organization    text COLLATE "C", -- ids of the resellers that it may manage, separated by commas
    api_access      bytea,                                  -- JSON of apiAccessFilter
    shard           integer NOT NULL,
    position        bigint  NOT NULL,                       -- of the last event folded in
    entry           bytea   NOT NULL, -- JSON: the PBX directory's, without address, extensions, calendar
    extensions      bytea   NOT NULL,                       -- JSON list: the extensions as published
    document        bytea   NOT NULL,                       -- JSON: what the next event is folded into
    CONSTRAINT directory_id PRIMARY KEY (id)
) WITH (fillfactor = 80, toast_tuple_target = 8160);
CREATE UNIQUE INDEX directory_number ON directory (number);
CREATE INDEX directory_customer ON directory (customer, number);
CREATE INDEX directory_reseller ON directory (reseller, id);
CREATE INDEX directory_entries ON directory (customer, id);
CREATE INDEX directory_first_name ON directory (customer, first_name);
CREATE INDEX directory_last_name ON directory (customer, last_name);
CREATE INDEX directory_full_name ON directory (customer, full_name);
CREATE INDEX directory_email ON directory (customer, email);
CREATE INDEX directory_status ON directory (customer, status);

-- One row per employee and extension that it has or had. Its own key, because an extension may go from an employee
-- of one shard to one of another: whether it stands alone is asked of all its rows.
CREATE TABLE directory_extensions (
    id       text COLLATE "C" NOT NULL,
    employee text COLLATE "C" NOT NULL,
    customer text COLLATE "C" NOT NULL,
    number   text    NOT NULL,
    name     text    NOT NULL,
    held     boolean NOT NULL,                              -- false: it continues without the employee
    CONSTRAINT directory_extensions_id PRIMARY KEY (id, employee)
);
CREATE INDEX directory_extensions_alone ON directory_extensions (customer, id) WHERE NOT held;

-- What other systems know of an employee now: calls, phones, calendar. From the compacted topic employee.activity,
-- never from the log: the topic is the whole truth, and reading it again from its beginning gives the same rows.
CREATE TABLE employee_activity (
    employee  text COLLATE "C" NOT NULL,
    partition integer NOT NULL,
    "offset"  bigint  NOT NULL,                             -- of the message; an older one changes nothing
    activity  bytea   NOT NULL,                             -- JSON of projections.Activity
    CONSTRAINT employee_activity_employee PRIMARY KEY (employee)
);
CREATE TABLE activity_progress (
    topic_id    text   NOT NULL,                            -- another topic is read from its beginning
    partition   integer NOT NULL,
    next_offset bigint NOT NULL,
    CONSTRAINT activity_progress_partition PRIMARY KEY (partition)
);

-- +goose Down
DROP TABLE activity_progress, employee_activity, directory_extensions, directory;
