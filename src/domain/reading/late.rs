//! A reader replies when the answer is settled: somebody else read it, the office acted, its writer took it back.
//!
//! Words of hers come back with what became of it. A yes needs one kind line at most: where she has heard already that she need
//! not read it, or it was her own yes that let it go, nothing is said again.

use super::super::decision::{Change, Decision, End, Post, Reason, Reply};
use super::super::notice::{self, Notice, Outcome, ReadingNotice};
use super::super::outgoing::Kind;
use super::super::returned;
use super::super::token::Purpose;
use super::{Facts, Said};

/// What became of an answer that does not wait to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Late {
    /// What.
    pub outcome: Outcome,
    /// The reader has heard that it is settled, will by herself, or settled it.
    pub heard: bool,
    /// Her reply says no more than thanks.
    pub courtesy: bool,
}

/// Decides about her reply.
pub(super) fn replied(facts: &Facts) -> Decision {
    let Facts { number, reader, late, .. } = facts;
    let words = match facts.said {
        Said::Returns => true,
        Said::Unclear => !late.courtesy,
        Said::Approves | Said::Nothing | Said::Declines => false,
    };
    let mut changes = counts(facts);
    let says_yes = facts.trusted && matches!(facts.said, Said::Approves | Said::Nothing);
    if !words && (late.heard || !says_yes) {
        return Decision { changes, ..Decision::only(End::Discarded, Reason::AlreadySettled) };
    }
    changes.push(Change::ReadingHeard { number: *number, reader: reader.id });
    let posts = vec![tells(facts, words)];
    Decision { reason: Reason::ReadingLate, end: End::Applied, changes, posts }
}

fn tells(facts: &Facts, words: bool) -> Post {
    let notice = notice::ReadingLate {
        writer: facts.writer.name.clone(),
        client: facts.client.name.clone(),
        outcome: facts.late.outcome,
        words: if words { facts.words.clone() } else { String::new() },
    };
    let kind = if words { Kind::Returned } else { Kind::Notice };
    let post = returned::plain(&facts.reader, kind, Notice::Reading(ReadingNotice::Late(notice)));
    Post { reply: Some(Reply { purpose: Purpose::ToReading, thread: facts.number }), ..post }
}

/// What was settled meanwhile has been read all the same. Thanks for the word that it need not be say nothing of that.
fn counts(facts: &Facts) -> Vec<Change> {
    let has_read = facts.trusted && matches!(facts.said, Said::Approves | Said::Nothing | Said::Returns);
    let change = Change::ReadingCounts { number: facts.number, reader: facts.reader.id };
    has_read.then_some(change).into_iter().collect()
}
