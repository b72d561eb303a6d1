-- +goose NO TRANSACTION
-- +goose Up
-- Pages of parked messages are read in the order of their places, all of them or those of a reason: since every key
-- begins with the shard, the first fifty of a hundred thousand took most of a second.
CREATE INDEX CONCURRENTLY IF NOT EXISTS parked_place ON parked (topic, partition, "offset") WHERE state = 'parked';
CREATE INDEX CONCURRENTLY IF NOT EXISTS parked_reason ON parked (reason, topic, partition, "offset")
    WHERE state = 'parked';
-- What operators did last about parked messages.
CREATE INDEX CONCURRENTLY IF NOT EXISTS repairs_asked ON repairs (sequence);

-- +goose Down
DROP INDEX CONCURRENTLY IF EXISTS repairs_asked;
DROP INDEX CONCURRENTLY IF EXISTS parked_reason;
DROP INDEX CONCURRENTLY IF EXISTS parked_place;
