-- A question about what tells who its writer is: its own, as one about refuted words is.
ALTER TABLE confirmations ADD COLUMN telling INTEGER NOT NULL DEFAULT 0 CHECK (telling IN (0, 1));
DROP INDEX confirmations_open;
CREATE UNIQUE INDEX confirmations_open ON confirmations (address_key)
  WHERE settled_at IS NULL AND refuted = 0 AND telling = 0;
