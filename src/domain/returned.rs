//! Words that could not go where they were meant to go: back to their writer, whole, with what to do next.

use super::decision::{Conversation, Decision, End, Post, Reason};
use super::letter::office;
use super::notice::{self, Notice, OfficeMatter, Why};
use super::outgoing::Kind;
use super::people::{Client, Recipient, Supporter};

/// A mail to a supporter that expects no particular reply.
pub fn plain(supporter: &Supporter, kind: Kind, notice: Notice) -> Post {
    alone(Recipient::Supporter(supporter.clone()), kind, notice)
}

/// A mail to the office that stands alone.
pub fn to_office(notice: Notice) -> Post {
    alone(Recipient::Office, Kind::Office, notice)
}

/// To somebody whose mail went to others as well.
pub fn copied(to: Recipient, others: usize) -> Post {
    alone(to, Kind::Notice, Notice::Copied(notice::Copied { others }))
}

/// A mail that stands alone.
pub(super) fn alone(to: Recipient, kind: Kind, notice: Notice) -> Post {
    Post {
        kind,
        to,
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
    let post = alone(Recipient::Client(client.clone()), Kind::Returned, Notice::Returned(notice));
    Post { client: Some(client.id), ..post }
}

/// A supporter wrote to nobody in particular, to somebody else's reply address, or to one that is void.
pub fn unaddressed(supporter: &Supporter, words: &str, number: i64, why: Why) -> Decision {
    let reason = match why {
        Why::NotYours => Reason::NotYours,
        Why::Revoked => Reason::Revoked,
        _ => Reason::NoThread,
    };
    let returned = notice::Returned { why, other: String::new(), words: words.to_owned(), number };
    let posts = vec![to_supporter(supporter, returned)];
    Decision { reason, end: End::Applied, changes: Vec::new(), posts }
}

/// A supporter wrote to a client whom somebody else answers now; she does not learn why.
pub fn elsewhere(supporter: &Supporter, client: &Client, words: &str, number: i64) -> Decision {
    let (other, words) = (client.name.clone(), words.to_owned());
    let returned = notice::Returned { why: Why::Elsewhere, other, words, number };
    let posts = vec![to_supporter(supporter, returned)];
    Decision { reason: Reason::Elsewhere, end: End::Applied, changes: Vec::new(), posts }
}

/// Somebody unknown used a person's reply address: nothing of it passes. The office knows, and its holder, once a day;
/// she gets the words (none, when they may not be shown to her) for the case that she wrote them.
pub fn other_address(holder: &Recipient, words: String, told_today: bool, number: i64) -> Decision {
    let name = holder.name();
    let kind = if words.is_empty() { Kind::Notice } else { Kind::Returned };
    let notice = Notice::OtherAddress(notice::OtherAddress { words, number });
    let mut about = office(OfficeMatter::Quarantined, name, number);
    if let Notice::Office(office) = &mut about.notice {
        office.reason = Reason::OtherAddress.word().to_owned();
    }
    Decision {
        reason: Reason::OtherAddress,
        end: End::Quarantined,
        changes: Vec::new(),
        posts: (!told_today)
            .then(|| alone(holder.clone(), kind, notice))
            .into_iter()
            .chain([about])
            .collect(),
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
    /// The name of the person that it was for.
    pub person: String,
    /// Who wrote the words in it: a supporter (passed on) or a client (alert, follow-up).
    pub author: Option<Author>,
    /// Those words.
    pub words: String,
    /// It waited, or waits, for leave to go although it tells who its writer is.
    pub telling: bool,
    /// It waited, or waits, for a word about whom it is for.
    pub doubted: bool,
    /// It waited, or waits, to be read by somebody first.
    pub read_first: bool,
}

/// How a row ended without arriving.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The submission server refused it for good.
    Refused,
    /// It was accepted, and a delivery report says that it did not arrive.
    Bounced,
    /// As above, and nobody has the address: nothing goes there any more.
    Suspended,
    /// Its time ran out.
    Expired,
    /// Its time ran out while it waited for a yes, or another text was disowned.
    Unconfirmed,
    /// Nobody knows.
    Unresolved,
}

/// Who wrote the words in a row.
#[derive(Clone, Debug)]
pub enum Author {
    /// A supporter.
    Supporter(Supporter),
    /// A client.
    Client(Client),
}

/// An outgoing mail did not arrive: who has to know. Mails that carry nobody's words lead to a mail to the office, and
/// a mail to the office to nothing: `status` shows it.
pub fn ended(row: &EndedRow, ending: Ending) -> Vec<Post> {
    if row.kind == Kind::Office {
        return Vec::new();
    }
    let mut posts: Vec<Post> = words_back(row, ending).into_iter().collect();
    let (matter, reason) = match ending {
        Ending::Refused => (OfficeMatter::Refused, "failed"),
        Ending::Bounced => (OfficeMatter::Bounced, "bounced"),
        Ending::Suspended => (OfficeMatter::Suspended, "suspended"),
        Ending::Expired => (OfficeMatter::Expired, "expired"),
        Ending::Unconfirmed if row.telling => (OfficeMatter::Withheld, "withheld"),
        Ending::Unconfirmed if row.doubted => (OfficeMatter::Undecided, "undecided"),
        Ending::Unconfirmed => (OfficeMatter::Unconfirmed, "unconfirmed"),
        Ending::Unresolved => (OfficeMatter::Unresolved, "unresolved"),
    };
    let person = match (&row.author, ending) {
        (Some(Author::Supporter(author)), Ending::Unconfirmed) => &author.name,
        _ => &row.person,
    };
    let mut about = office(matter, person, row.id);
    if let Notice::Office(office) = &mut about.notice {
        office.kind = row.kind.word().to_owned();
        office.reason = reason.to_owned();
    }
    posts.push(about);
    posts
}

/// The words of a row back to their writer, if it has any and they should go back.
pub fn words_back(row: &EndedRow, ending: Ending) -> Option<Post> {
    let why = match ending {
        Ending::Refused | Ending::Bounced | Ending::Suspended => Why::Refused,
        Ending::Expired => Why::Expired,
        Ending::Unconfirmed if row.read_first => Why::Unread,
        Ending::Unconfirmed if row.telling => Why::Withheld,
        Ending::Unconfirmed if row.doubted => Why::Undecided,
        Ending::Unconfirmed => Why::Unconfirmed,
        Ending::Unresolved => return None,
    };
    let (other, words) = (row.person.clone(), row.words.clone());
    let returned = notice::Returned { why, other, words, number: row.id };
    match (&row.author, row.kind, ending) {
        (Some(Author::Supporter(author)), Kind::PassOn, _) => Some(to_supporter(author, returned)),
        // A client whose report found nobody keeps a holder, the office; she hears of it when its time is over.
        (Some(Author::Client(author)), Kind::Alert | Kind::FollowUp, Ending::Expired) => {
            Some(to_client(author, returned))
        }
        _ => None,
    }
}
