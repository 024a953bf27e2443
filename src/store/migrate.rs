//! Migrations: numbered SQL files, each in its own transaction with `PRAGMA user_version`, a copy of the file
//! first. A released migration is never edited.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use super::{Result, StoreError};
use crate::kill::{self, Point};

const MIGRATIONS: [&str; 28] = [
    include_str!("migrations/0001_corridor.sql"),
    include_str!("migrations/0002_suspended_addresses.sql"),
    include_str!("migrations/0003_sending.sql"),
    include_str!("migrations/0004_watched_folders.sql"),
    include_str!("migrations/0005_machine_notes.sql"),
    include_str!("migrations/0006_restores.sql"),
    include_str!("migrations/0007_limits.sql"),
    include_str!("migrations/0008_dkim_keys.sql"),
    include_str!("migrations/0009_telling_words.sql"),
    include_str!("migrations/0010_whole_letters.sql"),
    include_str!("migrations/0011_key_salts.sql"),
    include_str!("migrations/0012_outbox_octets.sql"),
    include_str!("migrations/0013_room_for_discarded_mails.sql"),
    include_str!("migrations/0014_indexes.sql"),
    include_str!("migrations/0015_promise.sql"),
    include_str!("migrations/0016_ledger.sql"),
    include_str!("migrations/0017_absences.sql"),
    include_str!("migrations/0018_choosing.sql"),
    include_str!("migrations/0019_grace.sql"),
    include_str!("migrations/0020_late_answers.sql"),
    include_str!("migrations/0021_handover.sql"),
    include_str!("migrations/0022_pool.sql"),
    include_str!("migrations/0023_meaning.sql"),
    include_str!("migrations/0024_days_off.sql"),
    include_str!("migrations/0025_readings.sql"),
    include_str!("migrations/0026_few_rows.sql"),
    include_str!("migrations/0027_few_clients.sql"),
    include_str!("migrations/0028_overdue.sql"),
];
/// The newest format that this program knows.
pub(super) const FORMAT: i64 = 28;

/// Brings the database to the newest format. Foreign keys are to be off: a step may put a table in another's place; that
/// every reference holds is checked before it is committed.
pub(super) fn migrate(connection: &mut Connection, path: &Path) -> Result<()> {
    let (found, known) = not_newer(connection)?;
    if found > 0 && found < known {
        copy_aside(connection, path, &path.with_extension(format!("before-format-{known}.db")))?;
    }
    for (index, sql) in MIGRATIONS.iter().enumerate() {
        let target = i64::try_from(index + 1).unwrap_or(i64::MAX);
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // Read again inside the transaction: another process may have come first.
        if version(&transaction)? < target {
            kill::before(Point::MigrationStep);
            transaction.execute_batch(sql)?;
            if transaction
                .query_row("SELECT EXISTS (SELECT 1 FROM pragma_foreign_key_check)", [], |r| r.get(0))?
            {
                return Err(StoreError::Impossible("reference"));
            }
            transaction.pragma_update(None, "user_version", target)?;
            transaction.commit()?;
            kill::after(Point::MigrationStep);
        }
    }
    Ok(())
}

/// Copies the database as it is, whole or not at all: under another name first, as a copy that was cut short must not
/// pass for one.
fn copy_aside(connection: &Connection, path: &Path, copy: &Path) -> Result<()> {
    if copy.exists() {
        return Ok(());
    }
    let begun = path.with_extension(format!("copying.{}", std::process::id()));
    // of a process with our number, in a container perhaps, that was killed here
    let _ = std::fs::remove_file(&begun);
    kill::before(Point::BackupVacuum);
    if let Err(error) = connection.backup("main", &begun, None::<fn(rusqlite::backup::Progress)>) {
        let _ = std::fs::remove_file(&begun);
        return Err(error.into());
    }
    super::private(&begun)?;
    kill::after(Point::BackupVacuum);
    std::fs::rename(&begun, copy).map_err(|e| StoreError::File { path: copy.to_owned(), kind: e.kind() })
}

/// The format of the file, and the newest that this program knows; a newer one is an error.
pub(super) fn not_newer(connection: &Connection) -> Result<(i64, i64)> {
    let found = version(connection)?;
    if found > FORMAT { Err(StoreError::Newer { found, known: FORMAT }) } else { Ok((found, FORMAT)) }
}

pub(super) fn version(connection: &Connection) -> Result<i64> {
    Ok(connection.query_row("PRAGMA user_version", [], |row| row.get(0))?)
}

#[cfg(test)]
mod tests {
    use super::super::Store;
    use super::*;

    fn dump(connection: &Connection) -> Vec<String> {
        let mut statement = connection
            .prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name")
            .expect("sql");
        let rows = statement.query_map([], |row| row.get::<_, String>(0)).expect("rows");
        // ALTER TABLE sets its own blanks before commas and brackets
        let one_line = |sql: String| sql.split_whitespace().collect::<Vec<_>>().join(" ");
        rows.map(|row| one_line(row.expect("text")).replace(" ,", ",").replace(" )", ")")).collect()
    }

    #[test]
    fn the_documented_schema_is_the_migrated_one() {
        let dir = tempfile::tempdir().expect("dir");
        let store = Store::open(dir.path()).expect("store");
        let documented = Connection::open_in_memory().expect("memory");
        documented.execute_batch(include_str!("schema.sql")).expect("schema.sql");
        assert_eq!(dump(&store.connection), dump(&documented));
    }

    #[test]
    fn before_the_first_step_the_database_is_copied_whole() {
        let dir = tempfile::tempdir().expect("dir");
        let path = dir.path().join("yorisoi.db");
        let old = Connection::open(&path).expect("old");
        old.execute_batch(MIGRATIONS[0]).expect("0001");
        old.pragma_update(None, "user_version", 1).expect("pragma");
        drop(old);
        // what a process that was killed in the middle of it had copied
        std::fs::write(path.with_extension(format!("copying.{}", std::process::id())), b"SQLite for")
            .expect("torn");
        drop(Store::open(dir.path()).expect("store"));
        let copy = path.with_extension(format!("before-format-{}.db", MIGRATIONS.len()));
        let copy = Connection::open(copy).expect("copy");
        let whole: String = copy.query_row("PRAGMA integrity_check", [], |row| row.get(0)).expect("check");
        assert_eq!((whole.as_str(), version(&copy).expect("version")), ("ok", 1));
        assert!(!dump(&copy).is_empty());
    }

    #[test]
    fn a_mail_that_waits_keeps_its_octets_when_they_move_to_a_table_of_their_own() {
        let dir = tempfile::tempdir().expect("dir");
        let old = Connection::open(dir.path().join("yorisoi.db")).expect("old");
        MIGRATIONS[..11].iter().for_each(|sql| old.execute_batch(sql).expect("a step"));
        old.pragma_update(None, "user_version", 11).expect("pragma");
        let row = "INSERT INTO outbox (id, effect_key, message_id, kind, state, forward_path, bytes, person, principal_ref, \
             cause, reason, priority, next_at, expires_at, created_at) VALUES \
             (?1, ?1, ?1, 'notice', 'queued', 'ai@example.org', ?2, 'Ai', 1, 'event', 'x', 3, 0, 1, 0)";
        old.execute(row, (4, b"\x00four\xff")).expect("a row");
        old.execute(row, (7, b"seven")).expect("a row");
        drop(old);
        let store = Store::open(dir.path()).expect("store");
        let octets = |row| store.read(|tx| tx.row_bytes(row)).expect("octets");
        assert_eq!(octets(4).as_deref(), Some(&b"\x00four\xff"[..]));
        assert_eq!((octets(7).as_deref(), octets(5)), (Some(&b"seven"[..]), None));
        assert_eq!(store.read(|tx| tx.check()).expect("a check"), Vec::<String>::new());
    }

    #[test]
    fn octets_of_mails_without_effect_are_counted_from_then_on() {
        let dir = tempfile::tempdir().expect("dir");
        let old = Connection::open(dir.path().join("yorisoi.db")).expect("old");
        MIGRATIONS[..12].iter().for_each(|sql| old.execute_batch(sql).expect("a step"));
        old.pragma_update(None, "user_version", 12).expect("pragma");
        old.execute(
            "INSERT INTO epochs (id, folder, uid_validity, started_at) VALUES (1, 'INBOX', 1, 0)",
            [],
        )
        .expect("an epoch");
        for (id, state, octets) in
            [(1, "applied", 9), (2, "discarded", 9), (3, "discarded", 40_000), (4, "duplicate", 20_000)]
        {
            let row = "INSERT INTO kept_mails (id, epoch_id, uid, ingested_at, size, state, reason, duplicate_of, ended_at) \
                 VALUES (?1, 1, ?1, 0, 0, ?2, '', iif(?2 = 'duplicate', 1, NULL), 0)";
            old.execute(row, (id, state)).expect("a row");
            let raw = "INSERT INTO raw_mails (mail_id, raw) VALUES (?1, zeroblob(?2))";
            old.execute(raw, (id, octets)).expect("octets");
        }
        drop(old);
        let store = Store::open(dir.path()).expect("store");
        let mut counted = store.connection.prepare("SELECT octets FROM kept_mails ORDER BY id").expect("sql");
        let counted: rusqlite::Result<Vec<Option<i64>>> =
            counted.query_map([], |row| row.get(0)).expect("rows").collect();
        assert_eq!(counted, Ok(vec![None, Some(16_384), Some(40_000), Some(20_000)]));
        assert_eq!(store.read(|tx| tx.check()).expect("a check"), Vec::<String>::new());
    }

    #[test]
    fn answers_that_passed_on_before_there_was_a_ledger_count_at_no_price() {
        let dir = tempfile::tempdir().expect("dir");
        let old = Connection::open(dir.path().join("yorisoi.db")).expect("old");
        // as when a database is brought forward
        old.pragma_update(None, "foreign_keys", false).expect("pragma");
        MIGRATIONS[..15].iter().for_each(|sql| old.execute_batch(sql).expect("a step"));
        old.pragma_update(None, "user_version", 15).expect("pragma");
        let world = "INSERT INTO supporters (id, principal_ref, name, locale, created_at) VALUES (1, 1, 'あい', 'ja', 0), (2, 2, 'みお', 'ja', 0); \
             INSERT INTO clients (id, thread_ref, principal_ref, name, goal, locale, state, supporter_id, created_at) \
             VALUES (1, 1, 3, 'はる', '', 'ja', 'active', 1, 0); \
             INSERT INTO epochs (id, folder, uid_validity, started_at) VALUES (1, 'INBOX', 1, 0); \
             INSERT INTO daily_reports (id, client_id, day, state, opened_at, due_at) VALUES (1, 1, '2026-12-03', 'waiting', 0, 0); \
             INSERT INTO confirmations (number, supporter_id, address_key, asked_at, refuted, answer, settled_at) \
             VALUES (5, 1, 'a', 0, 0, 'yes', 900), (6, 1, 'b', 0, 0, 'no', 900), (7, 1, 'c', 0, 0, NULL, NULL)";
        old.execute_batch(world).expect("people");
        let mail = |id: i64, kind: &str, author: Option<i64>| {
            let sql = "INSERT INTO kept_mails (id, epoch_id, uid, ingested_at, size, state, reason, ended_at) \
                 VALUES (?1, 1, ?1, 0, 0, 'applied', '', 0)";
            old.execute(sql, [id]).expect("a mail");
            old.execute("INSERT INTO raw_mails (mail_id, raw) VALUES (?1, x'00')", [id]).expect("octets");
            let sql = "INSERT INTO letters (id, mail_id, daily_report_id, client_id, kind, author_id, address_key, text, shown, \
                 subject, own_subject, images, others, proof, written_at) VALUES (?1, ?1, 1, 1, ?2, ?3, '', '', '', '', '', 0, 0, 'proven', 0)";
            old.execute(sql, (id, kind, author)).expect("a letter");
        };
        mail(1, "report", None);
        // letter and row, its writer, how it stands, the question that it waited for
        let rows = [
            (2, 1, "accepted", None),
            (3, 2, "failed", None),
            (4, 1, "accepted", Some(5)),
            (5, 1, "cancelled", Some(6)),
            (6, 1, "held", Some(7)),
        ];
        for (id, author, state, question) in rows {
            mail(id, "answer", Some(author));
            let sql = "INSERT INTO outbox (id, effect_key, message_id, kind, state, forward_path, person, principal_ref, client_id, day, \
                 letter_id, cause, reason, confirmation, expires_at, created_at, ended_at) VALUES (?1, ?1, ?1, 'pass_on', ?2, \
                 'haru@example.jp', 'はる', 3, 1, '2026-12-03', ?1, '', '', ?3, 0, 100 + ?1, iif(?2 = 'held', NULL, 900))";
            old.execute(sql, (id, state, question)).expect("a row");
            old.execute("INSERT INTO outbox_octets (outbox_id, bytes) VALUES (?1, x'00')", [id])
                .expect("octets");
        }
        drop(old);
        let store = Store::open(dir.path()).expect("store");
        let sql = "SELECT format('%d %s %d %d %d', outbox_id, act, supporter_id, made_at, unit_price) FROM ledger ORDER BY id";
        let mut entries = store.connection.prepare(sql).expect("sql");
        let entries: rusqlite::Result<Vec<String>> =
            entries.query_map([], |row| row.get(0)).expect("rows").collect();
        assert_eq!(entries.expect("entries"), ["2 answer 1 102 0", "3 stand_in 2 103 0", "4 answer 1 900 0"]);
        assert_eq!(store.read(|tx| tx.check()).expect("a check"), Vec::<String>::new());
    }

    #[test]
    fn the_newest_format_is_the_number_of_migrations() {
        assert_eq!(usize::try_from(FORMAT), Ok(MIGRATIONS.len()));
    }

    #[test]
    fn a_database_of_a_newer_program_is_refused() {
        let dir = tempfile::tempdir().expect("dir");
        let store = Store::open(dir.path()).expect("store");
        store.connection.pragma_update(None, "user_version", 999).expect("pragma");
        drop(store);
        assert!(matches!(Store::open(dir.path()), Err(StoreError::Newer { found: 999, .. })));
    }

    #[test]
    fn opening_twice_changes_nothing() {
        let dir = tempfile::tempdir().expect("dir");
        let first = dump(&Store::open(dir.path()).expect("store").connection);
        assert_eq!(first, dump(&Store::open(dir.path()).expect("store").connection));
    }
}
