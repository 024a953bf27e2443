-- What one person sends is counted: under which address a mail came, whether its writer was proven, and whether an
-- operator let it go by hand, so that no limit holds for it.
ALTER TABLE kept_mails ADD COLUMN author_key TEXT NOT NULL DEFAULT '';
ALTER TABLE kept_mails ADD COLUMN proven INTEGER NOT NULL DEFAULT 0 CHECK (proven IN (0, 1));
ALTER TABLE kept_mails ADD COLUMN let_go INTEGER NOT NULL DEFAULT 0 CHECK (let_go IN (0, 1));
CREATE INDEX kept_mails_by_author ON kept_mails (author_key, ingested_at) WHERE author_key <> '';

-- The reader's epoch when a mail was written: what answers one of an earlier epoch is not passed on.
ALTER TABLE outbox ADD COLUMN epoch INTEGER NOT NULL DEFAULT 0;
-- How many mails of a thread went out within an hour.
CREATE INDEX outbox_by_thread ON outbox (client_id, claimed_at) WHERE claimed_at IS NOT NULL;
