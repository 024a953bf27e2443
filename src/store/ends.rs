//! How the letters of a client end: who has each, until when it waits, and who answered it.

use serde::Serialize;

use super::recalls::PASSED_ON;
use super::{Result, Tx};
use crate::clock::Timestamp;

/// Of one letter of a client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EndView {
    /// "waits"; "answered"; "read" (thanks, which need no answer), or "unread" (nobody was there to read them).
    pub end: String,
    /// Who has it, answered it, or read it.
    pub by: Option<String>,
    /// Of what waits: until when.
    pub due_at: Option<String>,
}

impl Tx<'_> {
    /// How a client's letter ended; `None` for a supporter's.
    pub(super) fn end_of(&self, letter: i64) -> Result<Option<EndView>> {
        let sql = format!(
            "SELECT how, CASE how WHEN 'waits' THEN (SELECT name FROM supporters WHERE id = holder_id) \
             WHEN 'answered' THEN (SELECT s.name FROM letters a JOIN supporters s ON s.id = a.author_id \
             WHERE a.daily_report_id = report AND a.kind = 'answer' \
             AND EXISTS (SELECT 1 FROM outbox o WHERE o.letter_id = a.id AND {PASSED_ON}) ORDER BY a.id < ?1, abs(a.id - ?1) LIMIT 1) ELSE reader END, \
             CASE how WHEN 'waits' THEN due_at END FROM (SELECT CASE WHEN l.kind <> 'follow_up' AND r.state = 'waiting' \
             AND l.written_at >= coalesce(r.answered_at, 0) THEN 'waits' WHEN l.kind <> 'follow_up' THEN 'answered' \
             WHEN o.id IS NULL THEN 'unread' ELSE 'read' END AS how, r.holder_id, r.due_at, r.id AS report, o.person AS reader \
             FROM letters l JOIN daily_reports r ON r.id = l.daily_report_id LEFT JOIN outbox o ON o.id = \
             (SELECT max(id) FROM outbox WHERE letter_id = l.id AND kind = 'follow_up' AND state <> 'cancelled') \
             WHERE l.id = ?1 AND l.author_id IS NULL)"
        );
        let found = self.list(&sql, [letter], |row| {
            let due_at: Option<i64> = row.get(2)?;
            let due_at = due_at.map(|at| Timestamp::from_millis(at).to_string());
            Ok(EndView { end: row.get(0)?, by: row.get(1)?, due_at })
        })?;
        Ok(found.into_iter().next())
    }
}
