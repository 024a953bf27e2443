-- Questions whom words are for: each is its own, as one about refuted words is. And supporters' memos.
ALTER TABLE confirmations ADD COLUMN doubt TEXT CHECK (doubt IN ('office', 'client', 'memo'));
ALTER TABLE confirmations ADD COLUMN doubt_client_id INTEGER REFERENCES clients (id);
DROP INDEX confirmations_open;
CREATE UNIQUE INDEX confirmations_open ON confirmations (address_key)
  WHERE settled_at IS NULL AND refuted = 0 AND telling = 0 AND doubt IS NULL;
CREATE TABLE memos (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  mail_id      INTEGER NOT NULL REFERENCES kept_mails (id),
  supporter_id INTEGER NOT NULL REFERENCES supporters (id),
  client_id    INTEGER NOT NULL REFERENCES clients (id),
  day          TEXT NOT NULL CHECK (day GLOB '????-??-??'),
  text         TEXT NOT NULL CHECK (length(text) > 0),
  written_at   INTEGER NOT NULL,
  confirmation INTEGER REFERENCES confirmations (number)
) STRICT;
CREATE INDEX memos_of_client ON memos (client_id, supporter_id, day);
