-- Who reads what newcomers write, which answers wait for that, and who was asked to read them.
ALTER TABLE supporters ADD COLUMN reader INTEGER NOT NULL DEFAULT 0 CHECK (reader IN (0, 1));
CREATE INDEX readers ON supporters (id) WHERE reader = 1;
CREATE INDEX letters_of_author ON letters (author_id) WHERE author_id IS NOT NULL;
CREATE TABLE readings (
  number    INTEGER NOT NULL PRIMARY KEY REFERENCES confirmations (number),
  letter_id INTEGER NOT NULL UNIQUE REFERENCES letters (id),
  came_at   INTEGER NOT NULL,
  next_at   INTEGER,
  office_at INTEGER NOT NULL,
  said      TEXT CHECK (said IN ('approved', 'returned', 'over')),
  said_by   INTEGER REFERENCES supporters (id),
  CHECK (said_by IS NULL OR said IS NOT NULL)
) STRICT;
CREATE INDEX readings_open ON readings (next_at) WHERE said IS NULL;
CREATE TABLE reading_asks (
  number       INTEGER NOT NULL REFERENCES readings (number),
  supporter_id INTEGER NOT NULL REFERENCES supporters (id),
  asked_at     INTEGER NOT NULL,
  told_at      INTEGER,
  PRIMARY KEY (number, supporter_id)
) STRICT;
CREATE INDEX reading_asks_of ON reading_asks (supporter_id, asked_at);
CREATE INDEX reading_asks_open ON reading_asks (number) WHERE told_at IS NULL;
ALTER TABLE outbox ADD COLUMN reading INTEGER REFERENCES readings (number);
CREATE INDEX outbox_of_reading ON outbox (reading) WHERE reading IS NOT NULL;
