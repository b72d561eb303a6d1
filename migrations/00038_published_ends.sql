-- +goose Up
-- What a relay published last of its shard, in each partition that it has published to:
-- {"TOPIC/PARTITION": {"offset": 7, "id": "ID"}}. Written with the checkpoint. Where another message is, or none, the
-- partition has lost its end.
ALTER TABLE subscriptions ADD COLUMN published jsonb NOT NULL DEFAULT '{}';

-- +goose Down
ALTER TABLE subscriptions DROP COLUMN published;
