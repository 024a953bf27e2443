-- Claiming: every mail that may go out now has a place in a line. Rows that were queued before have none yet; they are
-- given one when they are next looked at.
ALTER TABLE outbox ADD COLUMN lane TEXT NOT NULL DEFAULT '';
ALTER TABLE outbox ADD COLUMN rank INTEGER NOT NULL DEFAULT 0;
ALTER TABLE outbox ADD COLUMN place INTEGER;
ALTER TABLE outbox ADD COLUMN claimed_at INTEGER;
DROP INDEX outbox_due;
DROP INDEX outbox_urgent;
DROP INDEX outbox_expiring;
DROP INDEX outbox_claimed;
CREATE INDEX outbox_due ON outbox (next_at) WHERE place IS NULL AND state IN ('queued', 'unknown');
CREATE INDEX outbox_line ON outbox (rank, place, id) WHERE place IS NOT NULL AND state IN ('queued', 'unknown');
CREATE INDEX outbox_lanes ON outbox (lane, rank, place, id)
  WHERE place IS NOT NULL AND state IN ('queued', 'unknown');
CREATE INDEX outbox_claimed ON outbox (lane, claimed_at) WHERE state = 'claimed';
CREATE INDEX outbox_expiring ON outbox (expires_at) WHERE state IN ('queued', 'held', 'unknown');

-- The row that was put in line last, of those that one client caused (client_id) or that go to one person
-- (-principal_ref), by priority.
CREATE TABLE turns (
  whose     INTEGER NOT NULL,
  priority  INTEGER NOT NULL,
  outbox_id INTEGER NOT NULL REFERENCES outbox (id),
  PRIMARY KEY (whose, priority)
) STRICT, WITHOUT ROWID;

-- When a carrier's lane takes its next mail.
CREATE TABLE spaced_lanes (
  lane    TEXT NOT NULL PRIMARY KEY CHECK (length(lane) > 0),
  free_at INTEGER NOT NULL
) STRICT;

-- The latest attempts, numbered without gaps, as many as one hour allows; empty without a limit.
CREATE TABLE paced_attempts (
  number INTEGER NOT NULL PRIMARY KEY,
  made_at INTEGER NOT NULL
) STRICT;

-- Lanes in which a mail was refused, and not clearly because of itself, since one was last accepted.
CREATE TABLE doubted_lanes (
  lane TEXT NOT NULL PRIMARY KEY CHECK (length(lane) > 0)
) STRICT;

-- Since when a loop has been stopped, when somebody is to be told, whether the office was, and whether the alarm was
-- given.
ALTER TABLE health ADD COLUMN stopped_at INTEGER;
ALTER TABLE health ADD COLUMN tell_at INTEGER;
ALTER TABLE health ADD COLUMN told INTEGER NOT NULL DEFAULT 0;
ALTER TABLE health ADD COLUMN alarmed INTEGER NOT NULL DEFAULT 0;
