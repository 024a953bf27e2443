//! A report on delivery → what follows for the mail and for the address that it was sent to.
//!
//! Anybody can write a report, so it counts only for a mail of ours that it names and that was really handed over,
//! and, where it names a recipient, only when that is where the mail went. An address of which a report says that
//! nobody has it is suspended: nothing goes there until its owner writes or the operator lifts it.
//!
//! Servers try for five days (RFC 5321 §4.5.4.1): what is reported later is no news, but a stolen Message-ID may say so.

use std::time::Duration;

use super::decision::{Change, Decision, End, Post, Reason};
use super::outgoing::{Kind, State};
use super::returned::{self, EndedRow, Ending};
use crate::mail::address::Address;
use crate::mail::message::{Action, DeliveryReport};

/// What is known of the mail that a report names.
#[derive(Clone, Debug)]
pub struct Facts<'a> {
    /// The report.
    pub report: &'a DeliveryReport,
    /// The row.
    pub row: EndedRow,
    /// Where it stands.
    pub state: State,
    /// Where it went.
    pub address: Address,
    /// What reports said of it before; empty when there was none.
    pub before: String,
    /// Somebody still has the address.
    pub registered: bool,
    /// Nothing goes to the address any more.
    pub suspended: bool,
    /// How long after the mail left us the report came.
    pub after: Duration,
}

/// Five days, and one for the report.
const REPORTED_WITHIN: Duration = Duration::from_secs(6 * 86_400);

/// States in which a mail may have left us.
const LEFT: [State; 4] = [State::Accepted, State::Unknown, State::Unresolved, State::Claimed];

/// Decides. A delay and an arrival are noted; the first failure is told to the writer of the words and to the office.
pub fn decide(facts: &Facts<'_>) -> Decision {
    let mut decision = Decision::only(End::Discarded, Reason::DeliveryReport);
    let Facts { report, row, .. } = facts;
    let elsewhere = report.recipient.as_ref().is_some_and(|r| *r != facts.address);
    if elsewhere || !LEFT.contains(&facts.state) || facts.after > REPORTED_WITHIN {
        return decision;
    }
    decision.end = End::Applied;
    // what failed stays failed, whatever else is reported
    if facts.before.starts_with(Action::Failed.word()) {
        return decision;
    }
    let (action, status) = (report.action.word(), report.status.clone());
    decision.changes.push(Change::NoteDeliveryReport { outbox_id: row.id, action, status: status.clone() });
    if report.action != Action::Failed {
        return decision;
    }
    decision.changes.push(Change::ReportWaitsAgain { outbox_id: row.id });
    // the office hears through its own address or not at all, and a report that names nobody proves nothing of one
    let gone = report.no_such_recipient && report.recipient.is_some() && facts.registered;
    let gone = gone && row.kind != Kind::Office;
    if !gone {
        decision.posts = returned::ended(row, Ending::Bounced);
        return decision;
    }
    if !facts.suspended {
        let address = facts.address.clone();
        decision.changes.push(Change::Suspend { address, outbox_id: row.id, status });
    }
    decision.posts = nobody_has_it(row, facts.suspended);
    decision
}

/// A mail went to an address that nobody has: who has to know, where it was suspended before and where it is now.
pub fn nobody_has_it(row: &EndedRow, suspended_before: bool) -> Vec<Post> {
    if suspended_before {
        returned::words_back(row, Ending::Suspended).into_iter().collect()
    } else {
        returned::ended(row, Ending::Suspended)
    }
}

#[cfg(test)]
mod tests {
    use super::super::notice::{Notice, OfficeMatter};
    use super::*;

    fn address(text: &str) -> Address {
        Address::parse(text).expect("an address")
    }

    /// The decision on an alert that was accepted, changed as the test wants it.
    fn decided(change: impl FnOnce(&mut DeliveryReport, &mut Facts<'_>)) -> Decision {
        let row = EndedRow {
            id: 7,
            kind: Kind::Alert,
            person: "あい".to_owned(),
            author: None,
            words: String::new(),
            telling: false,
            doubted: false,
            read_first: false,
        };
        let mut report = DeliveryReport {
            recipient: Some(address("ai@example.org")),
            action: Action::Failed,
            status: "5.1.1".to_owned(),
            no_such_recipient: true,
            original_message_id: None,
        };
        let unchanged = report.clone();
        let mut facts = Facts {
            report: &unchanged,
            row,
            state: State::Accepted,
            address: address("ai@example.org"),
            before: String::new(),
            registered: true,
            suspended: false,
            after: Duration::from_secs(60),
        };
        change(&mut report, &mut facts);
        decide(&Facts { report: &report, ..facts })
    }

    fn suspends(decision: &Decision) -> bool {
        decision.changes.iter().any(|c| matches!(c, Change::Suspend { .. }))
    }

    #[test]
    fn an_address_that_nobody_has_is_suspended_and_told_once() {
        let matter = |decision: &Decision| match decision.posts.as_slice() {
            [post] => match &post.notice {
                Notice::Office(office) => Some(office.matter),
                _ => None,
            },
            _ => None,
        };
        let first = decided(|_, _| {});
        assert!(suspends(&first));
        assert_eq!(matter(&first), Some(OfficeMatter::Suspended));
        let again = decided(|_, facts| facts.suspended = true);
        assert!(!suspends(&again) && again.posts.is_empty());
        let full = decided(|report, _| report.no_such_recipient = false);
        assert!(!suspends(&full));
        assert_eq!(matter(&full), Some(OfficeMatter::Bounced));
        let nobody_named = decided(|report, _| report.recipient = None);
        assert!(!suspends(&nobody_named));
        assert_eq!(matter(&nobody_named), Some(OfficeMatter::Bounced));
        assert!(!suspends(&decided(|_, facts| facts.row.kind = Kind::Office)));
        let taken_away = decided(|_, facts| facts.registered = false);
        assert!(!suspends(&taken_away));
        assert_eq!(matter(&taken_away), Some(OfficeMatter::Bounced));
    }

    #[test]
    fn a_report_on_another_address_or_on_a_mail_that_never_left_is_evidence_of_nothing() {
        let check = |change: fn(&mut DeliveryReport, &mut Facts<'_>)| {
            assert_eq!(decided(change), Decision::only(End::Discarded, Reason::DeliveryReport));
        };
        check(|report, _| report.recipient = Some(address("mori@example.net")));
        check(|_, facts| facts.state = State::Queued);
        check(|_, facts| facts.state = State::Held);
        check(|_, facts| facts.state = State::Cancelled);
        check(|_, facts| facts.after = REPORTED_WITHIN + Duration::from_secs(1));
    }

    #[test]
    fn delay_and_arrival_are_noted_and_a_failure_stays() {
        let check = |action: Action, before: &str, changes: usize| {
            let decision = decided(|report, facts| {
                report.action = action;
                report.no_such_recipient = false;
                facts.before = before.to_owned();
            });
            assert_eq!((decision.changes.len(), decision.posts.len()), (changes, 0), "{action:?} {before}");
        };
        check(Action::Delayed, "", 1);
        check(Action::Delivered, "delayed 4.4.1", 1);
        check(Action::Delivered, "failed 5.1.1", 0);
        check(Action::Failed, "failed 5.1.1", 0);
    }
}
