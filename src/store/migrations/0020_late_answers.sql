-- Answers that do not pass on by themselves, and the mails about each.
CREATE TABLE set_aside (
  number         INTEGER NOT NULL PRIMARY KEY,
  letter_id      INTEGER NOT NULL UNIQUE REFERENCES letters (id),
  why            TEXT NOT NULL CHECK (why IN ('answered', 'moved', 'paused')),
  came_at        INTEGER NOT NULL,
  default_choice TEXT NOT NULL CHECK (default_choice IN ('send', 'pass', 'keep')),
  default_at     INTEGER NOT NULL,
  choice         TEXT CHECK (choice IN ('send', 'pass', 'keep')),
  chosen_at      INTEGER,
  done_at        INTEGER,
  CHECK ((choice IS NULL) = (chosen_at IS NULL)),
  CHECK (done_at IS NULL OR choice IN ('send', 'pass'))
) STRICT;
CREATE INDEX set_aside_open ON set_aside (default_at) WHERE choice IS NULL;
ALTER TABLE outbox ADD COLUMN set_aside INTEGER REFERENCES set_aside (number);
CREATE INDEX outbox_of_set_aside ON outbox (set_aside) WHERE set_aside IS NOT NULL;
