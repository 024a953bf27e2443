//! Who wrote, in which role, in answer to what. Meaning before threading: a machine is no person whatever it
//! answers, and a token is worth nothing from an address that is not its holder's.

use super::calendar::Day;
use super::decision::Reason;
use super::outgoing::Kind;
use super::people::{Client, Recipient, Supporter};
use super::token::{Purpose, Token};
use crate::mail::message::Message;

/// What kind of machine wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Machine {
    /// A vacation notice, an acknowledgement, a challenge.
    Reply,
    /// A list or bulk mailer.
    List,
    /// A read receipt.
    ReadReceipt,
    /// A delivery report.
    DeliveryReport,
}

impl Machine {
    /// Why nothing follows from what it wrote.
    pub fn reason(self) -> Reason {
        match self {
            Self::Reply => Reason::AutomaticReply,
            Self::List => Reason::ListMail,
            Self::ReadReceipt => Reason::ReadReceipt,
            Self::DeliveryReport => Reason::DeliveryReport,
        }
    }
}

/// The mail of ours that a mail answers.
#[derive(Clone, Debug, PartialEq)]
pub struct SentMail {
    /// Its outbox row.
    pub outbox_id: i64,
    /// What it was.
    pub kind: Kind,
    /// The recipient's principal ref.
    pub principal: u32,
    /// Whose thread it belongs to.
    pub client: Option<Client>,
    /// The report day that it was about.
    pub day: Option<Day>,
    /// The subject that we sent.
    pub subject: String,
    /// The body that we sent.
    pub body: String,
    /// The part of the body that another person wrote.
    pub letter: String,
    /// The supporter who wrote that part, when one did.
    pub author: Option<Supporter>,
    /// The question that it asked, when it is a confirmation.
    pub confirmation: Option<u64>,
    /// The absence that it is about.
    pub absence: Option<u64>,
    /// The answer that was set aside, when it is about one.
    pub set_aside: Option<u64>,
    /// What it asked somebody of the pool.
    pub ask: Option<u64>,
    /// The answer of a newcomer that it asks to read.
    pub reading: Option<u64>,
    /// Whether it is of its recipient's epoch.
    pub current: bool,
    /// The letter that it carries or asks about.
    pub letter_id: Option<i64>,
}

/// A verified token and what it names.
#[derive(Clone, Debug, PartialEq)]
pub struct TokenFacts {
    /// The claim.
    pub token: Token,
    /// The client of its thread, when the purpose names one.
    pub client: Option<Client>,
    /// Whose it is.
    pub holder: Option<Recipient>,
    /// Whether its epoch is still the holder's.
    pub current: bool,
}

/// Everything that `understand` needs to know.
#[derive(Clone, Debug)]
pub struct Facts<'a> {
    /// The mail.
    pub message: &'a Message,
    /// The client with the author's address.
    pub client: Option<Client>,
    /// The supporter with the author's address.
    pub supporter: Option<Supporter>,
    /// Whether the author's address is an operator's.
    pub operator: bool,
    /// Whether it is the service's own address, or the Message-ID is one of ours.
    pub own: bool,
    /// A verified token in a recipient address.
    pub token: Option<TokenFacts>,
    /// The mail of ours that In-Reply-To or References name.
    pub sent: Option<SentMail>,
    /// To whom that mail was sent.
    pub sent_to: Option<Recipient>,
    /// In-Reply-To names a mail of ours that nobody knows any more: an older database was put back.
    pub answers_forgotten: bool,
    /// The verdict of RFC 3834 and its kin.
    pub machine: Option<Machine>,
}

/// What a mail is to us.
#[derive(Clone, Debug, PartialEq)]
pub enum Understood {
    /// Our own mail came back.
    OwnMail,
    /// A machine wrote it.
    Automatic(Machine),
    /// No author, or more than one.
    NoSingleAuthor,
    /// The office wrote.
    Office,
    /// Nobody we know wrote.
    Stranger,
    /// Nobody we know wrote, to a reply address or in answer to a mail that only this person has.
    OtherAddress(Recipient),
    /// A client wrote.
    ClientLetter {
        /// She.
        client: Box<Client>,
        /// The day of the answer that she replies to, if she replies to one.
        to_words: Option<Day>,
    },
    /// A client replied to our question about what was hidden in a letter of hers.
    HiddenReply {
        /// She.
        client: Box<Client>,
        /// That letter.
        letter: i64,
    },
    /// A supporter answered.
    Answer {
        /// She.
        supporter: Box<Supporter>,
        /// For whom.
        client: Box<Client>,
        /// Which report; `None` when only the thread is known.
        day: Option<Day>,
    },
    /// A supporter replied to our question.
    ConfirmationReply {
        /// She.
        supporter: Box<Supporter>,
        /// The question's number.
        number: u64,
    },
    /// A supporter replied to a mail about an absence of hers.
    AbsenceReply {
        /// She.
        supporter: Box<Supporter>,
        /// The absence's number.
        number: u64,
    },
    /// A supporter replied to a mail about an answer of hers that was set aside.
    SetAsideReply {
        /// She.
        supporter: Box<Supporter>,
        /// Its number.
        number: u64,
    },
    /// A supporter replied to the question whether she takes a letter.
    AskReply {
        /// She.
        supporter: Box<Supporter>,
        /// The ask's number.
        number: u64,
    },
    /// A reader replied to a mail with a newcomer's answer.
    ReadingReply {
        /// She.
        supporter: Box<Supporter>,
        /// The reading's number.
        number: u64,
    },
    /// A supporter used a reply address that is not hers.
    NotYours(Supporter),
    /// A supporter answered a mail of hers that can no longer be answered.
    Revoked(Supporter),
    /// A supporter wrote, to nobody in particular.
    Unaddressed(Supporter),
}

impl Understood {
    /// The name of the person of ours who wrote, when one did.
    pub fn writer(&self) -> Option<&str> {
        match self {
            Self::ClientLetter { client, .. } | Self::HiddenReply { client, .. } => Some(&client.name),
            Self::Answer { supporter, .. }
            | Self::ConfirmationReply { supporter, .. }
            | Self::AbsenceReply { supporter, .. }
            | Self::SetAsideReply { supporter, .. }
            | Self::AskReply { supporter, .. }
            | Self::ReadingReply { supporter, .. } => Some(&supporter.name),
            Self::NotYours(supporter) | Self::Revoked(supporter) | Self::Unaddressed(supporter) => {
                Some(&supporter.name)
            }
            _ => None,
        }
    }
}

/// Understands. The order of the questions is the order of importance.
pub fn understand(facts: &Facts<'_>) -> Understood {
    if let Some(machine) = facts.machine {
        return Understood::Automatic(machine);
    }
    if facts.own {
        return Understood::OwnMail;
    }
    if facts.message.from.len() != 1 {
        return Understood::NoSingleAuthor;
    }
    match (&facts.supporter, &facts.client) {
        (Some(supporter), client) => as_supporter(facts, supporter, client.as_ref()),
        (None, Some(client)) => client_letter(facts, client),
        (None, None) if facts.operator => Understood::Office,
        (None, None) => {
            let by_token = facts.token.as_ref().and_then(|t| t.holder.clone());
            match by_token.or_else(|| facts.sent_to.clone()) {
                Some(holder) => Understood::OtherAddress(holder),
                None => Understood::Stranger,
            }
        }
    }
}

/// Somebody with a supporter's address wrote; she may be a client too.
fn as_supporter(facts: &Facts<'_>, supporter: &Supporter, client: Option<&Client>) -> Understood {
    let hers = |principal| principal == supporter.principal_ref;
    if let Some(token) = facts.token.as_ref().filter(|t| t.current && hers(t.token.principal))
        && let Some(understood) = by_token(supporter, token)
    {
        return understood;
    }
    if let Some(sent) = facts.sent.as_ref().filter(|s| s.current && hers(s.principal)) {
        if let Some(number) = sent.absence {
            return Understood::AbsenceReply { supporter: Box::new(supporter.clone()), number };
        }
        if let Some(number) = sent.set_aside {
            return Understood::SetAsideReply { supporter: Box::new(supporter.clone()), number };
        }
        if let Some(number) = sent.ask {
            return Understood::AskReply { supporter: Box::new(supporter.clone()), number };
        }
        if let Some(number) = sent.reading {
            return Understood::ReadingReply { supporter: Box::new(supporter.clone()), number };
        }
        match (sent.kind, &sent.client, sent.confirmation) {
            (Kind::Confirmation, _, Some(number)) => {
                return Understood::ConfirmationReply { supporter: Box::new(supporter.clone()), number };
            }
            (Kind::Alert | Kind::FollowUp | Kind::Returned | Kind::Notice, Some(about), _) => {
                return answer(supporter, about, sent.day);
            }
            _ => {}
        }
    }
    let anothers_alert = facts.sent.as_ref().is_some_and(|s| s.kind == Kind::Alert && !hers(s.principal));
    // What answers a mail that she got as a supporter, or that another supporter got, is no report of her own.
    let to_supporter = |holder: &Option<Recipient>| matches!(holder, Some(Recipient::Supporter(_)));
    let addressed_as_client = !facts.answers_forgotten
        && !facts.token.as_ref().is_some_and(|t| to_supporter(&t.holder))
        && !to_supporter(&facts.sent_to);
    match client {
        Some(client) if addressed_as_client => client_letter(facts, client),
        _ if facts.token.as_ref().is_some_and(|t| !hers(t.token.principal)) || anothers_alert => {
            Understood::NotYours(supporter.clone())
        }
        _ if facts.token.as_ref().is_some_and(|t| !t.current)
            || facts.sent.as_ref().is_some_and(|s| !s.current) =>
        {
            Understood::Revoked(supporter.clone())
        }
        _ => Understood::Unaddressed(supporter.clone()),
    }
}

/// What a mail to a reply address of hers is, where the address says so.
fn by_token(supporter: &Supporter, facts: &TokenFacts) -> Option<Understood> {
    let (number, she) = (facts.token.thread, || Box::new(supporter.clone()));
    Some(match (facts.token.purpose, &facts.client) {
        (Purpose::Answer, Some(about)) => answer(supporter, about, Some(facts.token.day)),
        (Purpose::Confirmation, _) => Understood::ConfirmationReply { supporter: she(), number },
        (Purpose::ToAbsence, _) => Understood::AbsenceReply { supporter: she(), number },
        (Purpose::ToSetAside, _) => Understood::SetAsideReply { supporter: she(), number },
        (Purpose::ToAsk, _) => Understood::AskReply { supporter: she(), number },
        (Purpose::ToReading, _) => Understood::ReadingReply { supporter: she(), number },
        _ => return None,
    })
}

fn answer(supporter: &Supporter, client: &Client, day: Option<Day>) -> Understood {
    Understood::Answer { supporter: Box::new(supporter.clone()), client: Box::new(client.clone()), day }
}

/// A client's mail is her report whatever it answers; only the day of words that she replies to is noted.
fn client_letter(facts: &Facts<'_>, client: &Client) -> Understood {
    let hers = |principal| principal == client.principal_ref;
    let by_token = facts
        .token
        .as_ref()
        .filter(|t| hers(t.token.principal) && t.token.purpose == Purpose::ToWords)
        .map(|t| t.token.day);
    let by_id = facts.sent.as_ref().filter(|s| s.kind == Kind::PassOn && hers(s.principal));
    let asked = facts.sent.as_ref().filter(|s| s.kind == Kind::Confirmation && hers(s.principal));
    if let Some(letter) = asked.and_then(|s| s.letter_id) {
        return Understood::HiddenReply { client: Box::new(client.clone()), letter };
    }
    let to_words = by_token.or_else(|| by_id.and_then(|s| s.day));
    Understood::ClientLetter { client: Box::new(client.clone()), to_words }
}
