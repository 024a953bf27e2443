-- Who may have nothing to do with whom, by whose word: each word stands alone. What fits: topics and aptitudes (tags with
-- commas between them), the languages that a supporter answers in (NULL: the one that she is written to in), when she usually
-- answers (spans, as in the configuration), and how many reports she takes on a day and in a month (NULL: any number).
-- pool: the client agreed that somebody else than her supporters may answer one letter.
ALTER TABLE clients ADD COLUMN topics TEXT NOT NULL DEFAULT '';
ALTER TABLE clients ADD COLUMN pool INTEGER NOT NULL DEFAULT 0 CHECK (pool IN (0, 1));
ALTER TABLE supporters ADD COLUMN aptitudes TEXT NOT NULL DEFAULT '';
ALTER TABLE supporters ADD COLUMN languages TEXT;
ALTER TABLE supporters ADD COLUMN answers_at TEXT NOT NULL DEFAULT '';
ALTER TABLE supporters ADD COLUMN cap_day INTEGER CHECK (cap_day >= 0);
ALTER TABLE supporters ADD COLUMN cap_month INTEGER CHECK (cap_month >= 0);
CREATE TABLE exclusions (
  client_id    INTEGER NOT NULL REFERENCES clients (id),
  supporter_id INTEGER NOT NULL REFERENCES supporters (id),
  said_by      TEXT NOT NULL CHECK (said_by IN ('client', 'supporter', 'operator')),
  since_at     INTEGER NOT NULL,
  PRIMARY KEY (client_id, supporter_id, said_by)
) STRICT, WITHOUT ROWID;
-- Who held which report from when until when (NULL: she does). Reports that wait are held since they came.
CREATE TABLE holdings (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  report_id    INTEGER NOT NULL REFERENCES daily_reports (id),
  supporter_id INTEGER NOT NULL REFERENCES supporters (id),
  from_at      INTEGER NOT NULL,
  until_at     INTEGER
) STRICT;
CREATE UNIQUE INDEX holdings_open ON holdings (report_id) WHERE until_at IS NULL;
CREATE INDEX holdings_of_report ON holdings (report_id, supporter_id);
-- How many reports came to be held by somebody within a time.
CREATE INDEX holdings_by_supporter ON holdings (supporter_id, from_at, report_id);
INSERT INTO holdings (report_id, supporter_id, from_at)
  SELECT id, holder_id, opened_at FROM daily_reports WHERE state = 'waiting' AND holder_id IS NOT NULL ORDER BY id;
