-- A letter with what was hidden in it, and the supporter who may read it so.
ALTER TABLE letters ADD COLUMN whole TEXT;
ALTER TABLE letters ADD COLUMN whole_subject TEXT;
ALTER TABLE letters ADD COLUMN whole_for INTEGER REFERENCES supporters (id);
