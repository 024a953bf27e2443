-- Which supporters may be asked whether they take a letter; who was asked for which report, and what became of it; the
-- mails about each.
ALTER TABLE supporters ADD COLUMN pool INTEGER NOT NULL DEFAULT 0 CHECK (pool IN (0, 1));
ALTER TABLE daily_reports ADD COLUMN pool_asked_at INTEGER;
ALTER TABLE daily_reports ADD COLUMN pool_until_at INTEGER;
CREATE TABLE asks (
  number          INTEGER NOT NULL PRIMARY KEY,
  daily_report_id INTEGER NOT NULL REFERENCES daily_reports (id),
  supporter_id    INTEGER NOT NULL REFERENCES supporters (id),
  round_at        INTEGER NOT NULL,
  asked_at        INTEGER NOT NULL,
  answer          TEXT CHECK (answer IN ('yes', 'no')),
  until_at        INTEGER,
  before_id       INTEGER REFERENCES supporters (id),
  mail_id         INTEGER REFERENCES kept_mails (id),
  given_at        INTEGER,
  ended_at        INTEGER,
  CHECK (answer IS 'yes' OR (until_at IS NULL AND given_at IS NULL))
) STRICT;
CREATE INDEX asks_of_report ON asks (daily_report_id);
CREATE INDEX asks_of_supporter ON asks (supporter_id, asked_at);
CREATE INDEX asks_open ON asks (number) WHERE ended_at IS NULL AND answer IS NULL;
ALTER TABLE outbox ADD COLUMN ask INTEGER REFERENCES asks (number);
CREATE INDEX outbox_of_ask ON outbox (ask) WHERE ask IS NOT NULL;
