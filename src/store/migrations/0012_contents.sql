-- The octets of a mail stand apart from its row, which is written anew at each step of its way.
CREATE TABLE contents (
  outbox_id INTEGER PRIMARY KEY REFERENCES outbox (id),
  bytes     BLOB NOT NULL
) STRICT;
INSERT INTO contents (outbox_id, bytes) SELECT id, bytes FROM outbox;
ALTER TABLE outbox DROP COLUMN bytes;
-- Written and never read since rows have a rank.
ALTER TABLE outbox DROP COLUMN priority;
