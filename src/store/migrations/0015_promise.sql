-- Each person's own clock, as in the configuration; NULL: the service's. The second one of a client. How far a report that
-- waits has come: stage, from when the parts of its time are counted, when the next step is looked at (NULL: none comes by
-- itself), until when whoever writes is left in peace, when the client was told that
-- her answer may be late. Reports from before that wait are left to whoever holds them.
ALTER TABLE clients ADD COLUMN second_id INTEGER REFERENCES supporters (id);
ALTER TABLE clients ADD COLUMN zone TEXT;
ALTER TABLE clients ADD COLUMN due TEXT;
ALTER TABLE clients ADD COLUMN arrive TEXT;
ALTER TABLE clients ADD COLUMN quiet TEXT;
ALTER TABLE supporters ADD COLUMN zone TEXT;
ALTER TABLE supporters ADD COLUMN quiet TEXT;
ALTER TABLE daily_reports ADD COLUMN stage TEXT NOT NULL DEFAULT 'alerted'
  CHECK (stage IN ('alerted', 'reminded', 'second'));
ALTER TABLE daily_reports ADD COLUMN walk_from_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE daily_reports ADD COLUMN step_at INTEGER;
ALTER TABLE daily_reports ADD COLUMN writing_until_at INTEGER;
ALTER TABLE daily_reports ADD COLUMN told_at INTEGER;
UPDATE daily_reports SET walk_from_at = opened_at;
CREATE INDEX daily_reports_steps ON daily_reports (step_at) WHERE state = 'waiting' AND step_at IS NOT NULL;
-- A new kind of mail. References to the outbox stay as they are; they are checked before the step is committed.
PRAGMA legacy_alter_table = on;
ALTER TABLE outbox RENAME TO outbox_before;
PRAGMA legacy_alter_table = off;
CREATE TABLE outbox (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  effect_key   TEXT NOT NULL UNIQUE CHECK (length(effect_key) > 0),
  message_id   TEXT NOT NULL UNIQUE CHECK (length(message_id) > 0),
  kind         TEXT NOT NULL CHECK (kind IN ('alert', 'follow_up', 'pass_on', 'receipt', 'confirmation', 'returned', 'truth', 'notice', 'office')),
  state        TEXT NOT NULL CHECK (state IN ('queued', 'claimed', 'accepted', 'unknown', 'unresolved', 'failed', 'expired', 'held', 'cancelled')),
  stage        TEXT NOT NULL DEFAULT '' CHECK (stage IN ('', 'connect', 'auth', 'mail', 'rcpt', 'data', 'dot')),
  forward_path TEXT NOT NULL,
  reverse_path TEXT,
  person       TEXT NOT NULL,
  principal_ref INTEGER NOT NULL,
  epoch        INTEGER NOT NULL DEFAULT 0,
  client_id    INTEGER REFERENCES clients (id),
  day          TEXT,
  letter_id    INTEGER REFERENCES letters (id),
  cause        TEXT NOT NULL,
  reason       TEXT NOT NULL,
  confirmation INTEGER REFERENCES confirmations (number),
  may_repeat   INTEGER NOT NULL DEFAULT 0 CHECK (may_repeat IN (0, 1)),
  lane         TEXT NOT NULL DEFAULT '',
  rank         INTEGER NOT NULL DEFAULT 0,
  place        INTEGER,
  attempts     INTEGER NOT NULL DEFAULT 0,
  refusals     INTEGER NOT NULL DEFAULT 0,
  unknowns     INTEGER NOT NULL DEFAULT 0,
  next_at      INTEGER,
  claimed_at   INTEGER,
  expires_at   INTEGER NOT NULL,
  last_code    INTEGER NOT NULL DEFAULT 0,
  last_reply   TEXT NOT NULL DEFAULT '',
  delivery     TEXT NOT NULL DEFAULT '',
  created_at   INTEGER NOT NULL,
  ended_at     INTEGER,
  CHECK ((state IN ('queued', 'unknown')) = (next_at IS NOT NULL))
) STRICT;
INSERT INTO outbox (
  id, effect_key, message_id, kind, state, stage, forward_path, reverse_path, person, principal_ref, epoch, client_id,
  day, letter_id, cause, reason, confirmation, may_repeat, lane, rank, place, attempts, refusals, unknowns, next_at,
  claimed_at, expires_at, last_code, last_reply, delivery, created_at, ended_at
) SELECT
  id, effect_key, message_id, kind, state, stage, forward_path, reverse_path, person, principal_ref, epoch, client_id,
  day, letter_id, cause, reason, confirmation, may_repeat, lane, rank, place, attempts, refusals, unknowns, next_at,
  claimed_at, expires_at, last_code, last_reply, delivery, created_at, ended_at
FROM outbox_before;
DROP TABLE outbox_before;
-- What waits for its time.
CREATE INDEX outbox_due ON outbox (next_at) WHERE place IS NULL AND state IN ('queued', 'unknown');
-- The order in which rows are claimed: in all, and in each lane.
CREATE INDEX outbox_line ON outbox (rank, place, id) WHERE place IS NOT NULL AND state IN ('queued', 'unknown');
CREATE INDEX outbox_lanes ON outbox (lane, rank, place, id)
  WHERE place IS NOT NULL AND state IN ('queued', 'unknown');
CREATE INDEX outbox_claimed ON outbox (lane, claimed_at) WHERE state = 'claimed';
CREATE INDEX outbox_expiring ON outbox (expires_at) WHERE state IN ('queued', 'held', 'unknown');
CREATE INDEX outbox_by_person ON outbox (principal_ref, created_at);
-- How many mails of a thread went out within an hour.
CREATE INDEX outbox_by_thread ON outbox (client_id, claimed_at) WHERE claimed_at IS NOT NULL;
CREATE INDEX outbox_by_report ON outbox (client_id, day);
CREATE INDEX outbox_held ON outbox (confirmation) WHERE state = 'held';
-- The mail that asked a question.
CREATE INDEX outbox_questions ON outbox (confirmation) WHERE kind = 'confirmation';
-- The mails that took an answer to its client.
CREATE INDEX outbox_passed_on ON outbox (letter_id) WHERE kind = 'pass_on';
-- Held because it may have been sent before the database was put back: the office decides.
CREATE INDEX outbox_repeats ON outbox (id) WHERE state = 'held' AND may_repeat = 1;
