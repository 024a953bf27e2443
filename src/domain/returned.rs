//! Words that could not go where they were meant to go: back to their writer, whole, with what to do next.

use super::decision::{Conversation, Decision, End, Post, Reason};
use super::letter::office;
use super::notice::{self, Notice, OfficeMatter, Why};
use super::outgoing::{Kind, State};
use super::people::{Client, Recipient, Supporter};

/// A mail to a supporter that expects no particular reply.
pub fn plain(supporter: &Supporter, kind: Kind, notice: Notice) -> Post {
    Post {
        kind,
        to: Recipient::Supporter(supporter.clone()),
        notice,
        client: None,
        day: None,
        letter: None,
        reply: None,
        conversation: Conversation::None,
        held_for: None,
    }
}

/// A supporter's words back to her.
pub fn to_supporter(supporter: &Supporter, notice: notice::Returned) -> Post {
    plain(supporter, Kind::Returned, Notice::Returned(notice))
}

/// A client's words back to her.
pub fn to_client(client: &Client, notice: notice::Returned) -> Post {
    let to = Recipient::Client(client.clone());
    let notice = Notice::Returned(notice);
    Post {
        kind: Kind::Returned,
        to,
        notice,
        client: Some(client.id),
        day: None,
        letter: None,
        reply: None,
        conversation: Conversation::None,
        held_for: None,
    }
}

/// How many mails of this kind a person gets back within a day: robots that hide what they are would otherwise be
/// answered for ever.
pub const BACK_A_DAY: i64 = 3;

/// A supporter wrote to nobody in particular, or to somebody else's reply address.
pub fn unaddressed(supporter: &Supporter, words: &str, number: i64, not_yours: bool) -> Decision {
    let (why, reason) =
        if not_yours { (Why::NotYours, Reason::NotYours) } else { (Why::NoThread, Reason::NoThread) };
    let returned = notice::Returned { why, other: String::new(), words: words.to_owned(), number };
    let posts = vec![to_supporter(supporter, returned)];
    Decision { reason, end: End::Applied, changes: Vec::new(), posts }
}

/// Somebody unknown used a supporter's reply address: nothing of it passes, its holder and the office know.
pub fn other_address(holder: &Supporter, number: i64) -> Decision {
    let notice = notice::OtherAddress { supporter: holder.name.clone(), number };
    let mut about = office(OfficeMatter::Quarantined, &holder.name, number);
    if let Notice::Office(office) = &mut about.notice {
        office.reason = Reason::OtherAddress.word().to_owned();
    }
    Decision {
        reason: Reason::OtherAddress,
        end: End::Quarantined,
        changes: Vec::new(),
        posts: vec![plain(holder, Kind::Notice, Notice::OtherAddress(notice)), about],
    }
}

/// A mail that a human has to look at.
pub fn quarantined(reason: Reason, number: i64) -> Decision {
    let mut post = office(OfficeMatter::Quarantined, "", number);
    if let Notice::Office(office) = &mut post.notice {
        office.reason = reason.word().to_owned();
    }
    Decision { reason, end: End::Quarantined, changes: Vec::new(), posts: vec![post] }
}

/// What is known of an outbox row that ended without being accepted.
#[derive(Clone, Debug)]
pub struct EndedRow {
    /// Its number.
    pub id: i64,
    /// What it was.
    pub kind: Kind,
    /// Where it ended.
    pub state: State,
    /// The name of the person that it was for.
    pub person: String,
    /// Whether it waited for a yes.
    pub held: bool,
    /// Who wrote the words in it: a supporter (passed on) or a client (alert, follow-up).
    pub author: Option<Author>,
    /// Those words.
    pub words: String,
}

/// Who wrote the words in a row.
#[derive(Clone, Debug)]
pub enum Author {
    /// A supporter.
    Supporter(Supporter),
    /// A client.
    Client(Client),
}

/// An outgoing mail ended without being accepted: who has to know. Mails that carry nobody's words, and those
/// that say that something failed, are shown to the operator in `status` and lead to one mail at most.
pub fn ended(row: &EndedRow) -> Vec<Post> {
    let (why, matter) = match row.state {
        State::Failed => (Some(Why::Refused), OfficeMatter::Refused),
        State::Expired if row.held => (Some(Why::Unconfirmed), OfficeMatter::Unconfirmed),
        State::Expired => (Some(Why::Expired), OfficeMatter::Expired),
        State::Unresolved => (None, OfficeMatter::Unresolved),
        _ => return Vec::new(),
    };
    if row.kind == Kind::Office {
        return Vec::new();
    }
    let mut posts = Vec::new();
    let carries_words = matches!(row.kind, Kind::PassOn | Kind::Alert | Kind::FollowUp);
    if let (Some(why), true) = (why, carries_words) {
        let returned =
            notice::Returned { why, other: row.person.clone(), words: row.words.clone(), number: row.id };
        match &row.author {
            Some(Author::Supporter(s)) => posts.push(to_supporter(s, returned)),
            // A client whose report found nobody keeps a holder: the office.
            Some(Author::Client(c)) if row.state == State::Expired => posts.push(to_client(c, returned)),
            _ => {}
        }
    }
    let mut about = office(matter, &row.person, row.id);
    if let Notice::Office(office) = &mut about.notice {
        office.kind = row.kind.word().to_owned();
        office.reason = row.state.word().to_owned();
    }
    posts.push(about);
    posts
}
