//! Days off in every week: the words that say them, and what they come to.

use rusqlite::{Row, params};

use super::{Result, StoreError, Tx, from_sql_int, to_sql_int};
use crate::clock::Timestamp;
use crate::domain::calendar::Day;
use crate::domain::days_off::{Spoken, Weekdays, Word, standing};
use crate::domain::people::SupporterId;

/// Such a word is about no last day.
const NEVER: &str = "9999-12-31";

/// A word in these columns: its number, its supporter, what it adds and ends, whether it is confirmed and withdrawn, and when
/// it was said.
pub(super) fn spoken(row: &Row<'_>, columns: [usize; 7]) -> Result<Spoken> {
    let [number, supporter, adds, ends, confirmed, withdrawn, at] = columns;
    let weekdays = |column: usize| -> Result<Weekdays> {
        Weekdays::from_bits(row.get(column)?).ok_or(StoreError::Impossible("weekdays"))
    };
    Ok(Spoken {
        number: from_sql_int(row.get(number)?),
        supporter: SupporterId(row.get(supporter)?),
        word: Word { adds: weekdays(adds)?, ends: weekdays(ends)? },
        at: Timestamp::from_millis(row.get(at)?),
        confirmed: row.get(confirmed)?,
        withdrawn: row.get(withdrawn)?,
    })
}

impl Tx<'_> {
    /// Every word about a supporter's weeks, in the order in which they came, also those that do not count.
    ///
    /// # Errors
    /// The store's.
    pub fn weekly_words(&self, supporter: SupporterId) -> Result<Vec<Spoken>> {
        self.weekly("", supporter)
    }

    /// The weekdays that a supporter is off.
    ///
    /// # Errors
    /// The store's.
    pub fn days_off(&self, supporter: SupporterId) -> Result<Weekdays> {
        Ok(standing(&self.weekly("AND withdrawn_at IS NULL", supporter)?))
    }

    fn weekly(&self, condition: &str, supporter: SupporterId) -> Result<Vec<Spoken>> {
        let sql = format!(
            "SELECT number, supporter_id, weekly_off, coalesce(weekly_on, 0), confirmed_at IS NOT NULL, \
             withdrawn_at IS NOT NULL, announced_at FROM absences WHERE supporter_id = ?1 AND until_day >= ?2 \
             AND weekly_off IS NOT NULL {condition} ORDER BY announced_at, id"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut rows = statement.query(params![supporter.0, NEVER])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(spoken(row, [0, 1, 2, 3, 4, 5, 6])?);
        }
        Ok(found)
    }

    /// Writes a word down: what `mail` said, or the operator.
    ///
    /// # Errors
    /// The store's.
    pub fn add_days_off(&self, spoken: &Spoken, day: Day, mail: Option<i64>, now: Timestamp) -> Result<()> {
        let sql = "INSERT INTO absences (number, supporter_id, from_day, until_day, announced_at, mail_id, confirmed_at, \
             weekly_off, weekly_on) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
        self.connection.prepare_cached(sql)?.execute(params![
            to_sql_int(spoken.number),
            spoken.supporter.0,
            day.to_string(),
            NEVER,
            spoken.at.millis(),
            mail,
            spoken.confirmed.then_some(now.millis()),
            spoken.word.adds.bits(),
            spoken.word.ends.bits(),
        ])?;
        self.look_again_at_leaves(spoken.supporter, now)
    }
}
