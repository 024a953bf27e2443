-- What the daemon notes about its machine and itself, by topic: no row, nothing to say.
CREATE TABLE machine_notes (
  topic    TEXT NOT NULL PRIMARY KEY CHECK (length(topic) > 0),
  note     TEXT NOT NULL,
  noted_at INTEGER NOT NULL
) STRICT;
