-- When supporters are away, and which reports they give to others; the mails about each.
CREATE TABLE absences (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  number       INTEGER NOT NULL UNIQUE,
  supporter_id INTEGER NOT NULL REFERENCES supporters (id),
  from_day     TEXT NOT NULL CHECK (from_day GLOB '????-??-??'),
  until_day    TEXT NOT NULL CHECK (until_day GLOB '????-??-??'),
  client_id    INTEGER REFERENCES clients (id),
  announced_at INTEGER NOT NULL,
  mail_id      INTEGER REFERENCES kept_mails (id),
  confirmed_at INTEGER,
  withdrawn_at INTEGER,
  CHECK (from_day <= until_day),
  CHECK (client_id IS NULL OR from_day = until_day)
) STRICT;
CREATE INDEX absences_of_supporter ON absences (supporter_id, until_day) WHERE withdrawn_at IS NULL;
ALTER TABLE outbox ADD COLUMN absence INTEGER REFERENCES absences (number);
CREATE INDEX outbox_of_absence ON outbox (absence) WHERE absence IS NOT NULL;
