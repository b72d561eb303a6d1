-- What integrations, such as accounting programs, have booked of a run's lines. Written by the projection of the
-- same name.
-- +goose Up

CREATE TABLE bookings (
    document_ref text COLLATE "C" NOT NULL,
    integration  text COLLATE "C" NOT NULL,
    run          text COLLATE "C" NOT NULL,
    lines        bigint      NOT NULL,                      -- booked
    hash         uuid        NOT NULL,                      -- XOR of the ids of those lines
    refused      bigint      NOT NULL,                      -- lines that were not booked
    refusals     bytea       NOT NULL,                      -- JSON: [{"line","message"}]
    at           timestamptz NOT NULL,                      -- business time
    shard        integer     NOT NULL,
    position     bigint      NOT NULL,                      -- of the last event folded in
    CONSTRAINT bookings_of PRIMARY KEY (document_ref, integration, run)
);
CREATE INDEX bookings_run ON bookings (run, integration);

-- +goose Down
DROP TABLE bookings;
