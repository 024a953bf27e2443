//! Two installations on one mailbox would each answer every mail. So each leaves a mark in the mailbox, renews it every
//! day, and neither begins nor goes on beside a fresh mark of another.

use std::time::Duration;

use tokio::time::Instant;

use super::folder::FetchError;
use super::handle::EngineHandle;
use crate::clock::{self, Timestamp};
use crate::mail::address::Address;
use crate::net::imap::{Mark, Session};

/// A mark counts for so long.
const FRESH: Duration = Duration::from_secs(48 * 3600);
/// Ours is renewed after this.
const RENEWED: Duration = Duration::from_secs(24 * 3600);
/// How often the marks are looked at.
const EVERY: Duration = Duration::from_secs(600);

/// See the module's head.
pub(super) struct MailboxGuard {
    address: Address,
    looked: Option<Instant>,
}

/// What the marks say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    /// The mailbox is ours, and our mark is fresh.
    Ours,
    /// The mailbox is ours, or nobody's; our mark is old or missing.
    Renew,
    /// Somebody else works on it.
    Foreign,
}

/// Of two that left their marks at one moment the first goes on.
fn judge(marks: &[Mark], instance: &str, now: Timestamp) -> Verdict {
    // A date that is missing, or ahead of our clock, is no reason to take a mark for old.
    let younger = |mark: &Mark, than| mark.left_at.is_none_or(|left| now.since(left) < than);
    let (own, others): (Vec<&Mark>, Vec<&Mark>) = marks.iter().partition(|mark| mark.instance == instance);
    let first = own.iter().filter(|mark| younger(mark, FRESH)).map(|mark| mark.uid).min();
    let foreign = others.iter().filter(|mark| younger(mark, FRESH)).map(|mark| mark.uid).min();
    match (first, foreign) {
        (None, Some(_)) => Verdict::Foreign,
        (Some(own), Some(foreign)) if foreign < own => Verdict::Foreign,
        _ if own.iter().any(|mark| younger(mark, RENEWED)) => Verdict::Ours,
        _ => Verdict::Renew,
    }
}

impl MailboxGuard {
    pub(super) fn new(address: Address) -> Self {
        Self { address, looked: None }
    }

    /// Looks at the marks, when it is time; afterwards another folder is open.
    ///
    /// # Errors
    /// [`FetchError::Foreign`]; the session's.
    pub(super) async fn look(
        &mut self,
        session: &mut Session,
        engine: &EngineHandle,
    ) -> Result<(), FetchError> {
        if self.looked.is_some_and(|at| at.elapsed() < EVERY) {
            return Ok(());
        }
        let instance = engine.instance();
        let Some(mut marks) = session.marks().await? else {
            self.looked = Some(Instant::now());
            return Ok(engine.note_guard(false).await?);
        };
        let takes_over = engine.takes_over().await?;
        let mut verdict = judge(&marks, instance, clock::now());
        let mut works = true;
        if takes_over || verdict == Verdict::Renew {
            works = session.leave_mark(instance, &self.address).await?;
            marks = session.marks().await?.unwrap_or_default();
            let newest = marks.iter().rev().find(|mark| mark.instance == instance).map(|mark| mark.uid);
            verdict = if takes_over { Verdict::Ours } else { judge(&marks, instance, clock::now()) };
            let old: Vec<u32> = match verdict {
                // we were second: it is as if we had never come
                Verdict::Foreign => newest.into_iter().collect(),
                _ => marks.iter().map(|mark| mark.uid).filter(|uid| Some(*uid) != newest).collect(),
            };
            session.remove_marks(&old).await?;
        }
        if verdict == Verdict::Foreign {
            return Err(FetchError::Foreign);
        }
        self.looked = Some(Instant::now());
        Ok(engine.note_guard(works).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fresh_mark_of_another_counts_unless_ours_was_there_before() {
        use Verdict::{Foreign, Ours, Renew};
        let now = Timestamp::parse("2026-12-03T12:00:00Z").expect("now");
        // instance and age in hours, in the order of their UIDs
        let check = |marks: &[(&str, Option<i64>)], expected| {
            let at = |hours: i64| Timestamp::from_millis(now.millis() - hours * 3_600_000);
            let marks = (1..).zip(marks).map(|(uid, (instance, age))| Mark {
                uid,
                instance: (*instance).to_owned(),
                left_at: age.map(at),
            });
            assert_eq!(judge(&marks.collect::<Vec<_>>(), "we", now), expected, "{expected:?}");
        };
        check(&[], Renew);
        check(&[("we", Some(1))], Ours);
        check(&[("we", Some(23)), ("we", Some(0))], Ours);
        check(&[("we", Some(25))], Renew);
        check(&[("they", Some(47))], Foreign);
        check(&[("they", Some(49))], Renew);
        check(&[("they", None)], Foreign);
        check(&[("they", Some(-5))], Foreign);
        check(&[("they", Some(49)), ("we", Some(1))], Ours);
        // at one moment: who came first goes on
        check(&[("they", Some(0)), ("we", Some(0))], Foreign);
        check(&[("we", Some(0)), ("they", Some(0))], Ours);
        // we were taken over: our mark is gone
        check(&[("they", Some(0)), ("they", Some(0))], Foreign);
        // we stood still for three days, and somebody came
        check(&[("we", Some(72)), ("they", Some(0))], Foreign);
    }
}
