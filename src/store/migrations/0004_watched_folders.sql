-- The highest UIDNEXT that was told, and how many listed UIDs the low-water mark has passed.
ALTER TABLE epochs ADD COLUMN uid_next INTEGER NOT NULL DEFAULT 0;
ALTER TABLE epochs ADD COLUMN passed INTEGER NOT NULL DEFAULT 0;
-- Whether it lay in the junk folder.
ALTER TABLE kept_mails ADD COLUMN junk INTEGER NOT NULL DEFAULT 0 CHECK (junk IN (0, 1));

-- The folders that are looked at: when their whole lists were last compared with the rows, how many mails that had
-- escaped were taken in, and what stands in the way.
CREATE TABLE folders (
  role      TEXT NOT NULL PRIMARY KEY CHECK (role IN ('main', 'junk')),
  folder    TEXT NOT NULL,
  swept_at  INTEGER,
  healed    INTEGER NOT NULL DEFAULT 0,
  healed_at INTEGER,
  failure   TEXT NOT NULL DEFAULT ''
) STRICT;
