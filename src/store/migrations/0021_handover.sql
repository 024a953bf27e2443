-- What a client wrote about herself, and what the office notes for whoever stands in. When a leave is looked at next, when
-- it began, and when its supporter heard what happened meanwhile; which clients it gives to whom; what she says to them.
ALTER TABLE clients ADD COLUMN about TEXT NOT NULL DEFAULT '';
ALTER TABLE clients ADD COLUMN note TEXT NOT NULL DEFAULT '';
ALTER TABLE absences ADD COLUMN look_at INTEGER;
ALTER TABLE absences ADD COLUMN begun_at INTEGER;
ALTER TABLE absences ADD COLUMN back_at INTEGER;
CREATE INDEX absences_looks ON absences (look_at) WHERE look_at IS NOT NULL;
UPDATE absences SET look_at = announced_at
  WHERE client_id IS NULL AND confirmed_at IS NOT NULL AND withdrawn_at IS NULL;
CREATE TABLE handovers (
  number        INTEGER NOT NULL REFERENCES absences (number),
  client_id     INTEGER NOT NULL REFERENCES clients (id),
  second_id     INTEGER NOT NULL REFERENCES supporters (id),
  until_day     TEXT NOT NULL CHECK (until_day GLOB '????-??-??'),
  letter_at     INTEGER,
  introduced_at INTEGER,
  PRIMARY KEY (number, client_id, second_id)
) STRICT, WITHOUT ROWID;
ALTER TABLE absences ADD COLUMN for_good INTEGER NOT NULL DEFAULT 0 CHECK (for_good IN (0, 1));
CREATE TABLE farewells (
  number    INTEGER NOT NULL REFERENCES absences (number),
  client_id INTEGER NOT NULL REFERENCES clients (id),
  told_at   INTEGER,
  passed_at INTEGER,
  PRIMARY KEY (number, client_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE absence_lines (
  mail_id INTEGER NOT NULL PRIMARY KEY REFERENCES kept_mails (id),
  number  INTEGER NOT NULL REFERENCES absences (number),
  shown   TEXT NOT NULL
) STRICT;
CREATE INDEX absence_lines_of ON absence_lines (number, mail_id);
