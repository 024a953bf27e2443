-- The octets of a mail stand apart from its row, which is written anew at each step of its way. The rows go to another
-- table: without the octets they would keep all pages. A priority that nothing reads any more goes too. References to
-- the outbox stay as they are; they are checked before the step is committed.
PRAGMA legacy_alter_table = on;
ALTER TABLE outbox RENAME TO outbox_before;
PRAGMA legacy_alter_table = off;
CREATE TABLE outbox (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  effect_key   TEXT NOT NULL UNIQUE CHECK (length(effect_key) > 0),
  message_id   TEXT NOT NULL UNIQUE CHECK (length(message_id) > 0),
  kind         TEXT NOT NULL CHECK (kind IN ('alert', 'follow_up', 'pass_on', 'receipt', 'confirmation', 'returned', 'notice', 'office')),
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
CREATE TABLE outbox_octets (
  outbox_id INTEGER PRIMARY KEY REFERENCES outbox (id),
  bytes     BLOB NOT NULL
) STRICT;
INSERT INTO outbox_octets (outbox_id, bytes) SELECT id, bytes FROM outbox_before;
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
-- Held because it may have been sent before the database was put back: the office decides.
CREATE INDEX outbox_repeats ON outbox (id) WHERE state = 'held' AND may_repeat = 1;
