//! The reply to "was it you?": a yes passes the held words on, a no withdraws them, anything else comes back.

use super::decision::{Change, Decision, End, Reason};
use super::letter::office;
use super::notice::{self, OfficeMatter, Why};
use super::people::Supporter;
use super::returned::{self, EndedRow, Ending, words_back};
use super::words::{YesOrNo, yes_or_no};

/// What the decision needs to know.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The writer.
    pub supporter: Supporter,
    /// The question's number.
    pub question: u64,
    /// Whether it is still open.
    pub open: bool,
    /// Words that wait for it and were not shown in it.
    pub unseen: Vec<EndedRow>,
    /// What was newly written.
    pub words: String,
    /// The mail's number.
    pub number: i64,
}

/// Decides.
pub fn decide(facts: &Facts) -> Decision {
    let settle = |yes| vec![Change::SettleConfirmation { number: facts.question, yes }];
    match (facts.open, yes_or_no(&facts.words)) {
        (true, YesOrNo::Yes) => {
            let reason = Reason::Confirmed;
            Decision { reason, end: End::Applied, changes: settle(true), posts: Vec::new() }
        }
        (true, YesOrNo::No) => {
            // The no is about the words that were shown; others may be hers, and go back to her.
            let unseen = facts.unseen.iter().filter_map(|row| words_back(row, Ending::Unconfirmed));
            let mut posts = vec![office(OfficeMatter::Disowned, &facts.supporter.name, facts.number)];
            posts.extend(unseen);
            Decision { reason: Reason::Disowned, end: End::Applied, changes: settle(false), posts }
        }
        (false, YesOrNo::Yes | YesOrNo::No) => Decision::only(End::Discarded, Reason::AlreadySettled),
        (_, YesOrNo::Unclear) => {
            let notice = notice::Returned {
                why: Why::Unclear,
                other: String::new(),
                words: facts.words.clone(),
                number: facts.number,
            };
            let posts = vec![returned::to_supporter(&facts.supporter, notice)];
            Decision { reason: Reason::Unclear, end: End::Applied, changes: Vec::new(), posts }
        }
    }
}
