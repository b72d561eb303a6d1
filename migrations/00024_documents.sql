-- What an accountant needs of a document: a legal number that is a text, sums, parties, day of issue and payments.
-- +goose Up
ALTER TABLE run_totals ADD COLUMN charges numeric DEFAULT NULL;  -- of the amount; NULL: the run did not keep it

ALTER TABLE documents
    ALTER COLUMN invoice_number DROP DEFAULT,
    ALTER COLUMN invoice_number DROP NOT NULL,
    ALTER COLUMN invoice_number TYPE text USING NULLIF(invoice_number, -1)::text,  -- NULL: not told
    ADD COLUMN charges      numeric,                        -- NULL: not kept
    ADD COLUMN credits      numeric,
    ADD COLUMN issue_date   date,
    ADD COLUMN bill_to_name text NOT NULL DEFAULT '',
    ADD COLUMN seller       text NOT NULL DEFAULT '',
    ADD COLUMN seller_name  text NOT NULL DEFAULT '',
    ADD COLUMN payments     jsonb NOT NULL DEFAULT '[]';    -- [{"paymentId","paidOn","amount"}], in their order

-- +goose Down
ALTER TABLE documents
    DROP COLUMN payments, DROP COLUMN seller_name, DROP COLUMN seller, DROP COLUMN bill_to_name, DROP COLUMN issue_date,
    DROP COLUMN credits, DROP COLUMN charges,
    ALTER COLUMN invoice_number TYPE bigint
        USING CASE WHEN invoice_number ~ '^[0-9]{1,18}$' THEN invoice_number::bigint ELSE -1 END,
    ALTER COLUMN invoice_number SET DEFAULT -1,
    ALTER COLUMN invoice_number SET NOT NULL;
ALTER TABLE run_totals DROP COLUMN charges;
