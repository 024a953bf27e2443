-- The keys that the signatures of a kept mail name, as DNS gave them when it was fetched: a mail is judged by the keys
-- of its day. keys_sought_at: when they were looked for; NULL before that.
CREATE TABLE dkim_keys (
  mail_id INTEGER NOT NULL REFERENCES kept_mails (id),
  name    TEXT NOT NULL CHECK (length(name) > 0),
  record  BLOB NOT NULL
) STRICT;
CREATE INDEX dkim_keys_of_mail ON dkim_keys (mail_id);
ALTER TABLE kept_mails ADD COLUMN keys_sought_at INTEGER;
