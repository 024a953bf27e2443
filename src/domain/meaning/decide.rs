//! What follows from a word for the office, and from a supporter's memo.

use super::super::calendar::Day;
use super::super::decision::{Change, Decision, End, Post, Reason, Reply};
use super::super::letter::office;
use super::super::notice::{self, Notice, OfficeMatter, Why};
use super::super::outgoing::Kind;
use super::super::people::{Client, Recipient, Supporter};
use super::super::returned;
use super::super::token::Purpose;

/// A word for the office.
#[derive(Clone, Debug)]
pub struct Said {
    /// Who wrote it: a client or a supporter.
    pub writer: Recipient,
    /// Whose mail a supporter answered with it, and of which day.
    pub about: Option<(String, Day)>,
    /// Her own subject, without registered addresses; empty when there is none.
    pub subject: String,
    /// Her words, without registered addresses.
    pub words: String,
    /// How many enclosures came with them.
    pub enclosed: usize,
    /// Nothing proves that she wrote them, although proof is looked for.
    pub unproven: bool,
    /// The mail's number.
    pub number: i64,
}

impl Said {
    fn by_client(&self) -> bool {
        matches!(self.writer, Recipient::Client(_))
    }

    /// To the office, and to nobody else.
    pub fn post(&self) -> Post {
        returned::to_office(Notice::ToOffice(notice::ToOffice {
            person: self.writer.name().to_owned(),
            by_client: self.by_client(),
            about: self.about.clone(),
            subject: self.subject.clone(),
            words: self.words.clone(),
            enclosed: self.enclosed,
            unproven: self.unproven,
            number: self.number,
        }))
    }

    /// To its writer: who reads it, and who does not. Her reply to that is for the office, too.
    pub fn receipt(&self) -> Post {
        let client = self.about.as_ref().map(|(client, _)| client.clone());
        let notice = notice::OfficeReads { client, by_client: self.by_client() };
        let reply = Some(Reply { purpose: Purpose::ToOffice, thread: 0 });
        Post { reply, ..returned::alone(self.writer.clone(), Kind::Notice, Notice::OfficeReads(notice)) }
    }
}

/// A word for the office goes to the office. `refuted`: the receiving server says that it is not its writer's; then a
/// human looks at it first, and nobody is told.
pub fn to_office(said: &Said, refuted: bool) -> Decision {
    if refuted {
        let reason = Reason::ToOfficeRefuted;
        let mut post = office(OfficeMatter::Quarantined, said.writer.name(), said.number);
        if let Notice::Office(office) = &mut post.notice {
            office.reason = reason.word().to_owned();
        }
        return Decision { reason, end: End::Quarantined, changes: Vec::new(), posts: vec![post] };
    }
    let posts = vec![said.post(), said.receipt()];
    Decision { reason: Reason::ToOffice, end: End::Applied, changes: Vec::new(), posts }
}

/// A mail that is nothing but a memo.
#[derive(Clone, Debug)]
pub struct Memo {
    /// Who wrote it.
    pub supporter: Supporter,
    /// About whom.
    pub client: Client,
    /// The report that it answers.
    pub day: Day,
    /// Its words.
    pub text: String,
    /// The mail's words.
    pub words: String,
    /// Nothing more is needed to believe that she wrote it.
    pub trusted: bool,
    /// The receiving server says that she did not.
    pub refuted: bool,
    /// The mail's number.
    pub number: i64,
}

/// A memo is kept, and she is told: somebody may have meant it for her client. What nothing proves goes back to her.
pub fn memo_alone(memo: &Memo) -> Decision {
    let Memo { supporter, client, words, number, .. } = memo;
    if memo.trusted {
        let changes = vec![Change::Remember {
            supporter: supporter.id,
            client: client.id,
            day: memo.day,
            text: memo.text.clone(),
            question: None,
        }];
        let posts = vec![kept(supporter, &client.name, &memo.text)];
        return Decision { reason: Reason::Memo, end: End::Applied, changes, posts };
    }
    if memo.refuted {
        return returned::quarantined(Reason::MemoUnproven, *number);
    }
    let (other, words) = (client.name.clone(), words.clone());
    let back = notice::Returned { why: Why::MemoUnproven, other, words, number: *number };
    let posts = vec![returned::to_supporter(supporter, back)];
    Decision { reason: Reason::MemoUnproven, end: End::Applied, changes: Vec::new(), posts }
}

/// Her memo is kept.
pub fn kept(supporter: &Supporter, client: &str, memo: &str) -> Post {
    let notice = notice::MemoKept { client: client.to_owned(), memo: memo.to_owned() };
    returned::plain(supporter, Kind::Notice, Notice::MemoKept(notice))
}
