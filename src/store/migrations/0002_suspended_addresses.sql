-- Addresses that a delivery report says nobody has: nothing goes there until it is lifted.
CREATE TABLE suspended_addresses (
  address_key  TEXT NOT NULL PRIMARY KEY CHECK (length(address_key) > 0),
  outbox_id    INTEGER NOT NULL REFERENCES outbox (id),
  status       TEXT NOT NULL,
  suspended_at INTEGER NOT NULL
) STRICT;
