-- What accounting tells of a document besides its legal number.
-- +goose Up
ALTER TABLE documents
    ADD COLUMN due_date date,                               -- NULL: not told
    ADD COLUMN paid_on  date,                               -- NULL: not paid
    ADD COLUMN paid     numeric;                            -- what was paid: the total

-- +goose Down
ALTER TABLE documents DROP COLUMN due_date, DROP COLUMN paid_on, DROP COLUMN paid;
