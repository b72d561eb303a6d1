-- Which employee has a login name, an e-mail address or a user name, over all shards: decisions see one shard only.
-- +goose Up

-- A name is reserved before the decision that may assign it, and freed by the write that decides against it or
-- takes it away; so a row without such an employee belongs to a command that is not decided yet.
-- owner: store
CREATE TABLE logins (
    name   text COLLATE "C" NOT NULL,                      -- in lower case
    stream text COLLATE "C" NOT NULL,                      -- the employee's
    CONSTRAINT logins_name PRIMARY KEY (name)
);

-- +goose Down
DROP TABLE logins;
