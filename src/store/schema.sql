-- The whole schema, for reading. A test compares it with what the migrations make.
-- Instants are milliseconds since 1970-01-01T00:00:00Z in columns named *_at; days are ISO 8601 dates.

-- zone, due, arrive, quiet, of supporters and clients: a person's own clock, as in the configuration; NULL: the service's.
-- aptitudes: tags with commas between them; languages: those that she answers in (NULL: the one that she is written to in);
-- answers_at: when she usually answers, as spans; cap_day, cap_month: how many reports she takes (NULL: any number).
-- pool: she may be asked whether she takes a letter of somebody else's client.
CREATE TABLE supporters (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  principal_ref INTEGER NOT NULL UNIQUE,
  epoch         INTEGER NOT NULL DEFAULT 0 CHECK (epoch BETWEEN 0 AND 255),
  name          TEXT NOT NULL UNIQUE CHECK (length(name) > 0),
  locale        TEXT NOT NULL CHECK (locale IN ('ja', 'en')),
  created_at    INTEGER NOT NULL, zone TEXT, quiet TEXT, aptitudes TEXT NOT NULL DEFAULT '', languages TEXT,
  answers_at TEXT NOT NULL DEFAULT '', cap_day INTEGER CHECK (cap_day >= 0), cap_month INTEGER CHECK (cap_month >= 0),
  pool INTEGER NOT NULL DEFAULT 0 CHECK (pool IN (0, 1)), reader INTEGER NOT NULL DEFAULT 0 CHECK (reader IN (0, 1))
) STRICT;
CREATE INDEX readers ON supporters (id) WHERE reader = 1;

-- second_id: who answers her where the first cannot. topics: tags with commas between them. pool: she agreed that somebody else
-- than her supporters may answer a letter, where neither can.
-- about: what she wrote about herself, for her supporters. note: the office's, for whoever stands in; never for her.
CREATE TABLE clients (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  thread_ref    INTEGER NOT NULL UNIQUE,
  principal_ref INTEGER NOT NULL UNIQUE,
  epoch         INTEGER NOT NULL DEFAULT 0 CHECK (epoch BETWEEN 0 AND 255),
  name          TEXT NOT NULL UNIQUE CHECK (length(name) > 0),
  goal          TEXT NOT NULL,
  locale        TEXT NOT NULL CHECK (locale IN ('ja', 'en')),
  state         TEXT NOT NULL CHECK (state IN ('active', 'paused')),
  supporter_id  INTEGER REFERENCES supporters (id),
  created_at    INTEGER NOT NULL, second_id INTEGER REFERENCES supporters (id), zone TEXT, due TEXT, arrive TEXT, quiet TEXT,
  topics TEXT NOT NULL DEFAULT '', pool INTEGER NOT NULL DEFAULT 0 CHECK (pool IN (0, 1)),
  about TEXT NOT NULL DEFAULT '', note TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX clients_of_supporter ON clients (supporter_id);
CREATE INDEX clients_of_second ON clients (second_id);

CREATE TABLE client_addresses (
  address_key TEXT NOT NULL PRIMARY KEY CHECK (length(address_key) > 0),
  address     TEXT NOT NULL,
  client_id   INTEGER NOT NULL REFERENCES clients (id),
  position    INTEGER NOT NULL,
  UNIQUE (client_id, position)
) STRICT;

CREATE TABLE supporter_addresses (
  address_key  TEXT NOT NULL PRIMARY KEY CHECK (length(address_key) > 0),
  address      TEXT NOT NULL,
  supporter_id INTEGER NOT NULL REFERENCES supporters (id),
  position     INTEGER NOT NULL,
  confirmed_at INTEGER,
  UNIQUE (supporter_id, position)
) STRICT;

-- One period in which a folder's UIDs mean the same mails (RFC 9051 §2.3.1.1). uid_next is the highest UIDNEXT that was
-- told; passed counts the listed UIDs that the low-water mark has passed.
CREATE TABLE epochs (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  folder       TEXT NOT NULL,
  uid_validity INTEGER NOT NULL,
  low_water    INTEGER NOT NULL DEFAULT 0,
  started_at   INTEGER NOT NULL,
  ended_at     INTEGER,
  uid_next INTEGER NOT NULL DEFAULT 0,
  passed INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX epochs_current ON epochs (folder) WHERE ended_at IS NULL;

-- junk: it lay in the junk folder. author_key: the address that it came from, when there is one; proven: whether the
-- receiving server vouches for it. let_go: an operator released it from quarantine, and no limit holds for it.
-- octets: the room that those of a mail without effect take (discarded, duplicate), while they are here.
CREATE TABLE kept_mails (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  epoch_id      INTEGER NOT NULL REFERENCES epochs (id),
  uid           INTEGER NOT NULL CHECK (uid > 0),
  internal_date_at INTEGER,
  ingested_at   INTEGER NOT NULL,
  size          INTEGER NOT NULL,
  too_large     INTEGER NOT NULL DEFAULT 0 CHECK (too_large IN (0, 1)),
  digest        BLOB CHECK (digest IS NULL OR length(digest) = 32),
  state         TEXT NOT NULL CHECK (state IN ('kept', 'applied', 'duplicate', 'quarantined', 'discarded', 'skipped')),
  reason        TEXT NOT NULL,
  attempts      INTEGER NOT NULL DEFAULT 0,
  attempt_open  INTEGER NOT NULL DEFAULT 0 CHECK (attempt_open IN (0, 1)),
  duplicate_of  INTEGER REFERENCES kept_mails (id),
  client_id     INTEGER REFERENCES clients (id),
  ended_at      INTEGER,
  junk INTEGER NOT NULL DEFAULT 0 CHECK (junk IN (0, 1)),
  author_key TEXT NOT NULL DEFAULT '',
  proven INTEGER NOT NULL DEFAULT 0 CHECK (proven IN (0, 1)),
  let_go INTEGER NOT NULL DEFAULT 0 CHECK (let_go IN (0, 1)),
  keys_sought_at INTEGER,
  octets INTEGER,
  UNIQUE (epoch_id, uid)
) STRICT;
-- The order in which mails are understood.
CREATE INDEX kept_mails_waiting ON kept_mails (attempt_open DESC, id) WHERE state = 'kept';
-- What one person sends.
CREATE INDEX kept_mails_by_author ON kept_mails (author_key, ingested_at) WHERE author_key <> '';
-- The room that mails without effect take: all of them, and one writer's.
CREATE INDEX kept_mails_octets ON kept_mails (id, octets) WHERE octets IS NOT NULL;
CREATE INDEX kept_mails_octets_by_author ON kept_mails (author_key, id, octets) WHERE octets IS NOT NULL;
-- What could not be had, or was gone, and may be had again.
CREATE INDEX kept_mails_skipped ON kept_mails (epoch_id, uid) WHERE state = 'skipped';
-- The other mails of a content.
CREATE INDEX kept_mails_duplicates ON kept_mails (duplicate_of) WHERE duplicate_of IS NOT NULL;
-- At most one set of effects per content (key K2).
CREATE UNIQUE INDEX kept_mails_once ON kept_mails (digest) WHERE state IN ('applied', 'quarantined', 'discarded');

-- The folders that are looked at: when their whole lists were last compared with the rows, how many mails that had
-- escaped were taken in, and what stands in the way.
CREATE TABLE folders (
  role      TEXT NOT NULL PRIMARY KEY CHECK (role IN ('main', 'junk')),
  folder    TEXT NOT NULL,
  swept_at  INTEGER,
  healed    INTEGER NOT NULL DEFAULT 0,
  healed_at INTEGER,
  failure   TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE TABLE raw_mails (
  mail_id INTEGER NOT NULL PRIMARY KEY REFERENCES kept_mails (id),
  raw     BLOB NOT NULL
) STRICT;

-- stage: how far a report that waits has come; walk_from_at: from when the parts of its time are counted; step_at: when
-- the next step is looked at (NULL: none comes by itself); writing_until_at: until then whoever writes is left in peace;
-- told_at: when the client was told that her answer may be late; overdue_at: the last deadline after that of which the
-- office heard. pool_asked_at: when the pool was asked last, in this round;
-- pool_until_at: until when whoever of it took the report holds it (NULL: nobody did).
CREATE TABLE daily_reports (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  client_id   INTEGER NOT NULL REFERENCES clients (id),
  day         TEXT NOT NULL CHECK (day GLOB '????-??-??'),
  state       TEXT NOT NULL CHECK (state IN ('waiting', 'answered')),
  holder_id   INTEGER REFERENCES supporters (id),
  opened_at   INTEGER NOT NULL,
  due_at      INTEGER NOT NULL,
  answered_at INTEGER, stage TEXT NOT NULL DEFAULT 'alerted'
  CHECK (stage IN ('alerted', 'reminded', 'second')), walk_from_at INTEGER NOT NULL DEFAULT 0, step_at INTEGER, writing_until_at INTEGER, told_at INTEGER, pool_asked_at INTEGER, pool_until_at INTEGER, overdue_at INTEGER,
  UNIQUE (client_id, day)
) STRICT;
CREATE INDEX daily_reports_held ON daily_reports (holder_id, client_id) WHERE state = 'waiting';
CREATE INDEX daily_reports_of_client ON daily_reports (client_id) WHERE state = 'waiting';
CREATE INDEX daily_reports_waiting ON daily_reports (due_at) WHERE state = 'waiting';
CREATE INDEX daily_reports_steps ON daily_reports (step_at) WHERE state = 'waiting' AND step_at IS NOT NULL;

-- What a person wrote, filed under a client's day. author_id is the supporter; NULL means the client. text is what was
-- written; shown is the same (or the subject, where there is nothing else) without anybody's address.
CREATE TABLE letters (
  id              INTEGER PRIMARY KEY AUTOINCREMENT,
  mail_id         INTEGER NOT NULL UNIQUE REFERENCES kept_mails (id),
  daily_report_id INTEGER NOT NULL REFERENCES daily_reports (id),
  client_id       INTEGER NOT NULL REFERENCES clients (id),
  kind            TEXT NOT NULL CHECK (kind IN ('report', 'addition', 'follow_up', 'answer')),
  author_id       INTEGER REFERENCES supporters (id),
  address_key     TEXT NOT NULL,
  text            TEXT NOT NULL,
  shown           TEXT NOT NULL,
  subject         TEXT NOT NULL,
  own_subject     TEXT NOT NULL,
  message_id      TEXT CHECK (message_id IS NULL OR length(message_id) > 0),
  images          INTEGER NOT NULL,
  others          INTEGER NOT NULL,
  proof           TEXT NOT NULL CHECK (proof IN ('proven', 'unproven', 'refuted')),
  written_at      INTEGER NOT NULL, whole TEXT, whole_subject TEXT, whole_for INTEGER REFERENCES supporters (id)
) STRICT;
CREATE INDEX letters_by_report ON letters (daily_report_id, id);
-- The last exchanges of a client, the newest first.
CREATE INDEX letters_by_client ON letters (client_id, id);
-- How often a supporter answered a client lately.
CREATE INDEX letters_by_author ON letters (client_id, author_id, written_at) WHERE author_id IS NOT NULL;
-- Whether somebody has answered before, whomever.
CREATE INDEX letters_of_author ON letters (author_id) WHERE author_id IS NOT NULL;

-- A question to a supporter's registered address: was it you? Or: shall it go as it is, although it tells who you are
-- (telling)? Or: whom is it for (doubt: what else it may be; doubt_client_id: the other client whom it names)? Such words,
-- and those that the receiving server refuted, have one of their own; all others from that address share one.
CREATE TABLE confirmations (
  number       INTEGER NOT NULL PRIMARY KEY,
  supporter_id INTEGER NOT NULL REFERENCES supporters (id),
  address_key  TEXT NOT NULL,
  asked_at     INTEGER NOT NULL,
  refuted      INTEGER NOT NULL CHECK (refuted IN (0, 1)),
  answer       TEXT CHECK (answer IN ('yes', 'no')),
  settled_at   INTEGER,
  telling      INTEGER NOT NULL DEFAULT 0 CHECK (telling IN (0, 1)), doubt TEXT CHECK (doubt IN ('office', 'client', 'memo')), doubt_client_id INTEGER REFERENCES clients (id)
) STRICT;
CREATE UNIQUE INDEX confirmations_open ON confirmations (address_key)
  WHERE settled_at IS NULL AND refuted = 0 AND telling = 0 AND doubt IS NULL;

-- What supporters keep for themselves about a client: who wrote it is shown it in her next alert, and nobody else ever is.
-- day: the report that she answered; confirmation: it counts once that question is answered with yes.
CREATE TABLE memos (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  mail_id      INTEGER NOT NULL REFERENCES kept_mails (id),
  supporter_id INTEGER NOT NULL REFERENCES supporters (id),
  client_id    INTEGER NOT NULL REFERENCES clients (id),
  day          TEXT NOT NULL CHECK (day GLOB '????-??-??'),
  text         TEXT NOT NULL CHECK (length(text) > 0),
  written_at   INTEGER NOT NULL,
  confirmation INTEGER REFERENCES confirmations (number)
) STRICT;
CREATE INDEX memos_of_client ON memos (client_id, supporter_id, day);

-- When a supporter is away, from a day until another one, both among them; with a client, only for that client's report of
-- that one day, which somebody else is to answer. Days are by her own clock, and begin at the service's day_starts_at. Each announcement stands alone,
-- also where days overlap. number: what mails about it carry in their reply addresses. mail_id: the mail that said it; NULL:
-- the operator did. It counts from confirmed_at on (NULL: her yes is awaited), and not any more from withdrawn_at on. look_at: when
-- it is looked at next (NULL: nothing comes by itself); begun_at: when her clients were first given to others; back_at: when
-- she heard what happened meanwhile. for_good: she leaves, and back_at is when nothing more is awaited of her.
-- weekly_off, weekly_on: the row is about no days of the calendar, but a word about every week: these weekdays are off from then
-- on, after those were not any more (bits, the lowest is Monday). Such words count in the order of announced_at.
CREATE TABLE absences (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  number       INTEGER NOT NULL UNIQUE,
  supporter_id INTEGER NOT NULL REFERENCES supporters (id),
  from_day     TEXT NOT NULL CHECK (from_day GLOB '????-??-??'),
  until_day    TEXT NOT NULL CHECK (until_day GLOB '????-??-??'),
  client_id    INTEGER REFERENCES clients (id),
  announced_at INTEGER NOT NULL,
  mail_id      INTEGER REFERENCES kept_mails (id),
  confirmed_at INTEGER,
  withdrawn_at INTEGER, look_at INTEGER, begun_at INTEGER, back_at INTEGER,
  for_good INTEGER NOT NULL DEFAULT 0 CHECK (for_good IN (0, 1)),
  weekly_off INTEGER CHECK (weekly_off BETWEEN 0 AND 127), weekly_on INTEGER CHECK (weekly_on BETWEEN 0 AND 127),
  CHECK (from_day <= until_day),
  CHECK (client_id IS NULL OR from_day = until_day)
) STRICT;
-- Who is away on a day.
CREATE INDEX absences_by_supporter ON absences (supporter_id, back_at);
CREATE INDEX absences_of_supporter ON absences (supporter_id, until_day) WHERE withdrawn_at IS NULL;
CREATE INDEX absences_looks ON absences (look_at) WHERE look_at IS NOT NULL;

-- While a supporter is away, somebody else has a client of hers, until that day: when that second one got the letter about
-- her, and when the client heard of it (NULL: not yet, or she does not).
CREATE TABLE handovers (
  number        INTEGER NOT NULL REFERENCES absences (number),
  client_id     INTEGER NOT NULL REFERENCES clients (id),
  second_id     INTEGER NOT NULL REFERENCES supporters (id),
  until_day     TEXT NOT NULL CHECK (until_day GLOB '????-??-??'),
  letter_at     INTEGER,
  introduced_at INTEGER,
  PRIMARY KEY (number, client_id, second_id)
) STRICT, WITHOUT ROWID;

-- The clients of a supporter who leaves for good: when each was told, and when she got the last words of hers.
CREATE TABLE farewells (
  number    INTEGER NOT NULL REFERENCES absences (number),
  client_id INTEGER NOT NULL REFERENCES clients (id),
  told_at   INTEGER,
  passed_at INTEGER,
  PRIMARY KEY (number, client_id)
) STRICT, WITHOUT ROWID;

-- What she says to whoever stands in, or at last to her clients, one mail each, with what tells who somebody is hidden.
CREATE TABLE absence_lines (
  mail_id INTEGER NOT NULL PRIMARY KEY REFERENCES kept_mails (id),
  number  INTEGER NOT NULL REFERENCES absences (number),
  shown   TEXT NOT NULL
) STRICT;
CREATE INDEX absence_lines_of ON absence_lines (number, mail_id);

-- Who may have nothing to do with whom, by whose word and since when: each word stands alone.
CREATE TABLE exclusions (
  client_id    INTEGER NOT NULL REFERENCES clients (id),
  supporter_id INTEGER NOT NULL REFERENCES supporters (id),
  said_by      TEXT NOT NULL CHECK (said_by IN ('client', 'supporter', 'operator')),
  since_at     INTEGER NOT NULL,
  PRIMARY KEY (client_id, supporter_id, said_by)
) STRICT, WITHOUT ROWID;

-- Who held which report from when until when (NULL: she does).
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

-- Answers that do not pass on by themselves: somebody else was first, their writer answers this client no more, or the client
-- rests. number: what mails about it carry in their reply addresses. choice: what becomes of it, once its writer said so, or
-- default_at came and default_choice with it; done_at: when that was done and cannot be undone (what is kept, and what waits
-- until a client is back, can).
CREATE TABLE set_aside (
  number         INTEGER NOT NULL PRIMARY KEY,
  letter_id      INTEGER NOT NULL UNIQUE REFERENCES letters (id),
  why            TEXT NOT NULL CHECK (why IN ('answered', 'moved', 'paused')),
  came_at        INTEGER NOT NULL,
  default_choice TEXT NOT NULL CHECK (default_choice IN ('send', 'pass', 'keep')),
  default_at     INTEGER NOT NULL,
  choice         TEXT CHECK (choice IN ('send', 'pass', 'keep')),
  chosen_at      INTEGER,
  done_at        INTEGER,
  CHECK ((choice IS NULL) = (chosen_at IS NULL)),
  CHECK (done_at IS NULL OR choice IN ('send', 'pass'))
) STRICT;
-- When the next default happens.
CREATE INDEX set_aside_open ON set_aside (default_at) WHERE choice IS NULL;
-- Who of the pool was asked whether she takes a report that waits. number: what the mail carries in its reply address.
-- round_at: the report's walk_from_at then; a report that walks anew is another round. until_at: until then it is hers;
-- before_id: who held it before her; mail_id: the mail in which she said so. given_at: when she got it. ended_at: nothing
-- more comes of the ask by itself: she said no, was told that another took it or answered, or had her time.
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
-- How often a supporter was asked lately.
CREATE INDEX asks_of_supporter ON asks (supporter_id, asked_at);
CREATE INDEX asks_open ON asks (number) WHERE ended_at IS NULL AND answer IS NULL;

-- Answers of newcomers that an experienced reader reads first; the words wait for the question of the same number. came_at: when
-- the answer came, or was confirmed. next_at: when another reader is asked, or the office told (NULL: it was); office_at: when the
-- office is. said: what a reader said; over: the words went, or do not go, without her.
CREATE TABLE readings (
  number    INTEGER NOT NULL PRIMARY KEY REFERENCES confirmations (number),
  letter_id INTEGER NOT NULL UNIQUE REFERENCES letters (id),
  came_at   INTEGER NOT NULL,
  next_at   INTEGER,
  office_at INTEGER NOT NULL,
  said      TEXT CHECK (said IN ('approved', 'returned', 'over')),
  said_by   INTEGER REFERENCES supporters (id),
  CHECK (said_by IS NULL OR said IS NOT NULL)
) STRICT;
CREATE INDEX readings_open ON readings (next_at) WHERE said IS NULL;
-- Who was asked to read one, and when she heard that she need not any more.
CREATE TABLE reading_asks (
  number       INTEGER NOT NULL REFERENCES readings (number),
  supporter_id INTEGER NOT NULL REFERENCES supporters (id),
  asked_at     INTEGER NOT NULL,
  told_at      INTEGER,
  PRIMARY KEY (number, supporter_id)
) STRICT;
CREATE INDEX reading_asks_of ON reading_asks (supporter_id, asked_at);
CREATE INDEX reading_asks_open ON reading_asks (number) WHERE told_at IS NULL;

-- One row is one mail to one envelope recipient. One that may go out now has a place in line (milliseconds; of each
-- client the next is a minute behind the last), one that waits for its time none.
-- epoch: the reader's, when it was written. grace_until_at: until then an answer does not go; its writer may take it back.
CREATE TABLE outbox (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  effect_key   TEXT NOT NULL UNIQUE CHECK (length(effect_key) > 0),
  message_id   TEXT NOT NULL UNIQUE CHECK (length(message_id) > 0),
  kind         TEXT NOT NULL CHECK (kind IN ('alert', 'follow_up', 'pass_on', 'receipt', 'confirmation', 'returned', 'truth', 'notice', 'office')),
  state        TEXT NOT NULL CHECK (state IN ('queued', 'claimed', 'accepted', 'unknown', 'unresolved', 'failed', 'expired', 'held', 'cancelled')),
  stage        TEXT NOT NULL DEFAULT '' CHECK (stage IN ('', 'connect', 'auth', 'mail', 'rcpt', 'data', 'dot')),
  forward_path TEXT NOT NULL,
  reverse_path TEXT,
  person       TEXT NOT NULL,
  principal_ref INTEGER NOT NULL,
  epoch        INTEGER NOT NULL DEFAULT 0,
  client_id    INTEGER REFERENCES clients (id),
  day          TEXT,
  letter_id    INTEGER REFERENCES letters (id),
  cause        TEXT NOT NULL,
  reason       TEXT NOT NULL,
  confirmation INTEGER REFERENCES confirmations (number),
  may_repeat   INTEGER NOT NULL DEFAULT 0 CHECK (may_repeat IN (0, 1)),
  lane         TEXT NOT NULL DEFAULT '',
  rank         INTEGER NOT NULL DEFAULT 0,
  place        INTEGER,
  attempts     INTEGER NOT NULL DEFAULT 0,
  refusals     INTEGER NOT NULL DEFAULT 0,
  unknowns     INTEGER NOT NULL DEFAULT 0,
  next_at      INTEGER,
  claimed_at   INTEGER,
  expires_at   INTEGER NOT NULL,
  last_code    INTEGER NOT NULL DEFAULT 0,
  last_reply   TEXT NOT NULL DEFAULT '',
  delivery     TEXT NOT NULL DEFAULT '',
  created_at   INTEGER NOT NULL,
  ended_at     INTEGER, absence INTEGER REFERENCES absences (number), grace_until_at INTEGER, set_aside INTEGER REFERENCES set_aside (number), ask INTEGER REFERENCES asks (number), reading INTEGER REFERENCES readings (number),
  CHECK ((state IN ('queued', 'unknown')) = (next_at IS NOT NULL))
) STRICT;
-- What waits for its time.
CREATE INDEX outbox_due ON outbox (next_at) WHERE place IS NULL AND state IN ('queued', 'unknown');
-- The order in which rows are claimed: in all, and in each lane.
CREATE INDEX outbox_line ON outbox (rank, place, id) WHERE place IS NOT NULL AND state IN ('queued', 'unknown');
CREATE INDEX outbox_lanes ON outbox (lane, rank, place, id)
  WHERE place IS NOT NULL AND state IN ('queued', 'unknown');
CREATE INDEX outbox_claimed ON outbox (lane, claimed_at) WHERE state = 'claimed';
CREATE INDEX outbox_expiring ON outbox (expires_at) WHERE state IN ('queued', 'held', 'unknown');
CREATE INDEX outbox_by_person ON outbox (principal_ref, created_at);
-- How many mails of a thread went out within an hour.
CREATE INDEX outbox_by_thread ON outbox (client_id, claimed_at) WHERE claimed_at IS NOT NULL;
CREATE INDEX outbox_by_report ON outbox (client_id, day);
CREATE INDEX outbox_alerts ON outbox (client_id, principal_ref, created_at) WHERE kind = 'alert';
CREATE INDEX outbox_held ON outbox (confirmation) WHERE state = 'held';
CREATE INDEX outbox_asked_about ON outbox (confirmation) WHERE kind = 'pass_on' AND confirmation IS NOT NULL;
-- The mail that asked a question.
CREATE INDEX outbox_questions ON outbox (confirmation) WHERE kind = 'confirmation';
-- The mails about an absence.
CREATE INDEX outbox_of_absence ON outbox (absence) WHERE absence IS NOT NULL;
-- The mails about an answer that was set aside.
CREATE INDEX outbox_of_set_aside ON outbox (set_aside) WHERE set_aside IS NOT NULL;
-- The mails that ask somebody of the pool.
CREATE INDEX outbox_of_ask ON outbox (ask) WHERE ask IS NOT NULL;
-- The mails that ask a reader.
CREATE INDEX outbox_of_reading ON outbox (reading) WHERE reading IS NOT NULL;
-- The mails that told whoever held a letter of its answer.
CREATE INDEX outbox_answered ON outbox (letter_id) WHERE reason = 'answered_meanwhile';
-- The mails that took an answer to its client.
CREATE INDEX outbox_passed_on ON outbox (letter_id) WHERE kind = 'pass_on';
-- Held because it may have been sent before the database was put back: the office decides.
CREATE INDEX outbox_repeats ON outbox (id) WHERE state = 'held' AND may_repeat = 1;

-- The octets of each mail, final from the first commit on (but for To, when its reader's address is removed): apart from
-- its row, which is written anew at each step of its way.
CREATE TABLE outbox_octets (
  outbox_id INTEGER PRIMARY KEY REFERENCES outbox (id),
  bytes     BLOB NOT NULL
) STRICT;

-- The row that was put in line last, of those that one client caused (client_id) or that go to one person
-- (-principal_ref), by priority. It stands behind all others of them.
CREATE TABLE turns (
  whose     INTEGER NOT NULL,
  priority  INTEGER NOT NULL,
  outbox_id INTEGER NOT NULL REFERENCES outbox (id),
  PRIMARY KEY (whose, priority)
) STRICT, WITHOUT ROWID;

-- When a carrier's lane takes its next mail.
CREATE TABLE spaced_lanes (
  lane    TEXT NOT NULL PRIMARY KEY CHECK (length(lane) > 0),
  free_at INTEGER NOT NULL
) STRICT;

-- The latest attempts, numbered without gaps, as many as one hour allows; empty without a limit.
CREATE TABLE paced_attempts (
  number INTEGER NOT NULL PRIMARY KEY,
  made_at INTEGER NOT NULL
) STRICT;

-- Lanes in which a mail was refused, and not clearly because of itself, since one was last accepted.
CREATE TABLE doubted_lanes (
  lane TEXT NOT NULL PRIMARY KEY CHECK (length(lane) > 0)
) STRICT;

-- When fetching and sending last worked, what stopped them, since when they have been stopped, when somebody is to be
-- told of it, whether the office was, and whether the alarm was given.
CREATE TABLE health (
  name            TEXT NOT NULL PRIMARY KEY CHECK (name IN ('fetch', 'submit')),
  last_success_at INTEGER,
  last_failure_at INTEGER,
  failure         TEXT NOT NULL DEFAULT '',
  paused_until_at INTEGER
  , stopped_at INTEGER, tell_at INTEGER, told INTEGER NOT NULL DEFAULT 0, alarmed INTEGER NOT NULL DEFAULT 0) STRICT;

-- Addresses that a delivery report says nobody has: nothing goes there until it is lifted.
CREATE TABLE suspended_addresses (
  address_key  TEXT NOT NULL PRIMARY KEY CHECK (length(address_key) > 0),
  outbox_id    INTEGER NOT NULL REFERENCES outbox (id),
  status       TEXT NOT NULL,
  suspended_at INTEGER NOT NULL
) STRICT;

-- What the daemon notes about its machine and itself, by topic: no row, nothing to say.
CREATE TABLE machine_notes (
  topic    TEXT NOT NULL PRIMARY KEY CHECK (length(topic) > 0),
  note     TEXT NOT NULL,
  noted_at INTEGER NOT NULL
) STRICT;

-- Each time this database was put back from a backup, or taken for an older one. judged_at: when the journal of accepted
-- mails was compared with it; what follows from mails that came before doubt_before_at may have been sent already.
CREATE TABLE restores (
  id              INTEGER PRIMARY KEY AUTOINCREMENT,
  made_at         INTEGER NOT NULL,
  restored_at     INTEGER NOT NULL,
  journal_lost    INTEGER NOT NULL CHECK (journal_lost IN (0, 1)),
  judged_at       INTEGER,
  doubt_before_at INTEGER,
  asked_at        INTEGER
) STRICT;

-- The keys that the signatures of a kept mail name, as DNS gave them when it was fetched: a mail is judged by the keys
-- of its day. keys_sought_at: when they were looked for; NULL before that.
CREATE TABLE dkim_keys (
  mail_id INTEGER NOT NULL REFERENCES kept_mails (id),
  name    TEXT NOT NULL CHECK (length(name) > 0),
  record  BLOB NOT NULL
) STRICT;
CREATE INDEX dkim_keys_of_mail ON dkim_keys (mail_id);

-- What the key of the reply addresses is derived with, beside the master key: one row for each renewal.
CREATE TABLE key_salts (
  id      INTEGER PRIMARY KEY AUTOINCREMENT,
  salt    BLOB NOT NULL CHECK (length(salt) = 32),
  made_at INTEGER NOT NULL
) STRICT;

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
