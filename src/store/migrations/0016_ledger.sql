-- One row for each act that counts, entered once and as it was then. act: 'answer', a client's own supporter's words passed
-- on; 'stand_in', somebody else's did; 'reading' a newcomer's letters; 'reaching_out' to a client who is silent. Day,
-- letter and mail (outbox_id, message_id) are what it stands for. unit_price: whole, in the smallest unit of the currency
-- (yen, cents).
CREATE TABLE ledger (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  act          TEXT NOT NULL CHECK (act IN ('answer', 'stand_in', 'reading', 'reaching_out')),
  supporter_id INTEGER NOT NULL REFERENCES supporters (id),
  client_id    INTEGER NOT NULL REFERENCES clients (id),
  day          TEXT CHECK (day GLOB '????-??-??'),
  letter_id    INTEGER REFERENCES letters (id),
  outbox_id    INTEGER REFERENCES outbox (id),
  message_id   TEXT NOT NULL UNIQUE CHECK (length(message_id) > 0),
  made_at      INTEGER NOT NULL,
  unit_price   INTEGER NOT NULL CHECK (unit_price >= 0),
  currency     TEXT NOT NULL CHECK (currency GLOB '[A-Z][A-Z][A-Z]'),
  CHECK (act NOT IN ('answer', 'stand_in') OR (day IS NOT NULL AND letter_id IS NOT NULL AND outbox_id IS NOT NULL))
) STRICT;
CREATE INDEX ledger_by_time ON ledger (made_at);
-- What was entered stands.
CREATE TRIGGER ledger_is_not_changed BEFORE UPDATE ON ledger BEGIN
  SELECT RAISE(ABORT, 'the ledger is not changed');
END;
CREATE TRIGGER ledger_is_not_shortened BEFORE DELETE ON ledger BEGIN
  SELECT RAISE(ABORT, 'the ledger is not shortened');
END;

-- Answers that passed on before there was a ledger count, at no price. Who was whose supporter then is not known any more:
-- whoever is today.
INSERT INTO ledger (act, supporter_id, client_id, day, letter_id, outbox_id, message_id, made_at, unit_price, currency)
SELECT CASE WHEN c.supporter_id IS l.author_id THEN 'answer' ELSE 'stand_in' END, l.author_id, o.client_id, o.day, l.id,
  o.id, o.message_id, coalesce(q.settled_at, o.created_at), 0, 'JPY'
FROM outbox o JOIN letters l ON l.id = o.letter_id JOIN clients c ON c.id = o.client_id
  LEFT JOIN confirmations q ON q.number = o.confirmation
WHERE o.kind = 'pass_on' AND l.author_id IS NOT NULL
  AND (o.state IN ('queued', 'claimed', 'accepted', 'unknown', 'unresolved', 'failed') OR o.attempts > 0)
ORDER BY o.id;
