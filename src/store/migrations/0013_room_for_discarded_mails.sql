-- What mails without effect may take of the disk is bounded: how many octets of each are here, at least a page. The
-- index of the walk over all of them, and of that over one writer's.
ALTER TABLE kept_mails ADD COLUMN octets INTEGER;
UPDATE kept_mails SET octets = (SELECT max(length(raw), 16384) FROM raw_mails WHERE mail_id = id)
  WHERE state IN ('discarded', 'duplicate');
CREATE INDEX kept_mails_octets ON kept_mails (id, octets) WHERE octets IS NOT NULL;
CREATE INDEX kept_mails_octets_by_author ON kept_mails (author_key, id, octets) WHERE octets IS NOT NULL;
