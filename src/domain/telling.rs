//! Words that tell who their writer is: what is shown in their place, and what follows when she says whether they may go
//! as they are. A supporter's answer waits for her leave; a client's letter does not wait, only what was hidden in it.

use super::calendar::Day;
use super::decision::{Change, Decision, End, Post, Reason, Whole};
use super::letter::{office, to_supporter};
use super::locale::Locale;
use super::notice::{self, Notice, OfficeMatter, Why};
use super::outgoing::Kind;
use super::people::{Client, Supporter};
use super::returned::{self, EndedRow, Ending, words_back};
use super::words::Leave;
use crate::mail::telling::Telling;

/// What stands in place of something hidden.
pub fn mark(what: Telling, locale: Locale) -> &'static str {
    let (ja, en) = match what {
        Telling::Address => ("（メールアドレスらしいもの）", "(what looks like a mail address)"),
        Telling::Telephone => ("（電話番号らしいもの）", "(what looks like a telephone number)"),
        Telling::Account => ("（アカウントの名前らしいもの）", "(what looks like the name of an account)"),
        Telling::Link => ("（個人のページらしいもの）", "(what looks like a page of one's own)"),
        Telling::Place => ("（住所らしいもの）", "(what looks like a place of living)"),
        Telling::Name => ("（お名前らしいもの）", "(what looks like a name)"),
    };
    match locale {
        Locale::Ja => ja,
        Locale::En => en,
    }
}

/// What the decision about a supporter's reply needs to know.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The writer.
    pub supporter: Supporter,
    /// The question's number.
    pub question: u64,
    /// Whether it is still open.
    pub open: bool,
    /// Whether the words still wait.
    pub waits: bool,
    /// Whether they are on their way or went out: in an earlier life of the database, or released by an operator.
    pub went: bool,
    /// Whether the receiving server refuted them.
    pub refuted: bool,
    /// The words that she was asked about.
    pub row: EndedRow,
    /// What she says.
    pub leave: Leave,
    /// What was newly written.
    pub words: String,
    /// The mail's number.
    pub number: i64,
}

/// Decides, unless she wrote another answer instead.
pub fn decide(facts: &Facts) -> Decision {
    let Facts { supporter, question, row, .. } = facts;
    let settle = |yes| vec![Change::SettleConfirmation { number: *question, yes }];
    let applied = |reason, changes, posts| Decision { reason, end: End::Applied, changes, posts };
    let back = || words_back(row, Ending::Unconfirmed).into_iter().collect::<Vec<Post>>();
    match facts.leave {
        Leave::Unclear | Leave::Words => {
            let why = if facts.waits { Why::UnclearLeave } else { Why::Unclear };
            let other = if facts.waits { row.person.clone() } else { String::new() };
            let returned = notice::Returned { why, other, words: facts.words.clone(), number: facts.number };
            applied(Reason::Unclear, Vec::new(), vec![returned::to_supporter(supporter, returned)])
        }
        _ if !facts.open => Decision::only(End::Discarded, Reason::AlreadySettled),
        Leave::AsItIs if facts.waits => applied(Reason::Confirmed, settle(true), Vec::new()),
        Leave::AsItIs | Leave::Not if facts.went => applied(Reason::AlreadySettled, settle(true), Vec::new()),
        // their time ran out before
        Leave::AsItIs => applied(Reason::Withheld, settle(false), back()),
        Leave::Not if !facts.refuted => applied(Reason::Withheld, settle(false), back()),
        Leave::Not | Leave::NotMine => {
            let about = office(OfficeMatter::Disowned, &supporter.name, facts.number);
            applied(Reason::Disowned, settle(false), vec![about])
        }
    }
}

/// A client's letter as it would be shown with nothing hidden.
#[derive(Clone, Debug)]
pub struct Letter {
    /// Its row.
    pub row: i64,
    /// The digest of its mail.
    pub digest: [u8; 32],
    /// Of which report.
    pub day: Day,
    /// Its words.
    pub text: String,
    /// Its subject; empty when it is none of hers.
    pub subject: String,
    /// Whether it is shown so already.
    pub shown: bool,
}

/// She lets her supporter see what was hidden.
pub fn show(client: &Client, supporter: Option<Supporter>, letter: Letter) -> Decision {
    if letter.shown {
        return Decision::only(End::Discarded, Reason::AlreadySettled);
    }
    let Letter { row, digest, day, text, subject, .. } = letter;
    let shown = if text.is_empty() { subject.clone() } else { text.clone() };
    let reader = supporter.as_ref().map(|s| s.id);
    let changes = vec![Change::Show {
        letter: row,
        whole: Whole { reader, text: shown, own_subject: subject.clone() },
    }];
    let notice = Notice::Shown(notice::Shown { client: client.name.clone(), day, subject, text });
    let post =
        supporter.map(|s| Post { day: Some(day), ..to_supporter(client, s, Kind::FollowUp, notice, digest) });
    Decision { reason: Reason::Shown, end: End::Applied, changes, posts: post.into_iter().collect() }
}
