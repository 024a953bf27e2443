//! The line of mails that may go out now, and claiming from it.
//!
//! A row that is due has a place: its time, or a minute behind the last row in line that the same client caused (or
//! that goes to the same person), so that a burst stands behind everybody else's mails. Whoever stands more than
//! [`BURST`] behind loses the urgency of its kind too. Rows that wait for a later time have no place and are in another
//! index. So a claim reads the few rows at the front, however many wait.
//!
//! A row is passed over while its lane takes no further mail. When the front of the line is passed over, the front of
//! each lane is looked at.

use std::collections::HashMap;
use std::time::Duration;

use rusqlite::{Row, params};

use super::outbox::envelope;
use super::{Result, StoreError, Tx, optional};
use crate::clock::Timestamp;
use crate::domain::carrier::{self, SPACING};
use crate::domain::hours::OwnHours;
use crate::domain::outgoing::Kind;
use crate::domain::people::ClientId;
use crate::domain::recall::Made;
use crate::mail::address::Address;
use crate::mail::submission::Submission;

/// How far the next mail that the same client caused stands behind her last one.
const TURN: Duration = Duration::from_secs(60);
/// Who stands further behind than this is in no hurry.
const BURST: Duration = Duration::from_secs(15 * 60);
/// The rank of those; behind the priority of every kind.
const LAST_RANK: i64 = 4;
/// Up to this rank a mail may use the part of the limit that is kept for the urgent.
const URGENT: i64 = 1;
/// Rows at the front of the line that are looked at before the lanes are.
const FRONT: usize = 64;
/// Rows that are given a place in one claim.
const RIPEN: i64 = 1000;
/// A submission that takes longer than this makes its lane a slow one.
const SLOW: Duration = Duration::from_secs(10);
const HOUR: Duration = Duration::from_secs(3600);
/// The share of the limit that is kept for the urgent: a fifth.
const KEPT_SHARE: i64 = 5;

/// What holds back a claim.
pub struct ClaimLimits<'a> {
    /// How many mails may be under way.
    pub connections: usize,
    /// How many attempts may be made in any hour; 0 is no limit.
    pub per_hour: u32,
    /// Whether a mail of this lane was accepted just now. No other lane gets the last connection.
    pub is_lively: &'a dyn Fn(&str) -> bool,
    /// Until when a mail of this kind waits, whose reader has such hours; and when it was made.
    pub waits: &'a dyn Fn(Kind, &OwnHours, Made) -> Option<Timestamp>,
}

/// What a claim found.
#[derive(Debug, Default)]
pub struct Claimed {
    /// The claimed mails.
    pub submissions: Vec<Submission>,
    /// Mails that stood in line for a suspended address. They are ended.
    pub suspended: Vec<i64>,
    /// Threads of which so many went out within an hour that the next one waits.
    pub busy: Vec<ClientId>,
}

/// A row at the front of the line, or of a lane.
struct Front {
    id: i64,
    attempts: i64,
    forward_path: String,
    reverse_path: Option<String>,
    lane: String,
    rank: i64,
    place: i64,
    client: Option<ClientId>,
    kind: String,
    made: Made,
}

/// What a look at the line brought.
#[derive(Default)]
struct Picked {
    rows: Vec<Front>,
    suspended: Vec<i64>,
    /// When something that is passed over now may be claimed, where its time is known.
    wake_at: Option<Timestamp>,
}

impl Picked {
    fn wakes(&mut self, at: Timestamp) {
        self.wake_at = Some(self.wake_at.map_or(at, |before| before.min(at)));
    }
}

const COLUMNS: &str = "id, attempts, forward_path, reverse_path, lane, rank, place, client_id, kind, created_at, grace_until_at";
/// Rows in line; those that wait have no place.
const IN_LINE: &str = "place IS NOT NULL AND state IN ('queued', 'unknown')";

fn front(row: &Row<'_>) -> rusqlite::Result<Front> {
    Ok(Front {
        id: row.get(0)?,
        attempts: row.get(1)?,
        forward_path: row.get(2)?,
        reverse_path: row.get(3)?,
        lane: row.get(4)?,
        rank: row.get(5)?,
        place: row.get(6)?,
        client: row.get::<_, Option<i64>>(7)?.map(ClientId),
        kind: row.get(8)?,
        made: Made {
            at: Timestamp::from_millis(row.get(9)?),
            grace_until: row.get::<_, Option<i64>>(10)?.map(Timestamp::from_millis),
        },
    })
}

impl Tx<'_> {
    /// Claims up to `limit` rows from the front of the line, and ends those to suspended addresses that it meets there.
    ///
    /// # Errors
    /// The store's.
    pub fn claim(&self, now: Timestamp, limit: usize, limits: &ClaimLimits<'_>) -> Result<Claimed> {
        self.ripen(now)?;
        let mut claimed = Claimed::default();
        loop {
            let picked = self.pick(now, limit, limits)?;
            for row in &picked.suspended {
                self.end_suspended(*row, now)?;
            }
            claimed.suspended.extend(picked.suspended);
            let nothing = picked.rows.is_empty();
            for row in picked.rows {
                if let Some(until) = self.sleeps_until(&row, limits)? {
                    self.put_off(row.id, until)?;
                    continue;
                }
                let waits = row.client.map(|client| self.thread_waits_until(client, now)).transpose()?;
                match (waits.flatten(), row.client) {
                    (Some(until), Some(client)) => {
                        self.put_off(row.id, until)?;
                        claimed.busy.push(client);
                    }
                    _ => claimed.submissions.push(self.claim_row(row, now)?),
                }
            }
            // Others stand behind those that wait.
            if nothing || !claimed.submissions.is_empty() {
                break;
            }
        }
        self.note_attempts(claimed.submissions.len(), limits.per_hour, now)?;
        Ok(claimed)
    }

    fn claim_row(&self, row: Front, now: Timestamp) -> Result<Submission> {
        let sql = "UPDATE outbox SET state = 'claimed', stage = 'connect', attempts = ?2, next_at = NULL, place = NULL, \
             claimed_at = ?3 WHERE id = ?1";
        let attempt = row.attempts + 1;
        self.connection.prepare_cached(sql)?.execute([row.id, attempt, now.millis()])?;
        let bytes = self.row_bytes(row.id)?.ok_or(StoreError::Impossible("octets"))?;
        let envelope = envelope(row.forward_path, row.reverse_path)?;
        self.space(&row.lane, now)?;
        Ok(Submission { outbox_id: row.id, attempt, envelope, bytes })
    }

    /// Until when a mail waits: for its writer to take it back, then for its reader's sake.
    fn sleeps_until(&self, row: &Front, limits: &ClaimLimits<'_>) -> Result<Option<Timestamp>> {
        let kind = Kind::from_word(&row.kind).ok_or(StoreError::Impossible("kind"))?;
        match row.client {
            Some(client) if kind.waits_for_hours() => {
                Ok((limits.waits)(kind, &self.hours_of(client)?, row.made))
            }
            _ => Ok(self.hours_asked(row.id)?.and_then(|own| (limits.waits)(kind, &own, row.made))),
        }
    }

    /// A row leaves the line until its time has come.
    ///
    /// # Errors
    /// The store's.
    pub fn put_off(&self, row: i64, until: Timestamp) -> Result<()> {
        let sql = "UPDATE outbox SET next_at = ?2, place = NULL WHERE id = ?1";
        self.connection.prepare_cached(sql)?.execute([row, until.millis()])?;
        Ok(())
    }

    /// The time at which something in the outbox may be claimed or ends by itself; `None` when nothing is known to.
    ///
    /// # Errors
    /// The store's.
    pub fn next_due(&self, now: Timestamp, limits: &ClaimLimits<'_>) -> Result<Option<Timestamp>> {
        let picked = self.pick(now, 1, limits)?;
        if !picked.rows.is_empty() || !picked.suspended.is_empty() {
            return Ok(Some(now));
        }
        let sql = "SELECT min(at) FROM (SELECT min(next_at) AS at FROM outbox INDEXED BY outbox_due \
             WHERE place IS NULL AND state IN ('queued', 'unknown') \
             UNION ALL SELECT min(expires_at) + 1 FROM outbox WHERE state = 'held' AND may_repeat = 0)";
        let at: Option<i64> = self.connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
        Ok(at.map(Timestamp::from_millis).into_iter().chain(picked.wake_at).min())
    }

    /// Whether a row is claimed, or its time has come.
    ///
    /// # Errors
    /// The store's.
    pub fn has_due(&self, now: Timestamp) -> Result<bool> {
        let sql = format!(
            "SELECT EXISTS (SELECT 1 FROM outbox WHERE state = 'claimed') OR EXISTS (SELECT 1 FROM outbox WHERE {IN_LINE}) \
             OR EXISTS (SELECT 1 FROM outbox WHERE place IS NULL AND state IN ('queued', 'unknown') AND next_at <= ?1)"
        );
        Ok(self.connection.prepare_cached(&sql)?.query_row([now.millis()], |row| row.get(0))?)
    }

    /// The rank and the place in line of a mail that may go out from `now` on.
    pub(super) fn place(
        &self,
        kind: Kind,
        client: Option<ClientId>,
        principal: u32,
        now: Timestamp,
    ) -> Result<(i64, i64)> {
        // The last one leaves the line last: when it has, all of them have.
        let sql = "SELECT place FROM outbox WHERE state IN ('queued', 'unknown') \
             AND id = (SELECT outbox_id FROM turns WHERE whose = ?1 AND priority = ?2)";
        let mut statement = self.connection.prepare_cached(sql)?;
        let key = [whose(client, principal), kind.priority()];
        let last = optional(statement.query_row(key, |row| row.get::<_, Option<i64>>(0)))?.flatten();
        let behind = last.map(|last| Timestamp::from_millis(last).after(TURN));
        let place = behind.map_or(now, |behind| behind.max(now));
        let rank = if place > now.after(BURST) { LAST_RANK } else { kind.priority() };
        Ok((rank, place.millis()))
    }

    /// Notes which row was put in line last of those that one client caused, or that go to one person.
    pub(super) fn note_turn(
        &self,
        row: i64,
        kind: Kind,
        client: Option<ClientId>,
        principal: u32,
    ) -> Result<()> {
        let sql = "INSERT INTO turns (whose, priority, outbox_id) VALUES (?1, ?2, ?3) \
             ON CONFLICT (whose, priority) DO UPDATE SET outbox_id = ?3";
        self.connection.prepare_cached(sql)?.execute([whose(client, principal), kind.priority(), row])?;
        Ok(())
    }

    /// Gives a place to rows whose time has come.
    fn ripen(&self, now: Timestamp) -> Result<()> {
        let sql = "SELECT id, kind, client_id, principal_ref, forward_path FROM outbox INDEXED BY outbox_due \
             WHERE place IS NULL AND state IN ('queued', 'unknown') AND next_at <= ?1 ORDER BY next_at LIMIT ?2";
        let mut statement = self.connection.prepare_cached(sql)?;
        let due = statement.query_map([now.millis(), RIPEN], |row| {
            let (kind, path): (String, String) = (row.get(1)?, row.get(4)?);
            Ok((row.get::<_, i64>(0)?, kind, row.get::<_, Option<i64>>(2)?, row.get::<_, u32>(3)?, path))
        })?;
        let due = due.collect::<rusqlite::Result<Vec<_>>>()?;
        // Rows of an earlier format have no lane yet.
        let mut update = self
            .connection
            .prepare_cached("UPDATE outbox SET lane = ?2, rank = ?3, place = ?4 WHERE id = ?1")?;
        for (id, kind, client, principal, path) in due {
            let kind = Kind::from_word(&kind).unwrap_or(Kind::Notice);
            let client = client.map(ClientId);
            let (rank, place) = self.place(kind, client, principal, now)?;
            update.execute(params![id, lane_of(&path), rank, place])?;
            self.note_turn(id, kind, client, principal)?;
        }
        Ok(())
    }

    /// Looks for up to `limit` rows that may be claimed now.
    fn pick(&self, now: Timestamp, limit: usize, limits: &ClaimLimits<'_>) -> Result<Picked> {
        let mut picked = Picked::default();
        let mut lanes = self.lanes(now, limits)?;
        let pace = self.pace(limits.per_hour)?;
        let sql = format!(
            "SELECT {COLUMNS} FROM outbox INDEXED BY outbox_line WHERE {IN_LINE} ORDER BY rank, place, id"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut rows = statement.query([])?;
        for _ in 0..FRONT {
            let Some(row) = rows.next()? else { return Ok(picked) };
            if !self.take(&mut picked, &mut lanes, &pace, front(row)?, now)? || picked.rows.len() >= limit {
                return Ok(picked);
            }
        }
        drop(rows);
        // The front belongs to lanes that take nothing now.
        let mut fronts = Vec::new();
        for lane in self.lanes_in_line()? {
            if lanes.admits(&lane, now) {
                fronts.extend(self.front_of(&lane, limit)?);
            } else if let Some(at) = lanes.wakes_at(&lane, now) {
                picked.wakes(at);
            }
        }
        fronts.sort_by_key(|row| (row.rank, row.place, row.id));
        for row in fronts {
            let known = picked.suspended.contains(&row.id) || picked.rows.iter().any(|r| r.id == row.id);
            if !known && (!self.take(&mut picked, &mut lanes, &pace, row, now)? || picked.rows.len() >= limit)
            {
                break;
            }
        }
        Ok(picked)
    }

    /// Takes a row if its lane admits it. False when the limit of the hour stops it and all that come after it.
    fn take(
        &self,
        picked: &mut Picked,
        lanes: &mut Lanes<'_>,
        pace: &Pace,
        row: Front,
        now: Timestamp,
    ) -> Result<bool> {
        if let Some(at) = self.paced_until(pace, row.rank, picked.rows.len(), now)? {
            picked.wakes(at);
            return Ok(false);
        }
        let suspended = match Address::parse(&row.forward_path) {
            Ok(path) => self.is_suspended(&path)?,
            Err(_) => false,
        };
        if suspended {
            picked.suspended.push(row.id);
        } else if lanes.admits(&row.lane, now) {
            lanes.open(&row.lane, now);
            picked.rows.push(row);
        } else if let Some(at) = lanes.wakes_at(&row.lane, now) {
            picked.wakes(at);
        }
        Ok(true)
    }

    /// The lanes of everything in line; one search each.
    fn lanes_in_line(&self) -> Result<Vec<String>> {
        let sql =
            format!("SELECT min(lane) FROM outbox INDEXED BY outbox_lanes WHERE {IN_LINE} AND lane > ?1");
        let mut statement = self.connection.prepare_cached(&sql)?;
        let (mut lanes, mut last) = (Vec::new(), String::new());
        while let Some(lane) = statement.query_row([&last], |row| row.get::<_, Option<String>>(0))? {
            lanes.push(lane.clone());
            last = lane;
        }
        Ok(lanes)
    }

    fn front_of(&self, lane: &str, limit: usize) -> Result<Vec<Front>> {
        let sql = format!(
            "SELECT {COLUMNS} FROM outbox INDEXED BY outbox_lanes WHERE lane = ?1 AND {IN_LINE} \
             ORDER BY rank, place, id LIMIT ?2"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        Ok(statement.query_map(params![lane, limit], front)?.collect::<rusqlite::Result<_>>()?)
    }

    /// What is under way, and which carriers have just had a mail.
    fn lanes<'a>(&self, now: Timestamp, limits: &'a ClaimLimits<'a>) -> Result<Lanes<'a>> {
        let mut lanes = Lanes { limits, open: HashMap::new(), free_at: HashMap::new() };
        let mut statement = self
            .connection
            .prepare_cached("SELECT lane, coalesce(claimed_at, 0) FROM outbox WHERE state = 'claimed'")?;
        let claimed = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?)))?;
        for found in claimed {
            let (lane, since) = found?;
            let open = lanes.open.entry(lane).or_default();
            open.count += 1;
            open.slow |= now.since(Timestamp::from_millis(since)) > SLOW;
        }
        let mut statement = self.connection.prepare_cached("SELECT lane, free_at FROM spaced_lanes")?;
        let spaced = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        for found in spaced {
            let (lane, at): (String, i64) = found?;
            lanes.free_at.insert(lane, Timestamp::from_millis(at));
        }
        Ok(lanes)
    }

    /// A carrier's lane takes its next mail a while after this one.
    fn space(&self, lane: &str, now: Timestamp) -> Result<()> {
        if carrier::is_carrier(lane) {
            let sql = "INSERT INTO spaced_lanes (lane, free_at) VALUES (?1, ?2) \
                 ON CONFLICT (lane) DO UPDATE SET free_at = ?2";
            let free_at = now.after(SPACING).millis();
            self.connection.prepare_cached(sql)?.execute(params![lane, free_at])?;
        }
        Ok(())
    }

    fn pace(&self, per_hour: u32) -> Result<Pace> {
        let per_hour = i64::from(per_hour);
        let sql = "SELECT coalesce(max(number), 0) FROM paced_attempts";
        let last = match per_hour {
            0 => 0,
            _ => self.connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?,
        };
        Ok(Pace { last, per_hour })
    }

    /// Until when the limit of the hour holds back an attempt of this rank, after `made` others in the same claim.
    fn paced_until(&self, pace: &Pace, rank: i64, made: usize, now: Timestamp) -> Result<Option<Timestamp>> {
        if pace.per_hour == 0 {
            return Ok(None);
        }
        let kept = if rank > URGENT { pace.per_hour / KEPT_SHARE } else { 0 };
        let most = (pace.per_hour - kept).max(1);
        let made = i64::try_from(made).unwrap_or(i64::MAX);
        if made >= most {
            return Ok(Some(now.after(HOUR)));
        }
        // The attempt that must be an hour old before there is room for one more.
        let sql = "SELECT made_at FROM paced_attempts WHERE number = ?1";
        let mut statement = self.connection.prepare_cached(sql)?;
        let made_at: Option<i64> =
            optional(statement.query_row([pace.last + made + 1 - most], |row| row.get(0)))?;
        let made_at = made_at.map(Timestamp::from_millis);
        // One in the future was made before the clock was set back.
        Ok(made_at.filter(|at| *at <= now).map(|at| at.after(HOUR)).filter(|until| *until > now))
    }

    fn note_attempts(&self, made: usize, per_hour: u32, now: Timestamp) -> Result<()> {
        if per_hour == 0 || made == 0 {
            return Ok(());
        }
        let pace = self.pace(per_hour)?;
        let mut insert =
            self.connection.prepare_cached("INSERT INTO paced_attempts (number, made_at) VALUES (?1, ?2)")?;
        let last = pace.last + i64::try_from(made).unwrap_or(0);
        for number in pace.last + 1..=last {
            insert.execute([number, now.millis()])?;
        }
        let sql = "DELETE FROM paced_attempts WHERE number <= ?1";
        self.connection.prepare_cached(sql)?.execute([last - pace.per_hour])?;
        Ok(())
    }
}

/// Whose turn it is: hers who caused a mail, or else that of the person whom it goes to.
fn whose(client: Option<ClientId>, principal: u32) -> i64 {
    client.map_or(-i64::from(principal), |client| client.0)
}

/// The lane of a forward-path as it is kept.
pub(super) fn lane_of(forward_path: &str) -> String {
    let domain = forward_path.rsplit('@').next().unwrap_or_default();
    carrier::lane(domain).to_owned()
}

#[derive(Clone, Copy, Default)]
struct Open {
    count: usize,
    slow: bool,
}

/// What each lane may take.
struct Lanes<'a> {
    limits: &'a ClaimLimits<'a>,
    open: HashMap<String, Open>,
    free_at: HashMap<String, Timestamp>,
}

impl Lanes<'_> {
    fn admits(&self, lane: &str, now: Timestamp) -> bool {
        let Open { count, slow } = self.open.get(lane).copied().unwrap_or_default();
        if carrier::is_carrier(lane) {
            return count == 0 && self.free_at(lane, now).is_none();
        }
        // A recipient's server that is slow or dead takes every connection but the last.
        let whole = !slow && (self.limits.is_lively)(lane);
        count == 0 || count < self.limits.connections.saturating_sub(usize::from(!whole))
    }

    /// When a carrier's lane that had a mail just now takes the next one. (A time further ahead is of a clock that was
    /// set back.)
    fn free_at(&self, lane: &str, now: Timestamp) -> Option<Timestamp> {
        let free_at = self.free_at.get(lane).copied();
        free_at.filter(|at| *at > now && *at <= now.after(SPACING))
    }

    /// The same, for a lane that only the time holds back: the end of a submission wakes by itself.
    fn wakes_at(&self, lane: &str, now: Timestamp) -> Option<Timestamp> {
        self.free_at(lane, now).filter(|_| !self.open.contains_key(lane))
    }

    fn open(&mut self, lane: &str, now: Timestamp) {
        self.open.entry(lane.to_owned()).or_default().count += 1;
        if carrier::is_carrier(lane) {
            self.free_at.insert(lane.to_owned(), now.after(SPACING));
        }
    }
}

/// How many attempts were made lately.
struct Pace {
    /// The number of the last one.
    last: i64,
    per_hour: i64,
}

#[cfg(test)]
mod tests;
