//! Somebody has nothing to do with somebody else any more: who answers then. No reason is kept, and none is told.

pub mod words;

use super::decision::{Change, Conversation, Decision, End, Post, Reason, Reply};
use super::letter::{office, to_supporter};
use super::notice::{Notice, OfficeMatter};
use super::outgoing::Kind;
use super::people::{Client, Recipient, Supporter, SupporterId};
use super::token::Purpose;

/// By whose word. Each word stands alone: taking one back leaves the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SaidBy {
    /// The client asked for another supporter.
    Client,
    /// The supporter may know her.
    Supporter,
    /// The operator decided it.
    Operator,
}

impl SaidBy {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::Client, Self::Supporter, Self::Operator];

    /// The word in the database and in listings.
    pub fn word(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Supporter => "supporter",
            Self::Operator => "operator",
        }
    }
}

/// See [`Notice::Wish`].
#[derive(Clone, Debug, PartialEq)]
pub struct Wish {
    /// Who answered her; `None` for nobody.
    pub supporter: Option<String>,
    /// She takes it back.
    pub taken_back: bool,
}

/// See [`Notice::Changed`].
#[derive(Clone, Debug, PartialEq)]
pub struct Changed {
    /// The client's name.
    pub client: String,
    /// In what way.
    pub how: HowChanged,
}

/// In what way it is otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HowChanged {
    /// She said that she may know her.
    MayKnow,
    /// She took that back.
    MayAgain,
    /// The office gave her letters to others.
    Elsewhere,
    /// She answers her from now on.
    Yours,
}

impl HowChanged {
    /// A word for it, in the names of mails.
    pub fn word(self) -> &'static str {
        match self {
            Self::MayKnow => "may_know",
            Self::MayAgain => "may_again",
            Self::Elsewhere => "elsewhere",
            Self::Yours => "yours",
        }
    }
}

/// Who answers a client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Answering {
    /// Her own supporter.
    pub own: Option<SupporterId>,
    /// Her second one.
    pub second: Option<SupporterId>,
}

impl Answering {
    /// Who answers her without somebody. Whoever was the second one is known to her by name, and answers from now on.
    pub fn without(self, gone: SupporterId) -> Self {
        let second = self.second.filter(|second| *second != gone);
        if self.own == Some(gone) { Self { own: second, second: None } } else { Self { second, ..self } }
    }
}

/// To a supporter: whether a client's letters come to her is otherwise. A reply can take back what she said.
pub fn changed(client: &Client, supporter: &Supporter, how: HowChanged) -> Post {
    let notice = Notice::Changed(Changed { client: client.name.clone(), how });
    let post = to_supporter(client, supporter.clone(), Kind::Notice, notice, [0; 32]);
    Post { letter: None, conversation: Conversation::None, ..post }
}

/// A supporter says that she may know a client. What follows for others comes with the change.
pub fn may_know(client: &Client, supporter: &Supporter) -> Decision {
    let change = Change::Exclude { client: client.id, supporter: supporter.id, said_by: SaidBy::Supporter };
    let posts = vec![changed(client, supporter, HowChanged::MayKnow)];
    Decision { reason: Reason::MayKnow, end: End::Applied, changes: vec![change], posts }
}

/// She takes it back. Nobody is assigned by it.
pub fn may_again(client: &Client, supporter: &Supporter) -> Decision {
    let change =
        Change::EndExclusion { client: client.id, supporter: supporter.id, said_by: SaidBy::Supporter };
    let mut told = office(OfficeMatter::MayAgain, &client.name, 0);
    if let Notice::Office(office) = &mut told.notice {
        office.reason.clone_from(&supporter.name);
    }
    let posts = vec![changed(client, supporter, HowChanged::MayAgain), told];
    Decision { reason: Reason::TakenBack, end: End::Applied, changes: vec![change], posts }
}

/// A client wants another supporter than the one whom she has. The office hears of it with the change, or here where there
/// is nobody to change.
pub fn wish(client: &Client, own: Option<&Supporter>) -> Decision {
    let exclude =
        |own: &Supporter| Change::Exclude { client: client.id, supporter: own.id, said_by: SaidBy::Client };
    let mut posts = vec![to_client(client, own.map(|own| own.name.clone()), false)];
    if own.is_none() {
        posts.push(office(OfficeMatter::Wish, &client.name, 0));
    }
    Decision {
        reason: Reason::Wish,
        end: End::Applied,
        changes: own.map(exclude).into_iter().collect(),
        posts,
    }
}

/// She takes back whatever she said of supporters.
pub fn wish_taken_back(client: &Client, supporters: &[SupporterId]) -> Decision {
    let end = |supporter: &SupporterId| Change::EndExclusion {
        client: client.id,
        supporter: *supporter,
        said_by: SaidBy::Client,
    };
    let posts = vec![to_client(client, None, true), office(OfficeMatter::WishTakenBack, &client.name, 0)];
    let changes = supporters.iter().map(end).collect();
    Decision { reason: Reason::TakenBack, end: End::Applied, changes, posts }
}

fn to_client(client: &Client, supporter: Option<String>, taken_back: bool) -> Post {
    Post {
        kind: Kind::Notice,
        to: Recipient::Client(client.clone()),
        notice: Notice::Wish(Wish { supporter, taken_back }),
        client: Some(client.id),
        day: None,
        letter: None,
        reply: Some(Reply { purpose: Purpose::ToNotice, thread: client.thread_ref }),
        conversation: Conversation::None,
        held_for: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_one_answers_where_the_first_may_not() {
        let ids = |(own, second): (Option<i64>, Option<i64>)| Answering {
            own: own.map(SupporterId),
            second: second.map(SupporterId),
        };
        let check = |before, gone, after| {
            assert_eq!(ids(before).without(SupporterId(gone)), ids(after), "{before:?} without {gone}");
        };
        check((Some(1), Some(2)), 1, (Some(2), None));
        check((Some(1), Some(2)), 2, (Some(1), None));
        check((Some(1), Some(2)), 3, (Some(1), Some(2)));
        check((Some(1), None), 1, (None, None));
        check((None, None), 1, (None, None));
    }
}
