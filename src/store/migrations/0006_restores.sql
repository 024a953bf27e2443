-- Each time this database was put back from a backup, or taken for an older one. judged_at: when the journal of accepted
-- mails was compared with it; what follows from mails that came before doubt_before_at may have been sent already.
CREATE TABLE restores (
  id              INTEGER PRIMARY KEY AUTOINCREMENT,
  made_at         INTEGER NOT NULL,
  restored_at     INTEGER NOT NULL,
  journal_lost    INTEGER NOT NULL CHECK (journal_lost IN (0, 1)),
  judged_at       INTEGER,
  doubt_before_at INTEGER,
  asked_at        INTEGER
) STRICT;

-- Held because it may have been sent before the database was put back: the office decides.
ALTER TABLE outbox ADD COLUMN may_repeat INTEGER NOT NULL DEFAULT 0 CHECK (may_repeat IN (0, 1));
CREATE INDEX outbox_repeats ON outbox (id) WHERE state = 'held' AND may_repeat = 1;
