//! The invariants of the database, each as a sentence when it is broken.

use super::{Result, Sick, StoreError, Tx};

/// A query that counts what must not be, and what it means.
const RULES: [(&str, &str); 29] = [
    (
        "SELECT count(*) FROM epochs e WHERE EXISTS (SELECT 1 FROM kept_mails m WHERE m.epoch_id = e.id \
         AND m.state NOT IN ('kept', 'applied', 'duplicate', 'quarantined', 'discarded', 'skipped'))",
        "kept mails have a state that nobody knows",
    ),
    (
        "SELECT count(*) FROM kept_mails WHERE state IN ('kept', 'applied', 'quarantined') AND NOT EXISTS \
         (SELECT 1 FROM raw_mails WHERE mail_id = id)",
        "mails that wait or had effects have no octets",
    ),
    (
        "SELECT count(*) FROM outbox WHERE NOT EXISTS (SELECT 1 FROM outbox_octets WHERE outbox_id = id)",
        "mails of ours have no octets",
    ),
    (
        "SELECT count(*) FROM kept_mails m JOIN raw_mails r ON r.mail_id = m.id WHERE m.state = 'skipped'",
        "mails that were skipped have octets",
    ),
    (
        "SELECT count(*) FROM kept_mails WHERE (octets IS NOT NULL) <> (state IN ('discarded', 'duplicate') \
         AND EXISTS (SELECT 1 FROM raw_mails WHERE mail_id = id))",
        "octets of mails without effect take room that is not counted, or none that is",
    ),
    (
        "SELECT count(*) FROM kept_mails WHERE (state = 'kept') = (ended_at IS NOT NULL)",
        "kept mails are ended without a time or waiting with one",
    ),
    (
        "SELECT count(*) FROM kept_mails WHERE state = 'duplicate' AND duplicate_of IS NULL",
        "duplicates do not say of what",
    ),
    (
        "SELECT count(*) FROM epochs e WHERE e.low_water > 0 AND NOT EXISTS \
         (SELECT 1 FROM kept_mails m WHERE m.epoch_id = e.id AND m.uid = e.low_water)",
        "low-water marks stand at UIDs that have no row",
    ),
    (
        "SELECT count(*) FROM epochs e WHERE e.passed > \
         (SELECT count(*) FROM kept_mails m WHERE m.epoch_id = e.id AND m.uid <= e.low_water)",
        "low-water marks have passed listed UIDs that have no row",
    ),
    (
        "SELECT count(*) FROM (SELECT 1 FROM kept_mails WHERE state IN ('applied', 'quarantined', 'discarded') \
         AND digest IS NOT NULL GROUP BY digest HAVING count(*) > 1)",
        "contents have had their effects more than once",
    ),
    (
        "SELECT count(*) FROM kept_mails m JOIN kept_mails o ON o.id = m.duplicate_of \
         WHERE m.state = 'duplicate' AND m.digest <> o.digest",
        "duplicates are of another content",
    ),
    (
        "SELECT count(*) FROM letters l JOIN kept_mails m ON m.id = l.mail_id WHERE m.state <> 'applied'",
        "letters came from mails that were not applied",
    ),
    (
        "SELECT count(*) FROM letters l JOIN daily_reports r ON r.id = l.daily_report_id \
         WHERE l.client_id <> r.client_id",
        "letters are filed under another client's day",
    ),
    (
        "SELECT count(*) FROM daily_reports r WHERE NOT EXISTS (SELECT 1 FROM letters l \
         WHERE l.daily_report_id = r.id AND l.kind IN ('report', 'addition'))",
        "reports have no letter",
    ),
    (
        "SELECT count(*) FROM daily_reports r WHERE r.state = 'answered' AND NOT EXISTS (SELECT 1 FROM outbox o \
         WHERE o.client_id = r.client_id AND o.day = r.day AND o.kind = 'pass_on' AND (o.state <> 'held' OR o.may_repeat = 1))",
        "reports are answered although nothing was passed on",
    ),
    (
        "SELECT count(*) FROM outbox WHERE state = 'held' AND may_repeat = 0 AND confirmation NOT IN \
         (SELECT number FROM confirmations WHERE settled_at IS NULL)",
        "mails are held for a question that is not open",
    ),
    (
        "SELECT count(*) FROM outbox WHERE state IN ('accepted', 'failed', 'expired', 'cancelled', 'unresolved') \
         AND ended_at IS NULL",
        "outgoing mails ended without a time",
    ),
    (
        "SELECT count(*) FROM outbox WHERE state = 'held' AND may_repeat = 0 AND confirmation IS NULL",
        "mails are held for nothing",
    ),
    (
        "SELECT count(*) FROM absences a JOIN kept_mails m ON m.id = a.mail_id WHERE m.state <> 'applied'",
        "absences came from mails that were not applied",
    ),
    (
        "SELECT count(*) FROM daily_reports r WHERE r.state = 'waiting' AND r.pool_until_at IS NOT NULL AND NOT EXISTS \
         (SELECT 1 FROM asks a WHERE a.daily_report_id = r.id AND a.supporter_id = r.holder_id AND a.answer = 'yes' \
         AND a.round_at = r.walk_from_at AND a.ended_at IS NULL)",
        "reports are held from the pool by nobody who took them",
    ),
    (
        "SELECT count(*) FROM memos o JOIN kept_mails m ON m.id = o.mail_id WHERE m.state <> 'applied'",
        "memos came from mails that were not applied",
    ),
    (
        "SELECT count(*) FROM outbox WHERE may_repeat = 1 AND (state <> 'held' OR NOT EXISTS \
         (SELECT 1 FROM restores WHERE doubt_before_at IS NOT NULL))",
        "mails count as repeats although nothing is in doubt",
    ),
    (
        "SELECT count(*) FROM outbox o WHERE o.kind = 'pass_on' AND (o.attempts > 0 OR o.state IN \
         ('claimed', 'accepted', 'unknown', 'unresolved', 'failed')) AND NOT EXISTS \
         (SELECT 1 FROM ledger g WHERE g.message_id = o.message_id)",
        "answers that passed on have no row in the ledger",
    ),
    (
        "SELECT count(*) FROM set_aside a JOIN outbox o ON o.letter_id = a.letter_id WHERE o.kind = 'pass_on' \
         AND a.choice IS NOT 'send' AND (o.attempts > 0 OR o.state IN ('queued', 'claimed', 'accepted', 'unknown', 'unresolved')) \
         AND NOT EXISTS (SELECT 1 FROM restores)",
        "answers passed on although they are set aside",
    ),
    // A no withdraws what is held; after a restore that may have gone out before.
    (
        "SELECT count(*) FROM ledger g WHERE g.act IN ('answer', 'stand_in') AND NOT EXISTS (SELECT 1 FROM outbox o \
         JOIN letters l ON l.id = o.letter_id LEFT JOIN confirmations q ON q.number = o.confirmation \
         WHERE o.id = g.outbox_id AND o.kind IN ('pass_on', 'follow_up') AND o.message_id = g.message_id AND coalesce(o.client_id, l.client_id) = g.client_id \
         AND o.day = g.day AND l.id = g.letter_id AND l.author_id = g.supporter_id \
         AND (o.state <> 'held' OR o.may_repeat = 1) AND (o.state <> 'cancelled' OR q.answer IS NOT 'no' \
         OR o.ended_at <> q.settled_at OR EXISTS (SELECT 1 FROM restores)))",
        "rows of the ledger stand for no answer that passed on",
    ),
    (
        "SELECT count(*) FROM exclusions e JOIN clients c ON c.id = e.client_id \
         WHERE e.supporter_id IN (c.supporter_id, c.second_id)",
        "clients have a supporter, or a second one, who may have nothing to do with them",
    ),
    (
        "SELECT count(*) FROM exclusions e JOIN daily_reports r ON r.client_id = e.client_id \
         WHERE r.state = 'waiting' AND r.holder_id = e.supporter_id",
        "reports are held by somebody who may have nothing to do with their client",
    ),
    (
        "SELECT count(*) FROM daily_reports r WHERE r.state = 'waiting' AND r.holder_id IS NOT NULL AND NOT EXISTS \
         (SELECT 1 FROM holdings h WHERE h.report_id = r.id AND h.until_at IS NULL AND h.supporter_id = r.holder_id)",
        "reports wait, and it is not written down who holds them",
    ),
    (
        "SELECT count(*) FROM holdings h JOIN daily_reports r ON r.id = h.report_id WHERE h.until_at IS NULL \
         AND (r.state <> 'waiting' OR r.holder_id IS NOT h.supporter_id)",
        "reports are written down as held by somebody who does not",
    ),
];

impl Tx<'_> {
    /// Whether SQLite can read the whole file.
    ///
    /// # Errors
    /// [`StoreError::Sick`]; the store's.
    pub fn sound(&self) -> Result<()> {
        let found: String = self.connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        if found == "ok" { Ok(()) } else { Err(StoreError::Sick(Sick::Damaged)) }
    }

    /// Every broken invariant, as a sentence; nothing when all is well.
    ///
    /// # Errors
    /// The store's.
    pub fn check(&self) -> Result<Vec<String>> {
        let mut broken = Vec::new();
        for (sql, meaning) in RULES {
            let count: i64 = self.connection.query_row(sql, [], |row| row.get(0))?;
            if count > 0 {
                broken.push(format!("{meaning}: {count}"));
            }
        }
        let integrity: String = self.connection.query_row("PRAGMA quick_check", [], |row| row.get(0))?;
        if integrity != "ok" {
            broken.push("the database file is damaged".to_owned());
        }
        let mut statement = self.connection.prepare("PRAGMA foreign_key_check")?;
        if statement.query([])?.next()?.is_some() {
            broken.push("rows point at rows that do not exist".to_owned());
        }
        Ok(broken)
    }
}
