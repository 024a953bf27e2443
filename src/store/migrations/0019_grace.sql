-- Until when an answer can be taken back before it goes.
ALTER TABLE outbox ADD COLUMN grace_until_at INTEGER;
