-- What the key of the reply addresses is derived with, beside the master key: one row for each renewal.
CREATE TABLE key_salts (
  id      INTEGER PRIMARY KEY AUTOINCREMENT,
  salt    BLOB NOT NULL CHECK (length(salt) = 32),
  made_at INTEGER NOT NULL
) STRICT;
