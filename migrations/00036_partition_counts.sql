-- +goose Up
-- A topic of commands may be given more partitions. Streams stay in the shards in which they began; the counts that a
-- topic has had say in which shards the stream of a key may be. A topic that never grew has no row here.
CREATE TABLE partition_counts (
    family      integer     NOT NULL,
    partitions  integer     NOT NULL CHECK (partitions BETWEEN 1 AND 1024),
    declared_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (family, partitions)
);
-- grown_to is how many partitions the topic has since it grew, 0: it never did; partitions stays what it had first, so
-- that a former build, which would look for streams where keys lead, refuses the topic. Behind the offset grown_end a
-- shard's messages were sent when the topic had grown; before it, when it had not.
ALTER TABLE shards
    ADD COLUMN grown_to  integer NOT NULL DEFAULT 0,
    ADD COLUMN grown_end bigint  NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE shards DROP COLUMN grown_end, DROP COLUMN grown_to;
DROP TABLE partition_counts;
